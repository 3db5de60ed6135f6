using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;

namespace Rideau.Namespaces;

/// <summary>All namespaces of the machine that the caller can see, counted in one pass over /proc.</summary>
/// <remarks>
/// A process is asked for what it is in and for its descriptors; each namespace is asked once for its owner and
/// parent, which finds those that nobody is in. Mounts and names are looked up; where the kernel has listns(2) (6.19),
/// it is asked for what is left. man: namespaces(7), ioctl_nsfs(2)
/// </remarks>
public sealed partial class NamespaceCensus
{
    private const int MountInfoLimitBytes = 64 << 20;
    private const int MostOwnersKept = 64;
    private const ulong DescriptorsToKeepOwners = 4 * MostOwnersKept;
    private static readonly NamespaceType[] s_order =
    [
        NamespaceType.Cgroup, NamespaceType.Ipc, NamespaceType.Mount, NamespaceType.Network, NamespaceType.Pid,
        NamespaceType.Time, NamespaceType.User, NamespaceType.Uts, NamespaceType.Pid, NamespaceType.Time,
    ];

    private readonly Dictionary<ulong, NamespaceInfo> _byInode = new(256);
    private readonly Queue<NamespaceInfo> _unasked = new();
    private readonly List<OwnedFd> _owners = [];
    private readonly int _mostOwnersKept = ResourceLimits.Get(0, Resource.RLIMIT_NOFILE).rlim_cur < DescriptorsToKeepOwners ? 0 : MostOwnersKept;
    private readonly bool _thorough;
    private readonly bool _ids;

    private NamespaceCensus(bool thorough, bool ids)
    {
        _thorough = thorough;
        _ids = ids;
    }

    /// <summary>All of them, by type and then by number.</summary>
    public IReadOnlyList<NamespaceInfo> All
    {
        get
        {
            List<NamespaceInfo> all = [.. _byInode.Values];
            all.Sort(static (one, other) => one.Type == other.Type ? one.Inode.CompareTo(other.Inode) : string.CompareOrdinal(one.Type.Name, other.Type.Name));
            return all;
        }
    }

    /// <summary>True where processes were there that the caller may not look into.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Counts.</summary>
    /// <param name="names">Whose names are told; null for none.</param>
    /// <param name="thorough">Look also at the mounts of every mount namespace, at every socket, and at the devices of every network.</param>
    /// <param name="ids">Ask for the numbers that no other namespace ever has, one more call for each.</param>
    /// <exception cref="LinuxException">No descriptors are left (EMFILE, ENFILE), or no memory: it is whole or not at all.</exception>
    public static NamespaceCensus Take(NamedNamespaces? names, bool thorough, bool ids = true)
    {
        // Where the kernel has a list of its own, what is known is told apart from the rest by these numbers.
        var census = new NamespaceCensus(thorough, ids || NamespaceFiles.TryList(0, new ulong[1]) > 0);
        try
        {
            census.Count(names);
            return census;
        }
        finally
        {
            census._owners.ForEach(static owner => owner.Dispose());
        }
    }

    private void Count(NamedNamespaces? names)
    {
        CountProcesses();
        CountMounts("/proc/self/mountinfo", "");
        CountNames(names);
        AskAll();
        if (_thorough)
        {
            CountForeignMounts();
            AskAll();
        }

        CountListed();
        AskAll();
        if (_thorough)
        {
            foreach (NamespaceInfo info in _byInode.Values)
            {
                AskDevices(info);
            }
        }
    }

    /// <summary>The namespace of that number, or null.</summary>
    public NamespaceInfo? Find(ulong inode) => _byInode.GetValueOrDefault(inode);

    private NamespaceInfo Of(NamespaceType type, ulong inode, string path)
    {
        if (!_byInode.TryGetValue(inode, out NamespaceInfo? info))
        {
            info = new NamespaceInfo(type, inode) { Path = path };
            _byInode.Add(inode, info);
            _unasked.Enqueue(info);
        }

        return info;
    }

    private void CountProcesses()
    {
        using OwnedFd proc = Files.Open("/proc", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        Span<ulong> inodes = stackalloc ulong[ProcessNamespaces.Count];
        byte[] buffer = new byte[32768];
        foreach (string name in DirectoryListing.Names("/proc"))
        {
            if (!char.IsAsciiDigit(name[0]) || !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            if (!ProcessNamespaces.TryRead(proc, pid, inodes))
            {
                IsPartial |= Credentials.EffectiveUid != 0 && ProcessStat.StartTimeOf(pid) != 0;
                continue;
            }

            ulong ownNetwork = inodes[3];
            for (int i = 0; i < ProcessNamespaces.Count; i++)
            {
                CountMembership(pid, i, inodes);
            }

            ProcessNamespaces.ReadDescriptors(proc, pid, buffer, (descriptor, type, inode) => CountDescriptor(pid, descriptor, type, inode, ownNetwork));
        }
    }

    private void CountMembership(int pid, int index, ReadOnlySpan<ulong> inodes)
    {
        ulong inode = inodes[index];
        bool forChildren = index >= 8;
        if (inode == 0 || (forChildren && inode == inodes[index == 8 ? 4 : 5]))
        {
            return;
        }

        if (!_byInode.TryGetValue(inode, out NamespaceInfo? info))
        {
            NamespaceType type = s_order[index];
            info = Of(type, inode, $"/proc/{pid}/ns/{(forChildren ? type.Name + "_for_children" : type.Name)}");
        }

        (forChildren ? info.ForChildrenOf : info.Processes).Add(pid);
    }

    private void CountDescriptor(int pid, int descriptor, ReadOnlySpan<byte> word, ulong inode, ulong ownNetwork)
    {
        if (word.SequenceEqual("socket"u8))
        {
            if (_thorough)
            {
                CountSocket(pid, descriptor, ownNetwork);
            }

            return;
        }

        foreach (NamespaceType type in NamespaceType.All)
        {
            if (EqualsAscii(type.Name, word))
            {
                Of(type, inode, $"/proc/{pid}/fd/{descriptor}").Descriptors.Add((pid, descriptor));
                return;
            }
        }
    }

    private static bool EqualsAscii(string text, ReadOnlySpan<byte> bytes)
    {
        if (text.Length != bytes.Length)
        {
            return false;
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            if (text[i] != bytes[i])
            {
                return false;
            }
        }

        return true;
    }

    // A socket stays in the network namespace that it was made in, wherever its process goes.
    private void CountSocket(int pid, int descriptor, ulong ownNetwork)
    {
        if (!IsThere(Processes.TryOpen(pid, out OwnedFd? process), $"/proc/{pid}") || process is null)
        {
            return;
        }

        using (process)
        {
            if (!IsThere(Processes.TryTakeDescriptor(process, descriptor, out OwnedFd? socket), $"/proc/{pid}/fd/{descriptor}") || socket is null)
            {
                return;
            }

            using (socket)
            {
                if (IsThere(NamespaceFiles.TryOpenOfSocket(socket, out OwnedFd? network), $"/proc/{pid}/fd/{descriptor}") && network is not null)
                {
                    using (network)
                    {
                        ulong inode = Files.Status(network).Inode;
                        if (inode != ownNetwork)
                        {
                            NamespaceInfo info = Of(NamespaceType.Network, inode, "");
                            info.Sockets.Add((pid, descriptor));
                            Ask(info, network);
                        }
                    }
                }
            }
        }
    }

    private void CountMounts(string mountInfoPath, string prefix)
    {
        byte[] bytes;
        try
        {
            bytes = Files.ReadAll(mountInfoPath, MountInfoLimitBytes);
        }
        catch (LinuxException failure) when (!Errno.IsScarcity(failure.Errno))
        {
            return; // the process has ended, or may not be looked into
        }

        var mounts = new MountInfo(bytes);
        HashSet<int> served = [];
        while (mounts.MoveNext())
        {
            // Whoever serves a file system may have died, or be the caller: a path into one is told, and not opened.
            bool below = Utf8Parser.TryParse(mounts.Parent, out int parent, out _) && served.Contains(parent);
            if ((below || mounts.FileSystemType.StartsWith("fuse"u8)) && Utf8Parser.TryParse(mounts.Id, out int id, out _))
            {
                served.Add(id);
            }

            if (mounts.FileSystemType.SequenceEqual("nsfs"u8) && ProcessNamespaces.TryParse(mounts.Root, out ReadOnlySpan<byte> word, out ulong inode))
            {
                string point = MountInfo.Unescape(mounts.MountPoint);
                foreach (NamespaceType type in NamespaceType.All)
                {
                    if (EqualsAscii(type.Name, word))
                    {
                        Of(type, inode, below ? "" : prefix + point).Mounts.Add(prefix.Length == 0 ? point : $"{prefix[..^5]}: {point}");
                    }
                }
            }
        }
    }

    private void CountForeignMounts()
    {
        ulong own = Files.TryStatus("/proc/self/ns/mnt", out FileStatus status) == 0 ? status.Inode : 0;
        foreach (NamespaceInfo info in All)
        {
            if (info.Type == NamespaceType.Mount && info.Inode != own && info.Processes.Count > 0)
            {
                CountMounts($"/proc/{info.Processes[0]}/mountinfo", $"/proc/{info.Processes[0]}/root");
            }
        }
    }

    private void CountNames(NamedNamespaces? names)
    {
        foreach (NamedNamespace named in names?.List() ?? [])
        {
            foreach (NamedEntry entry in named.Entries)
            {
                if (entry.Condition is NameCondition.Valid or NameCondition.WithoutInit)
                {
                    Of(entry.Identity.Type, entry.Identity.Inode, entry.Path).Names.Add(named.Name);
                }
            }
        }
    }

    // What neither a process nor a descriptor nor a mount shows: the kernel's own list, where it has one.
    private void CountListed()
    {
        Span<ulong> ids = stackalloc ulong[512];
        HashSet<ulong> known = [];
        ulong after = 0;
        for (int count = NamespaceFiles.TryList(after, ids); count > 0; count = NamespaceFiles.TryList(after, ids))
        {
            if (known.Count == 0)
            {
                foreach (NamespaceInfo info in _byInode.Values)
                {
                    known.Add(info.Id);
                }
            }

            foreach (ulong id in ids[..count])
            {
                after = id;
                if (!known.Contains(id) && IsThere(NamespaceFiles.TryOpenHandle(new nsfs_file_handle { ns_id = id }, out OwnedFd? fd), $"namespace {id}") && fd is not null)
                {
                    using (fd)
                    {
                        if (NamespaceFiles.TryType(fd, out long flag) == 0)
                        {
                            Ask(Of(NamespaceType.Of(flag), Files.Status(fd).Inode, ""), fd);
                        }
                    }
                }
            }
        }
    }
}
