using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Notices which names there are: those of this program, from their records, and those of ip-netns(8), from /run/netns.</summary>
/// <remarks>
/// A record has the identity in it, of a file in /run/netns inode and id are asked for, for which it is opened for a moment. What changes in the
/// directories is told by inotify, what is mounted by /proc/self/mountinfo; a directory that is missing is waited for in the one above it.
/// </remarks>
internal sealed class NameChanges : IDisposable
{
    internal const string IpNetnsDirectory = "/run/netns";
    private const int PatienceMilliseconds = 5000;

    private readonly NameDirectory? _names;
    private bool _scarce;
    private readonly OwnedFd? _changes;
    private readonly OwnedFd? _mountsAsked;
    private bool _mayHaveChanged = true;
    private long _noticedAt = Environment.TickCount64;

    internal NameChanges(string? root)
    {
        _names = root is null ? null : new NameDirectory(root);
        int errno = FileChanges.TryMake(out _changes);
        if (errno != 0)
        {
            Shortage = $"{new LinuxException("inotify_init1", errno).Message}: raise /proc/sys/fs/inotify/max_user_instances, or /proc/sys/user/max_inotify_instances of this user namespace";
        }

        Mounts = OpenMounts();
        _mountsAsked = OpenMounts();
        Watch();
    }

    /// <summary>Why changes of a directory are not told, and the way out, where it is so: then names have to be looked for at intervals.</summary>
    internal string? Shortage { get; private set; }

    /// <summary>The last look did not see all, because the caller has too little of something: it has to be done again.</summary>
    internal bool HasToLookAgain => _scarce;

    /// <summary>Readable where a directory has changed; null where there is no inotify left.</summary>
    internal OwnedFd? Directories => _changes;

    /// <summary>Of interest (POLLPRI) where mounts have changed: to wake, not to know it by, see <see cref="TakeMountChange"/>.</summary>
    internal OwnedFd? Mounts { get; }

    /// <summary>Mounts have changed since the last question.</summary>
    /// <remarks>The kernel tells each open file of a change once, and whoever polls a set of epoll that this file is in may use that up: a file that is in no set is asked.</remarks>
    internal bool TakeMountChange()
    {
        Span<PollEntry> entry = [new() { Descriptor = _mountsAsked?.Number ?? -1, Wanted = Polling.POLLPRI }];
        return Polling.Wait(entry, 0) > 0;
    }

    /// <summary>Something was told: the next <see cref="Read"/> looks.</summary>
    internal void Notice()
    {
        if (_changes is not null)
        {
            FileChanges.Drain(_changes);
        }

        _mayHaveChanged = true;
        _noticedAt = Environment.TickCount64;
    }

    /// <summary>Calls back for each name and namespace, if something may have changed.</summary>
    /// <param name="found">Gets the name, type, inode, id (0: not known) and the file of ip-netns(8), and says whether that namespace is known. One that is not may be told a moment after its name: for some seconds it is looked for again.</param>
    internal void Read(Func<string, NamespaceType, ulong, ulong, string?, bool> found)
    {
        if (!_mayHaveChanged)
        {
            return;
        }

        _mayHaveChanged = _scarce = false;
        Watch(); // before the look: what appears after it is told
        bool allKnown = ReadRecords(found);
        foreach (string name in List(IpNetnsDirectory))
        {
            string file = $"{IpNetnsDirectory}/{name}";
            if (TryLook(file, out ulong inode, out ulong id))
            {
                allKnown &= found(name, NamespaceType.Network, inode, id, file);
            }
        }

        _mayHaveChanged = _scarce || (!allKnown && Environment.TickCount64 - _noticedAt < PatienceMilliseconds);
    }

    public void Dispose()
    {
        _changes?.Dispose();
        Mounts?.Dispose();
        _mountsAsked?.Dispose();
    }

    // A symbolic link is not followed: it may lead into a file system that this process serves. An inode is used again
    // at once, so it may still stand for one whose death has not been noticed yet: hence the id.
    private bool TryLook(string file, out ulong inode, out ulong id)
    {
        inode = id = 0;
        int errno = Files.TryOpen(file, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, out OwnedFd? place);
        _scarce |= Errno.IsScarcity(errno);
        if (place is null)
        {
            return false;
        }

        using (place)
        {
            if (FileContents.FileSystemType(place) != Stat.NSFS_MAGIC)
            {
                return false;
            }

            inode = Files.Status(place).Inode;
            errno = Files.TryOpen($"/proc/self/fd/{place.Number}", Fcntl.O_RDONLY, out OwnedFd? fd);
            _scarce |= Errno.IsScarcity(errno);
            if (fd is not null)
            {
                using (fd)
                {
                    _ = NamespaceFiles.TryId(fd, out id); // ignored: 0 before kernel 6.18
                }
            }

            return !_scarce;
        }
    }

    private static OwnedFd? OpenMounts()
    {
        _ = Files.TryOpen("/proc/self/mountinfo", Fcntl.O_RDONLY, out OwnedFd? mounts); // ignored: then only the directories tell
        return mounts;
    }

    private bool ReadRecords(Func<string, NamespaceType, ulong, ulong, string?, bool> found)
    {
        bool allKnown = true;
        if (_names is null)
        {
            return allKnown;
        }

        foreach (string name in List(_names.Path))
        {
            try
            {
                foreach (NamespaceIdentity identity in (name[0] == '.' ? null : _names.TryLoad(name))?.Namespaces ?? [])
                {
                    allKnown &= found(name, identity.Type, identity.Inode, identity.Id, null);
                }
            }
            catch (LinuxException failure)
            {
                _scarce |= Errno.IsScarcity(failure.Errno); // else it was removed meanwhile
            }
        }

        return allKnown;
    }

    private void Watch()
    {
        Watch(IpNetnsDirectory);
        if (_names is not null)
        {
            Watch(_names.Path);
        }
    }

    // The deepest directory on the way that is there; a rename over it is told by the one above.
    private void Watch(string path)
    {
        for (string at = path; _changes is not null && at.Length > 1; at = at[..Math.Max(at.LastIndexOf('/'), 1)])
        {
            int added = FileChanges.TryAdd(_changes, at);
            if (added == -Errno.ENOSPC)
            {
                Shortage ??= $"{new LinuxException("inotify_add_watch", Errno.ENOSPC, $"\"{at}\"").Message}: raise /proc/sys/fs/inotify/max_user_watches, or /proc/sys/user/max_inotify_watches of this user namespace";
            }

            if (added is >= 0 or -Errno.ENOSPC)
            {
                return;
            }
        }
    }

    private IReadOnlyList<string> List(string directory)
    {
        try
        {
            return DirectoryListing.Names(directory);
        }
        catch (LinuxException failure)
        {
            _scarce |= Errno.IsScarcity(failure.Errno);
            return []; // else not there, or not ours to look into
        }
    }
}
