using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Brings what a look at the machine has shown into the ledger.</summary>
internal static class NamespaceLooks
{
    /// <summary>One of a census. What is new is not told yet.</summary>
    internal static void Take(NamespaceLedger ledger, NamespaceInfo info)
    {
        if (ledger.HasIds && info.Id == 0)
        {
            return;
        }

        KnownNamespace? known = ledger.Found(info.Type, info.Inode, info.Id);
        if (known is not null)
        {
            known.Untold = true;
            TryHandle(ledger, known);
        }

        known ??= ledger.Find(info.Inode);
        if (known is null)
        {
            return;
        }

        if (info.Owner is { } owner)
        {
            known.OwnerInode = owner.Inode;
            known.OwnerId = owner.Id;
        }

        known.IsLoose |= info.Mounts.Count > 0 || info.Names.Count > 0 || info.Descriptors.Count > 0;
        known.Members.Clear();
        known.Members.UnionWith(info.Processes);
        known.Members.UnionWith(info.ForChildrenOf);
    }

    /// <summary>One that a process was found in, or that a file leads to (pid 0).</summary>
    internal static KnownNamespace? Open(NamespaceLedger ledger, NamespaceType type, ulong inode, string path, int pid)
    {
        if (Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd) != 0 || fd is null)
        {
            return null; // the process has ended, or gone elsewhere
        }

        using (fd)
        {
            FileStatus status = Files.Status(fd);
            if (status.Inode != inode)
            {
                return null;
            }

            _ = NamespaceFiles.TryId(fd, out ulong id); // ignored: 0 before kernel 6.18
            KnownNamespace? known = ledger.Found(type, inode, id);
            if (known is null)
            {
                return ledger.Find(inode);
            }

            known.Untold = true;
            TryHandle(ledger, known);
            known.Creator = pid == 0 ? null : ActorOf(pid);
            if (NamespaceFiles.TryOpenOwner(fd, out OwnedFd? owner) == 0 && owner is not null)
            {
                using (owner)
                {
                    known.OwnerInode = Files.Status(owner).Inode;
                    _ = NamespaceFiles.TryId(owner, out ulong ownerId); // ignored: 0 before kernel 6.18
                    known.OwnerId = ownerId;
                }
            }

            return known;
        }
    }

    private static void TryHandle(NamespaceLedger ledger, KnownNamespace known)
    {
        if (ledger.TriesHandles)
        {
            int errno = new NamespaceIdentity(known.Type, known.Id, 0, 0, known.Inode).TryReopen(out OwnedFd? alive);
            alive?.Dispose();
            known.CanAsk = errno == 0 || Errno.IsScarcity(errno); // not answered now: the next question may be
        }
    }

    private static NamespaceActor? ActorOf(int pid)
    {
        try
        {
            uint? uid = Files.TryStatus($"/proc/{pid}", out FileStatus status) == 0 ? status.Uid : null;
            return new NamespaceActor(pid, uid, Files.ReadText($"/proc/{pid}/comm").TrimEnd('\n'));
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
