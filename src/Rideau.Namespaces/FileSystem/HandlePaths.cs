using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Where the links of the tree lead: the kernel's own file of a namespace, as open(2) of whoever follows the link finds it.</summary>
internal sealed class HandlePaths(NamespaceView view, NamedNamespaces names, LentDescriptors lent)
{
    /// <summary>To a namespace: through a name, a process, a mount or a descriptor that holds it; what only other namespaces hold is lent.</summary>
    internal int Of(NamespaceInfo info, out string target)
    {
        foreach (string name in info.Names)
        {
            if (names.TryFind(name) is { } named && EntryOf(named, info.Type) is { Condition: NameCondition.Valid or NameCondition.WithoutInit } entry && entry.Identity.Inode == info.Inode)
            {
                target = entry.Path;
                return 0;
            }
        }

        target = info.Path ?? "";
        int errno = view.TryOpen(info, out OwnedFd? fd);
        if (fd is null)
        {
            return target.Length > 0 && errno is Errno.EACCES or Errno.EPERM ? 0 : errno;
        }

        // The path is one of a process that may have ended since.
        if (target.Length > 0 && NamespaceIdentity.TryOf(target) is { } there && there.Inode == info.Inode && there.Type == info.Type && (info.Id == 0 || there.Id == info.Id))
        {
            fd.Dispose();
            return 0;
        }

        target = lent.Lend(fd);
        return 0;
    }

    /// <summary>To what a name stands for; ESTALE where it is not any more what it was.</summary>
    internal int Of(NamedNamespace named, NamespaceType type, out string target)
    {
        target = "";
        if (EntryOf(named, type) is not { } entry)
        {
            return Errno.ENOENT;
        }

        if (entry.Condition is NameCondition.Valid or NameCondition.WithoutInit)
        {
            target = entry.Path;
            return 0;
        }

        if (entry.Condition == NameCondition.Elsewhere && entry.Identity.TryReopen(out OwnedFd? fd) == 0 && fd is not null)
        {
            target = lent.Lend(fd);
            return 0;
        }

        return Errno.ESTALE;
    }

    internal static NamedEntry? EntryOf(NamedNamespace named, NamespaceType type)
    {
        foreach (NamedEntry entry in named.Entries)
        {
            if (entry.Identity.Type == type)
            {
                return entry;
            }
        }

        return null;
    }
}
