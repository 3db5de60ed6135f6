using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>The ranges of ids that a user may map, besides the own: /etc/subuid and /etc/subgid.</summary>
/// <remarks>man: subuid(5), newuidmap(1)</remarks>
public static class SubordinateIds
{
    private const int FileLimitBytes = 4 << 20;
    private const ulong IdCount = 1UL << 32;

    /// <summary>Root is the user, and the ids from 1 on are the user's ranges, one behind the other. Without ranges: root alone.</summary>
    public static (IReadOnlyList<IdRange> Uids, IReadOnlyList<IdRange> Gids) MappingsOf(uint uid, uint gid)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        string name = NameOf(number) ?? number;
        List<IdRange> uids = [new(0, uid, 1), .. Ranges(Text("/etc/subuid"), name, number)];
        List<IdRange> gids = [new(0, gid, 1), .. Ranges(Text("/etc/subgid"), name, number)];

        // One without the other serves nobody: a file's owner and group must both be mapped.
        return uids.Count > 1 && gids.Count > 1 ? (uids, gids) : ([uids[0]], [gids[0]]);
    }

    /// <summary>The ranges of a user, one behind the other from 1 on.</summary>
    public static IReadOnlyList<IdRange> Ranges(string text, string name, string number)
    {
        var ranges = new List<IdRange>();
        uint next = 1;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':');
            if (fields.Length == 3 && (fields[0] == name || fields[0] == number)
                && uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint start)
                && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint count) && count > 0
                && (ulong)start + count <= IdCount && (ulong)next + count < IdCount)
            {
                ranges.Add(new IdRange(next, start, count));
                next += count;
            }
        }

        return ranges;
    }

    private static string? NameOf(string uid)
    {
        foreach (string line in Text("/etc/passwd").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && fields[2] == uid)
            {
                return fields[0];
            }
        }

        return null;
    }

    private static string Text(string file)
    {
        try
        {
            return Files.ReadText(file, null, FileLimitBytes);
        }
        catch (LinuxException)
        {
            return "";
        }
    }
}
