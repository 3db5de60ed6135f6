using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Notices which names there are: those of this program, from their records, and those of ip-netns(8), from /run/netns.</summary>
/// <remarks>
/// A record has the identity in it, and of a file in /run/netns the inode is asked for; such a file alone is ever opened, for a moment. What changes in the
/// directories is told by inotify, what is mounted by /proc/self/mountinfo; a directory that is missing is waited for in the one above it.
/// </remarks>
internal sealed class NameChanges : IDisposable
{
    private const string IpNetnsDirectory = "/run/netns";
    private const int PatienceMilliseconds = 5000;

    private readonly NameDirectory? _names;
    private readonly OwnedFd? _changes;
    private bool _mayHaveChanged = true;
    private long _noticedAt = Environment.TickCount64;

    internal NameChanges(string? root)
    {
        _names = root is null ? null : new NameDirectory(root);
        _ = FileChanges.TryMake(out _changes); // ignored: then only mounts tell, and the look at intervals
        _ = Files.TryOpen("/proc/self/mountinfo", Fcntl.O_RDONLY, out OwnedFd? mounts); // ignored: then only the directories tell
        Mounts = mounts;
        Watch();
    }

    /// <summary>Readable where a directory has changed; null where the machine has no inotify left.</summary>
    internal OwnedFd? Directories => _changes;

    /// <summary>Of interest (POLLPRI) where mounts have changed.</summary>
    internal OwnedFd? Mounts { get; }

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

        _mayHaveChanged = false;
        Watch(); // before the look: what appears after it is told
        bool allKnown = ReadRecords(found);
        foreach (string name in List(IpNetnsDirectory))
        {
            if (Files.TryStatus($"{IpNetnsDirectory}/{name}", out FileStatus status) == 0 && Files.FileSystemType($"{IpNetnsDirectory}/{name}") == Stat.NSFS_MAGIC)
            {
                allKnown &= found(name, NamespaceType.Network, status.Inode, 0, $"{IpNetnsDirectory}/{name}");
            }
        }

        _mayHaveChanged = !allKnown && Environment.TickCount64 - _noticedAt < PatienceMilliseconds;
    }

    public void Dispose()
    {
        _changes?.Dispose();
        Mounts?.Dispose();
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
            catch (LinuxException)
            {
                // It was removed meanwhile.
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
        if (_changes is not null)
        {
            for (string at = path; at.Length > 1 && FileChanges.TryAdd(_changes, at) < 0; at = at[..Math.Max(at.LastIndexOf('/'), 1)])
            {
            }
        }
    }

    private static IReadOnlyList<string> List(string directory)
    {
        try
        {
            return DirectoryListing.Names(directory);
        }
        catch (LinuxException)
        {
            return []; // not ours to look into
        }
    }
}
