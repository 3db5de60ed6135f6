using System;
using System.Collections.Generic;
using System.Diagnostics;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>What the tree knows of the machine's namespaces: a census, taken when somebody looks, kept for a moment, let go when nobody does.</summary>
/// <remarks>
/// Whether a namespace is there is never answered from memory alone: one that is in the census is looked at again by its path or handle, and
/// for one that is not, and for a list, a census is taken that began after the question came. What else is said of a namespace is at
/// most as old as three censuses take, and 20 ms. docs/decisions/0011-the-namespace-file-system.md
/// </remarks>
internal sealed class NamespaceView(NamedNamespaces names)
{
    private static readonly long s_leastAge = Stopwatch.Frequency / 50; // 20 ms
    private NamespaceCensus? _census;
    private Dictionary<NamespaceInfo, List<NamespaceInfo>>? _owned;
    private long _begun;
    private long _took;

    /// <summary>All questions that are being answered had come by then (Stopwatch ticks).</summary>
    internal long Arrived { get; set; }

    /// <summary>How many were taken, for tests.</summary>
    internal int Taken { get; private set; }

    /// <summary>A census that is at most a little old.</summary>
    internal NamespaceCensus Recent()
    {
        if (_census is null || Stopwatch.GetTimestamp() - _begun > Math.Max(3 * _took, s_leastAge))
        {
            Take();
        }

        return _census!;
    }

    /// <summary>A census that began after the question had come.</summary>
    internal NamespaceCensus Fresh()
    {
        if (_census is null || _begun < Arrived)
        {
            Take();
        }

        return _census!;
    }

    /// <summary>The namespace of that type and number, if it lives now.</summary>
    internal NamespaceInfo? Find(NamespaceType type, ulong inode)
    {
        NamespaceInfo? info = Known(Recent(), type, inode);
        if (info is null || !IsThere(info))
        {
            info = Known(Fresh(), type, inode);
        }

        return info;
    }

    /// <summary>The namespaces that a user namespace owns, of all types; the user namespaces among them are its children.</summary>
    internal IReadOnlyList<NamespaceInfo> OwnedBy(NamespaceInfo user)
    {
        NamespaceCensus census = Recent();
        if (_owned is null)
        {
            _owned = [];
            foreach (NamespaceInfo info in census.All)
            {
                if (info.Owner is { } owner && owner != info)
                {
                    if (!_owned.TryGetValue(owner, out List<NamespaceInfo>? list))
                    {
                        _owned.Add(owner, list = []);
                    }

                    list.Add(info);
                }
            }
        }

        return Known(census, user.Type, user.Inode) is { } now && _owned.TryGetValue(now, out List<NamespaceInfo>? found) ? found : [];
    }

    /// <summary>Opens a namespace, whatever holds it.</summary>
    /// <returns>0, or the positive errno: ESTALE where it has died, EACCES where the caller may not.</returns>
    internal int TryOpen(NamespaceInfo info, out OwnedFd? fd, int depth = 0)
    {
        int errno = Errno.ESTALE;
        if (info.Path is { Length: > 0 } path)
        {
            errno = Files.TryOpen(path, Fcntl.O_RDONLY, out fd);
            if (fd is not null && IsSame(info, fd))
            {
                return 0;
            }

            fd?.Dispose();
        }

        if (info.Id != 0 && new NamespaceIdentity(info.Type, info.Id, 0, 0, info.Inode).TryReopen(out fd) == 0 && fd is not null)
        {
            return 0;
        }

        fd = null;
        return depth < 33 && TryOpenByRelative(info, out fd, depth) ? 0 : errno is Errno.ENOENT or Errno.ESRCH ? Errno.ESTALE : errno;
    }

    /// <summary>Lets the memory go.</summary>
    internal void LetGo()
    {
        _census = null;
        _owned = null;
    }

    private static NamespaceInfo? Known(NamespaceCensus census, NamespaceType type, ulong inode) =>
        census.Find(inode) is { } info && info.Type == type ? info : null;

    private bool IsThere(NamespaceInfo info)
    {
        if (TryOpen(info, out OwnedFd? fd) != 0 || fd is null)
        {
            return false;
        }

        fd.Dispose();
        return true;
    }

    private static bool IsSame(NamespaceInfo info, OwnedFd fd) =>
        NamespaceFiles.TryId(fd, out ulong id) == 0 && info.Id != 0
            ? id == info.Id
            : Files.Status(fd).Inode == info.Inode && NamespaceFiles.TryType(fd, out long flag) == 0 && flag == info.Type.Flag;

    // What only those below it hold is found through them, as the census has found it.
    private bool TryOpenByRelative(NamespaceInfo info, out OwnedFd? fd, int depth)
    {
        fd = null;
        foreach (NamespaceInfo below in _census?.All ?? [])
        {
            bool owned = below.Owner?.Inode == info.Inode && below.Type != NamespaceType.User;
            if ((owned || below.Parent?.Inode == info.Inode) && below.Inode != info.Inode && TryOpen(below, out OwnedFd? one, depth + 1) == 0 && one is not null)
            {
                using (one)
                {
                    int errno = owned ? NamespaceFiles.TryOpenOwner(one, out fd) : NamespaceFiles.TryOpenParent(one, out fd);
                    if (errno == 0 && fd is not null && IsSame(info, fd))
                    {
                        return true;
                    }

                    fd?.Dispose();
                    fd = null;
                }
            }
        }

        return false;
    }

    private void Take()
    {
        _begun = Stopwatch.GetTimestamp();
        _owned = null;
        _census = NamespaceCensus.Take(names, thorough: false);
        _took = Stopwatch.GetTimestamp() - _begun;
        Taken++;
    }
}
