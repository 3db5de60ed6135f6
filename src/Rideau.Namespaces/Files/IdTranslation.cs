using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>Ids as the files' own people number them, and as this process does.</summary>
/// <remarks>man: user_namespaces(7)</remarks>
public sealed class IdTranslation
{
    /// <summary>What an id is that has no number here: the kernel's overflow id.</summary>
    public const uint Overflow = 65534;

    private readonly IReadOnlyList<IdRange>? _uids;
    private readonly IReadOnlyList<IdRange>? _gids;

    /// <param name="uids">Users; null where they are numbered alike.</param>
    /// <param name="gids">Groups.</param>
    internal IdTranslation(IReadOnlyList<IdRange>? uids, IReadOnlyList<IdRange>? gids)
    {
        _uids = uids;
        _gids = gids;
    }

    /// <summary>Both number alike.</summary>
    public static IdTranslation None { get; } = new(null, null);

    /// <summary>Of a process's user namespace, as the caller's numbers its ids.</summary>
    /// <exception cref="Rideau.Kernel.LinuxException">The process has ended.</exception>
    public static IdTranslation Of(int pid) => new(Read($"/proc/{pid}/uid_map"), Read($"/proc/{pid}/gid_map"));

    /// <summary>True where ids differ.</summary>
    public bool IsNeeded => _uids is not null;

    /// <summary>A user as inside.</summary>
    public uint UserInside(uint outside) => Inside(_uids, outside);

    /// <summary>A group as inside.</summary>
    public uint GroupInside(uint outside) => Inside(_gids, outside);

    /// <summary>A user of inside, as this process numbers it; null where it is not mapped.</summary>
    public uint? UserOutside(uint inside) => Outside(_uids, inside);

    /// <summary>A group of inside.</summary>
    public uint? GroupOutside(uint inside) => Outside(_gids, inside);

    private static uint Inside(IReadOnlyList<IdRange>? ranges, uint outside)
    {
        foreach (IdRange range in ranges ?? [])
        {
            if (outside >= range.Outside && outside - range.Outside < range.Count)
            {
                return range.Inside + (outside - range.Outside);
            }
        }

        return ranges is null ? outside : Overflow;
    }

    private static uint? Outside(IReadOnlyList<IdRange>? ranges, uint inside)
    {
        foreach (IdRange range in ranges ?? [])
        {
            if (inside >= range.Inside && inside - range.Inside < range.Count)
            {
                return range.Outside + (inside - range.Inside);
            }
        }

        return ranges is null ? inside : null;
    }

    private static List<IdRange> Read(string path)
    {
        List<IdRange> ranges = [];
        foreach (string line in Files.ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ranges.Add(new IdRange(Number(fields[0]), Number(fields[1]), Number(fields[2])));
        }

        return ranges;
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
