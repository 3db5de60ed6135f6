using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Procfs;

namespace Rideau.Runtime.Cgroups;

/// <summary>Which cgroup hierarchies this process sees, and where it is in them. Looked up, never assumed.</summary>
public sealed class CgroupLayout
{
    private const int LimitBytes = 16 << 20;
    private const string Usual = "/sys/fs/cgroup";

    private CgroupLayout(List<CgroupHierarchy> version1, CgroupHierarchy? unified)
    {
        Version1 = version1;
        Unified = unified;
    }

    /// <summary>The hierarchies of cgroup v1, in the order they were mounted.</summary>
    public IReadOnlyList<CgroupHierarchy> Version1 { get; }

    /// <summary>cgroup v2, alone or beside v1.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>"v1", "v2", "hybrid", or "none" where nothing is mounted.</summary>
    public string Driver => (Version1.Count, Unified) switch
    {
        (0, null) => "none",
        (0, _) => "v2",
        (_, null) => "v1",
        _ => "hybrid",
    };

    /// <summary>Looks at /proc/self/mountinfo and /proc/self/cgroup; on a machine with v2 alone, at one statfs(2) and /proc/self/cgroup.</summary>
    public static CgroupLayout Detect()
    {
        byte[] own = Files.ReadAll("/proc/self/cgroup", LimitBytes);
        // net_cls and net_prio, which v2 has not, may be mounted elsewhere.
        bool hasNetwork = own.AsSpan().IndexOf(":net_"u8) >= 0 || own.AsSpan().IndexOf(",net_"u8) >= 0;
        if (!hasNetwork && Files.FileSystemType(Usual) == Stat.CGROUP2_SUPER_MAGIC)
        {
            // A machine with many containers has thousands of mounts: they are not read where the usual place says enough.
            string path = OwnPath(own, "");
            return new CgroupLayout([], new CgroupHierarchy(Usual, "", path));
        }

        return Parse(Files.ReadAll("/proc/self/mountinfo", LimitBytes), own);
    }

    /// <summary>The same from the two files' bytes.</summary>
    public static CgroupLayout Parse(ReadOnlySpan<byte> mountInfo, ReadOnlySpan<byte> ownGroups)
    {
        var version1 = new List<CgroupHierarchy>();
        CgroupHierarchy? unified = null;
        var mounts = new MountInfo(mountInfo);
        while (mounts.MoveNext())
        {
            if (mounts.FileSystemType.SequenceEqual("cgroup2"u8))
            {
                // The usual places win over others, such as a container's own that is mounted in this namespace.
                string place = MountInfo.Unescape(mounts.MountPoint);
                if (unified is null || Rank(place) < Rank(unified.MountPoint))
                {
                    unified = new CgroupHierarchy(place, "", Below(OwnPath(ownGroups, ""), MountInfo.Unescape(mounts.Root)));
                }
            }
            else if (mounts.FileSystemType.SequenceEqual("cgroup"u8) && Controllers(ownGroups, mounts.FileSystemOptions) is { } controllers)
            {
                Add(version1, MountInfo.Unescape(mounts.MountPoint), controllers, Below(OwnPath(ownGroups, controllers), MountInfo.Unescape(mounts.Root)));
            }
        }

        return new CgroupLayout(version1, unified);
    }

    /// <summary>Where a process is in cgroup v2, below the mount's root as this process sees it; "/" where that is not known.</summary>
    public static string PathOf(int pid)
    {
        try
        {
            return OwnPath(Files.ReadAll($"/proc/{pid}/cgroup", LimitBytes), "");
        }
        catch (Kernel.LinuxException)
        {
            return "/"; // it has ended
        }
    }

    /// <summary>The hierarchy of v1 that has the controller.</summary>
    public CgroupHierarchy? FindVersion1(string controller)
    {
        foreach (CgroupHierarchy hierarchy in Version1)
        {
            if (hierarchy.Has(controller))
            {
                return hierarchy;
            }
        }

        return null;
    }

    private static void Add(List<CgroupHierarchy> version1, string place, string controllers, string own)
    {
        for (int i = 0; i < version1.Count; i++)
        {
            if (version1[i].Controllers == controllers)
            {
                if (Rank(place) < Rank(version1[i].MountPoint))
                {
                    version1[i] = new CgroupHierarchy(place, controllers, own);
                }

                return;
            }
        }

        version1.Add(new CgroupHierarchy(place, controllers, own));
    }

    private static int Rank(string place) =>
        place == Usual ? 0 : place.StartsWith(Usual + "/", StringComparison.Ordinal) && place.LastIndexOf('/') == Usual.Length ? 1 : 2;

    // The own group as the mount shows it. A mount whose root is elsewhere (a container's bind mount without a
    // cgroup namespace shows host paths in /proc/self/cgroup) shows the own group as its root.
    private static string Below(string own, string root)
    {
        if (root == "/" || root.Length == 0)
        {
            return own;
        }

        return own.StartsWith(root, StringComparison.Ordinal) && (own.Length == root.Length || own[root.Length] == '/')
            ? own.Length == root.Length ? "/" : own[root.Length..]
            : "/";
    }

    // The second field of the line of /proc/self/cgroup whose every controller is among the mount's options.
    private static string? Controllers(ReadOnlySpan<byte> ownGroups, ReadOnlySpan<byte> options)
    {
        while (NextLine(ref ownGroups, out ReadOnlySpan<byte> names, out _))
        {
            ReadOnlySpan<byte> first = names.IndexOf((byte)',') is var comma and >= 0 ? names[..comma] : names;
            if (!first.IsEmpty && MountInfo.HasOption(options, first))
            {
                return Encoding.UTF8.GetString(names);
            }
        }

        return null;
    }

    private static string OwnPath(ReadOnlySpan<byte> ownGroups, string controllers)
    {
        Span<byte> wanted = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(controllers.Length, 256))];
        wanted = wanted[..(controllers.Length > 256 ? 0 : Encoding.UTF8.GetBytes(controllers, wanted))];
        while (NextLine(ref ownGroups, out ReadOnlySpan<byte> names, out ReadOnlySpan<byte> path))
        {
            if (names.SequenceEqual(wanted))
            {
                return path is [(byte)'/', ..] ? CgroupPathResolver.Clean("/" + Encoding.UTF8.GetString(path)) : "/";
            }
        }

        return "/";
    }

    // "4:memory:/a/group"; a colon may be in the path, not before it.
    private static bool NextLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> names, out ReadOnlySpan<byte> path)
    {
        names = path = default;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            int first = line.IndexOf((byte)':');
            int second = first < 0 ? -1 : line[(first + 1)..].IndexOf((byte)':');
            if (second >= 0)
            {
                names = line.Slice(first + 1, second);
                path = line[(first + second + 2)..];
                return true;
            }
        }

        return false;
    }
}
