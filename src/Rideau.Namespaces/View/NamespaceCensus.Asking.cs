using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

// What the kernel is asked of each namespace.
public sealed partial class NamespaceCensus
{
    /// <summary>Asks one namespace for more than a count needs: the devices of a network, and how a user namespace maps ids though nobody is in it.</summary>
    public void AskMore(NamespaceInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        AskDevices(info);
        if (info.Type == NamespaceType.User && info.Processes.Count > 0)
        {
            (info.UserMap, info.GroupMap) = Maps(info.Processes[0]);
        }
        else if (info.Type == NamespaceType.User && Open(info.Path) is { } fd)
        {
            using (fd)
            {
                AskMaps(info, fd);
            }
        }
    }

    private void AskAll()
    {
        while (_unasked.TryDequeue(out NamespaceInfo? info))
        {
            if (Open(info.Path) is { } fd)
            {
                using (fd)
                {
                    Ask(info, fd);
                }
            }
        }
    }

    // Owner and parent may be namespaces that nothing else has shown.
    private void Ask(NamespaceInfo info, OwnedFd fd)
    {
        if (info.IsAsked)
        {
            return;
        }

        info.IsAsked = true;
        if (_ids)
        {
            _ = NamespaceFiles.TryId(fd, out ulong id); // ignored: 0 says that this kernel has none
            info.Id = id;
        }

        if (info.Type == NamespaceType.User)
        {
            info.CreatorUid = NamespaceFiles.TryOwnerUid(fd, out uint uid) == 0 ? uid : null;
        }

        info.Owner = info.Type == NamespaceType.User ? null : Relative(NamespaceFiles.TryOpenOwner(fd, out OwnedFd? owner), owner, NamespaceType.User);
        if (info.Type == NamespaceType.User || info.Type == NamespaceType.Pid)
        {
            info.Parent = Relative(NamespaceFiles.TryOpenParent(fd, out OwnedFd? parent), parent, info.Type);
        }

        info.Owner = info.Type == NamespaceType.User ? info.Parent : info.Owner;
    }

    private NamespaceInfo? Relative(int errno, OwnedFd? fd, NamespaceType type)
    {
        if (!IsThere(errno, $"the {type.Name} namespace above") || fd is null)
        {
            return null; // beyond what the caller may see (EPERM)
        }

        bool kept = false;
        try
        {
            ulong inode = Files.Status(fd).Inode;
            if (!_byInode.TryGetValue(inode, out NamespaceInfo? info))
            {
                info = Of(type, inode, "");
                Ask(info, fd);
            }

            // Of a namespace that somebody has open the kernel does not make file and inode anew, and most belong to the same few.
            kept = type == NamespaceType.User && !info.IsKept && _owners.Count < _mostOwnersKept;
            if (kept)
            {
                info.IsKept = true;
                _owners.Add(fd);
            }

            return info;
        }
        finally
        {
            if (!kept)
            {
                fd.Dispose();
            }
        }
    }

    private static void AskMaps(NamespaceInfo info, OwnedFd fd)
    {
        try
        {
            JoinPlan join = new();
            join.Add(fd, info.ToString());
            if (join.Types != 0)
            {
                using var child = new StandIn($"cannot look at {info}", join);
                (info.UserMap, info.GroupMap) = Maps(child.Pid);
            }
        }
        catch (NamespaceException)
        {
            // Somebody else's: its mappings stay unknown.
        }
    }

    private static (IReadOnlyList<string> Users, IReadOnlyList<string> Groups) Maps(int pid)
    {
        return (Lines("uid_map"), Lines("gid_map"));

        List<string> Lines(string file)
        {
            List<string> lines = [];
            try
            {
                foreach (string line in Files.ReadText($"/proc/{pid}/{file}").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    lines.Add(string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
                }
            }
            catch (LinuxException failure) when (!Errno.IsScarcity(failure.Errno))
            {
                // It has ended meanwhile.
            }

            return lines;
        }
    }

    private void AskDevices(NamespaceInfo info)
    {
        if (info.Type == NamespaceType.Network && info.Devices is null && Open(info.Path) is { } fd)
        {
            using (fd)
            {
                info.Devices = NetworkContents.TryRead(fd);
            }
        }
    }

    private static OwnedFd? Open(string? path)
    {
        OwnedFd? fd = null;
        return path is { Length: > 0 } && IsThere(Files.TryOpen(path, Fcntl.O_RDONLY, out fd), path) ? fd : null;
    }

    // That nothing is left to look with does not say that there is nothing to see.
    private static bool IsThere(int errno, string what) =>
        Errno.IsScarcity(errno) ? throw new LinuxException("open", errno, $"\"{what}\"") : errno == 0;
}
