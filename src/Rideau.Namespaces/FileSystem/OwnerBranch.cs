using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>DIR/by-owner: the user namespaces as they were made in each other, each with links to what it owns.</summary>
internal sealed class OwnerBranch(NamespaceView view) : TreeBranch
{
    private const string About = "about";
    private static readonly int s_user = Node.IndexOf(NamespaceType.User);

    internal override int Lookup(Node directory, string name, out Node found)
    {
        found = default;
        NamespaceInfo? owner = directory.Kind == NodeKind.Owner ? view.Find(NamespaceType.User, directory.Number) : null;
        if (directory.Kind == NodeKind.Owner && owner is null)
        {
            return Errno.ENOENT;
        }

        if (TryNumber(name, out ulong inode))
        {
            NamespaceInfo? user = view.Find(NamespaceType.User, inode);
            found = Node.Of(NodeKind.Owner, s_user, 0, inode);
            return user is not null && user.Parent?.Inode == owner?.Inode ? 0 : Errno.ENOENT;
        }

        if (owner is null)
        {
            return Errno.ENOENT;
        }

        if (name == About)
        {
            found = Node.Of(NodeKind.OwnerAbout, s_user, 0, owner.Inode);
            return 0;
        }

        // "net-4026532178"
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash > 0 && dash + 1 < name.Length && NamespaceType.Find(name.AsSpan(0, dash)) is { } type && name.AsSpan(0, dash).SequenceEqual(type.Name) && TryNumber(name[(dash + 1)..], out ulong number))
        {
            found = Node.Of(NodeKind.OwnedLink, Node.IndexOf(type), 0, number);
            return view.Find(type, number)?.Owner?.Inode == owner.Inode ? 0 : Errno.ENOENT;
        }

        return Errno.ENOENT;
    }

    internal override int List(Node directory, List<TreeEntry> entries)
    {
        if (directory.Kind == NodeKind.Owners)
        {
            foreach (NamespaceInfo info in view.Fresh().All)
            {
                if (info.Type == NamespaceType.User && info.Parent is null)
                {
                    entries.Add(Directory(info));
                }
            }

            return 0;
        }

        if (view.Find(NamespaceType.User, directory.Number) is not { } owner)
        {
            return Errno.ENOENT;
        }

        entries.Add(new TreeEntry(About, Node.Of(NodeKind.OwnerAbout, s_user, 0, owner.Inode)));
        foreach (NamespaceInfo info in view.OwnedBy(owner))
        {
            entries.Add(info.Type == NamespaceType.User ? Directory(info) : new TreeEntry($"{info.Type.Name}-{Text(info.Inode)}", Node.Of(NodeKind.OwnedLink, Node.IndexOf(info.Type), 0, info.Inode)));
        }

        return 0;
    }

    internal override int ReadLink(Node link, out string target)
    {
        NamespaceInfo? info = view.Find(link.Type, link.Number);
        NamespaceInfo? directory = link.Kind == NodeKind.OwnerAbout ? info : info?.Owner;
        target = "";
        if (info is null || directory is null)
        {
            return Errno.ENOENT;
        }

        // From by-owner/FIRST/…/OWNER up to DIR.
        var path = new StringBuilder();
        for (int above = 0; above < directory.Depth + 2; above++)
        {
            path.Append("../");
        }

        target = path.Append("by-type/").Append(info.Type.Name).Append('/').Append(Text(info.Inode)).ToString();
        return 0;
    }

    internal override int ReadText(Node file, out string text)
    {
        text = "";
        return Errno.ENOENT;
    }

    private static TreeEntry Directory(NamespaceInfo user) => new(Text(user.Inode), Node.Of(NodeKind.Owner, s_user, 0, user.Inode));
}
