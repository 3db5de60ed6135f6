using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>What mkdir, ln -s, rmdir and mv in the tree mean for names.</summary>
/// <remarks>
/// <code>
/// mkdir DIR/by-type/net/lab             ns create --net lab
/// mkdir DIR/by-name/box=user,net,uts    ns create --user --net --uts box
/// mkdir DIR/by-name/lab                 ns create --net --ipc --uts lab
/// ln -s PATH DIR/by-name/lab            ns create --of PATH lab
/// rmdir DIR/by-name/lab                 ns remove lab
/// mv DIR/by-name/lab DIR/by-name/bench  ns rename lab bench
/// </code>
/// Who is not root makes a user namespace with each, without which he may make none.
/// </remarks>
internal sealed class NameRequests(NamedNamespaces names, TreePaths paths)
{
    private const long UsualTypes = Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS;

    /// <summary>mkdir(2), or symlink(2) with a target.</summary>
    /// <returns>0, or the positive errno.</returns>
    internal int Make(ulong unique, Node parent, string entry, string? target, out NameChange? change, out string why)
    {
        change = null;
        why = "";
        if (parent.Kind is not (NodeKind.Names or NodeKind.Type))
        {
            return Errno.EPERM;
        }

        int mark = entry.IndexOf('=', StringComparison.Ordinal);
        string name = mark < 0 || parent.Kind == NodeKind.Type ? entry : entry[..mark];
        long types = parent.Kind == NodeKind.Type ? parent.Type.Flag : 0;
        try
        {
            NameDirectory.CheckName(name);
            types |= name.Length == entry.Length ? 0 : NamespaceType.Split(entry[(mark + 1)..]);
        }
        catch (NamespaceException wrong)
        {
            why = $"{wrong.Message}; {wrong.Hint}";
            return Errno.EINVAL;
        }

        if (names.TryFind(name) is not null)
        {
            return Errno.EEXIST;
        }

        if (target is null)
        {
            types = types == 0 ? UsualTypes : types;
            types |= Credentials.EffectiveUid == 0 ? 0 : Sched.CLONE_NEWUSER;
        }

        string path = "";
        int errno = target is null ? 0 : paths.Resolve(parent, target, out path);
        if (errno != 0)
        {
            why = $"\"{target}\" leads to no namespace";
            return errno;
        }

        string attempt = $"{(target is null ? "mkdir" : "ln -s")} {Where(parent)}/{entry}";
        change = new NameChange(unique, attempt, target is null ? ["create", name, NamespaceType.Join(types)] : ["create", name, NamespaceType.Join(types), path], parent, name, target is not null);
        return 0;
    }

    /// <summary>rmdir(2).</summary>
    internal int Remove(ulong unique, Node parent, string name, out NameChange? change, out string why)
    {
        change = null;
        why = "";
        int errno = Find(parent, name, out NamedNamespace? named);
        if (errno != 0 || named is null)
        {
            return errno;
        }

        if (parent.Kind == NodeKind.Type)
        {
            foreach (NamespaceIdentity other in named.Record.Namespaces)
            {
                if (other.Type != parent.Type && other.Type != NamespaceType.User)
                {
                    why = $"\"{name}\" stands for more than a {parent.Type.Word} namespace: rmdir by-name/{name} takes all of it away";
                    return Errno.ENOTEMPTY;
                }
            }
        }

        change = new NameChange(unique, $"rmdir {Where(parent)}/{name}", ["remove", name], parent, "", false);
        return 0;
    }

    /// <summary>rename(2), renameat2(2).</summary>
    internal int Rename(ulong unique, Node parent, string name, Node newParent, string newName, uint flags, out NameChange? change, out string why)
    {
        change = null;
        why = "";
        int errno = Find(parent, name, out _);
        if (errno != 0)
        {
            return errno;
        }

        if (parent != newParent)
        {
            return Errno.EPERM; // not EXDEV, after which mv would copy
        }

        try
        {
            NameDirectory.CheckName(newName);
        }
        catch (NamespaceException wrong)
        {
            why = $"{wrong.Message}; {wrong.Hint}";
            return Errno.EINVAL;
        }

        if ((flags & ~Fuse.RENAME_NOREPLACE) != 0)
        {
            return Errno.EINVAL;
        }

        if (names.TryFind(newName) is not null)
        {
            return Errno.EEXIST;
        }

        change = new NameChange(unique, $"mv {Where(parent)}/{name} {newName}", ["rename", name, newName], parent, "", false);
        return 0;
    }

    private int Find(Node parent, string name, out NamedNamespace? named)
    {
        named = parent.Kind is NodeKind.Names or NodeKind.Type ? names.TryFind(name) : null;
        bool there = named is not null && (parent.Kind == NodeKind.Names || named.Record.Of(parent.Type) is not null);
        return there ? 0 : parent.Kind == NodeKind.Names ? Errno.ENOENT : Errno.EPERM;
    }

    private static string Where(Node parent) => parent.Kind == NodeKind.Names ? "by-name" : $"by-type/{parent.Type.Name}";
}
