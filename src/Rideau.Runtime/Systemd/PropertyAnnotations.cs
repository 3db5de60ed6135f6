using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rideau.Runtime.Systemd;

/// <summary>Annotations "org.systemd.property.NAME": properties of the container's scope beside those of its resources.</summary>
/// <remarks>
/// Values are in GVariant's text format. Only names that concern the scope alone are taken: others let whoever writes
/// a container's annotations stop or reboot the machine, or start what it has (CVE-2024-3154).
/// </remarks>
internal static class PropertyAnnotations
{
    private const string Prefix = "org.systemd.property.";

    // Ordering and description, how the scope ends, and what systemd.resource-control(5) says of itself.
    private static readonly HashSet<string> s_taken = new(StringComparer.Ordinal)
    {
        "Description", "Documentation", "After", "Before", "PartOf", "CollectMode", "DefaultDependencies",
        "TimeoutStopUSec", "RuntimeMaxUSec", "RuntimeRandomizedExtraUSec", "KillMode", "KillSignal", "FinalKillSignal", "SendSIGHUP", "SendSIGKILL", "OOMPolicy",
        "CPUWeight", "StartupCPUWeight", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec", "AllowedCPUs", "AllowedMemoryNodes",
        "MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax", "IOWeight", "TasksMax",
        "ManagedOOMSwap", "ManagedOOMMemoryPressure", "ManagedOOMMemoryPressureLimit", "ManagedOOMPreference",
        "CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting", "IPAccounting",
    };

    /// <summary>Adds what the annotations say.</summary>
    /// <exception cref="ContainerException">InvalidArgument: a name that is not taken, or a value that is none.</exception>
    internal static void Add(UnitProperties properties, IReadOnlyDictionary<string, string> annotations)
    {
        foreach ((string key, string value) in annotations)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            string name = key[Prefix.Length..];
            bool seconds = name.Length > 3 && name.EndsWith("Sec", StringComparison.Ordinal) && char.IsAsciiLetterLower(name[^4]);
            name = seconds ? name[..^3] + "USec" : name;
            if (!s_taken.Contains(name))
            {
                throw Wrong(key, value, $"\"{name}\" is not among the properties that a configuration may set", "those are: ordering, description, time limits, signals, and the resources of systemd.resource-control(5); others would reach beyond the container");
            }

            Set(properties, key, name, value.Trim(), seconds);
        }
    }

    private static void Set(UnitProperties properties, string key, string name, string value, bool seconds)
    {
        if (value is "true" or "false")
        {
            properties.Flag(name, value == "true");
        }
        else if (Text(value) is { } text)
        {
            properties.Text(name, text);
        }
        else if (value is ['[', .., ']'])
        {
            properties.Texts(name, List(value[1..^1]) ?? throw Wrong(key, value, "it is no list of texts", "as \"['a.service', 'b.service']\""));
        }
        else
        {
            SetNumber(properties, key, name, value, seconds);
        }
    }

    private static void SetNumber(UnitProperties properties, string key, string name, string value, bool seconds)
    {
        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        string type = blank < 0 ? "" : value[..blank];
        ReadOnlySpan<char> number = value.AsSpan(blank + 1).Trim();
        if (seconds && decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal time) && time <= ulong.MaxValue / 1_000_000)
        {
            properties.Number(name, (ulong)(time * 1_000_000));
        }
        else if (type == "uint64" && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong t))
        {
            properties.Number(name, t);
        }
        else if (type == "int64" && long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long x))
        {
            properties.Signed(name, x);
        }
        else if (type == "uint32" && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint u))
        {
            properties.Short(name, u);
        }
        else if (type is "" or "int32" && int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int i))
        {
            properties.SignedShort(name, i);
        }
        else
        {
            throw Wrong(key, value, "it is no value in GVariant's text format", "as \"uint64 5000000\", \"true\", \"'text'\", \"['a', 'b']\"");
        }
    }

    // 'text' or "text", without escapes.
    private static string? Text(string value) =>
        value.Length >= 2 && value[0] is '\'' or '"' && value[^1] == value[0] && value.AsSpan(1, value.Length - 2).IndexOfAny(value[0], '\\') < 0 ? value[1..^1] : null;

    private static string[]? List(string inner)
    {
        string[] parts = string.IsNullOrWhiteSpace(inner) ? [] : inner.Split(',');
        for (int i = 0; i < parts.Length; i++)
        {
            if (Text(parts[i].Trim()) is not { } text)
            {
                return null;
            }

            parts[i] = text;
        }

        return parts;
    }

    private static ContainerException Wrong(string key, string value, string reason, string hint) =>
        new($"cannot use the annotation \"{key}\" (\"{value}\"): {reason}", FailureCode.InvalidArgument, hint);
}
