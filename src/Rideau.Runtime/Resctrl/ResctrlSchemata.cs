using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Resctrl;

/// <summary>Lines of a schemata file: "L3:0=7ff;1=c0", "MB:0=20;1=70".</summary>
internal static class ResctrlSchemata
{
    /// <summary>What a configuration asks for, in the order in which it is to be written.</summary>
    internal static List<string> Asked(IntelRdt asked)
    {
        List<string> lines = [];
        foreach (string? schema in (string?[])[asked.L3CacheSchema, asked.MemBwSchema, .. asked.Schemata])
        {
            if (!string.IsNullOrEmpty(schema))
            {
                lines.Add(schema);
            }
        }

        return lines;
    }

    /// <summary>How what is there differs from a schema that is asked for; values are compared as numbers, in any order.</summary>
    /// <returns>Null where it does not.</returns>
    internal static string? Difference(string asked, string there)
    {
        foreach (string line in asked.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (string resource, Dictionary<string, string> wanted) = Parse(line);
            Dictionary<string, string>? found = Find(there, resource);
            if (found is null)
            {
                return $"no line {resource}";
            }

            foreach ((string domain, string value) in wanted)
            {
                if (!found.TryGetValue(domain, out string? other) || !IsSame(resource, value, other))
                {
                    return $"{resource}:{domain}={other ?? "nothing"} where {value} is asked for";
                }
            }
        }

        return null;
    }

    private static Dictionary<string, string>? Find(string there, string resource)
    {
        foreach (string line in there.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (string name, Dictionary<string, string> values) = Parse(line);
            if (name == resource)
            {
                return values;
            }
        }

        return null;
    }

    private static (string Resource, Dictionary<string, string> Values) Parse(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        var values = new Dictionary<string, string>();
        foreach (string pair in line[(colon + 1)..].Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            values[equals < 0 ? pair : pair[..equals].Trim()] = equals < 0 ? "" : pair[(equals + 1)..].Trim();
        }

        return (colon < 0 ? line : line[..colon].Trim(), values);
    }

    // Masks of caches are hexadecimal, bandwidth is decimal.
    private static bool IsSame(string resource, string one, string other)
    {
        NumberStyles style = resource.StartsWith("MB", StringComparison.Ordinal) ? NumberStyles.None : NumberStyles.AllowHexSpecifier;
        return one == other
            || (ulong.TryParse(Digits(one), style, CultureInfo.InvariantCulture, out ulong first) && ulong.TryParse(Digits(other), style, CultureInfo.InvariantCulture, out ulong second) && first == second);
    }

    private static string Digits(string value) => value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? value[2..] : value;
}
