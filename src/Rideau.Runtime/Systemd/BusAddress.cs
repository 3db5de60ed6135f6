using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Systemd;

/// <summary>Where systemd can be reached: sockets, the best first.</summary>
internal static class BusAddress
{
    /// <summary>The manager's own socket, then the bus.</summary>
    /// <param name="user">Of this user's manager.</param>
    internal static IReadOnlyList<(string Path, bool IsBus)> Candidates(bool user)
    {
        var candidates = new List<(string, bool)>();
        if (user)
        {
            // A user's directory is where a login put it, or where it would be.
            string directory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } given ? given : $"/run/user/{Credentials.EffectiveUid}";
            candidates.Add(($"{directory}/systemd/private", false));
            AddBus(candidates, "DBUS_SESSION_BUS_ADDRESS", $"{directory}/bus");
        }
        else
        {
            candidates.Add(("/run/systemd/private", false));
            AddBus(candidates, "DBUS_SYSTEM_BUS_ADDRESS", "/run/dbus/system_bus_socket");
        }

        return candidates;
    }

    /// <summary>The paths of an address such as "unix:path=/run/user/1000/bus,guid=…;unix:abstract=…". What is no path is passed over.</summary>
    internal static IEnumerable<string> Paths(string address)
    {
        foreach (string one in address.Split(';'))
        {
            if (!one.StartsWith("unix:", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (string pair in one["unix:".Length..].Split(','))
            {
                if (pair.StartsWith("path=", StringComparison.Ordinal) && Unescape(pair["path=".Length..]) is ['/', ..] path)
                {
                    yield return path;
                }
            }
        }
    }

    private static void AddBus(List<(string, bool)> candidates, string variable, string usual)
    {
        foreach (string path in Paths(Environment.GetEnvironmentVariable(variable) ?? ""))
        {
            candidates.Add((path, true));
        }

        candidates.Add((usual, true));
    }

    // %20 is a blank.
    private static string? Unescape(string text)
    {
        if (!text.Contains('%'))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.HexNumber, null, out byte escaped))
            {
                bytes.Add(escaped);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
