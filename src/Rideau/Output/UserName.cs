using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Output;

/// <summary>Names of users from /etc/passwd; a static program has no other name services.</summary>
internal static class UserName
{
    private static readonly Dictionary<uint, string> s_known = [];

    /// <summary>The name, or "#1000" where there is none.</summary>
    internal static string Of(uint uid)
    {
        if (!s_known.TryGetValue(uid, out string? name))
        {
            s_known[uid] = name = Find(uid);
        }

        return name;
    }

    private static string Find(uint uid)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string line in Files.ReadText("/etc/passwd").Split('\n'))
            {
                string[] fields = line.Split(':');
                if (fields.Length > 2 && string.Equals(fields[2], number, StringComparison.Ordinal))
                {
                    return fields[0];
                }
            }
        }
        catch (LinuxException)
        {
            // A machine without the file has numbers alone.
        }

        return "#" + number;
    }
}
