using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>DIR/by-type: a directory for each type, in it one for each namespace by its number, and again by its name.</summary>
internal sealed class TypeBranch(NamespaceView view, NamedNamespaces names, NameTable table, HandlePaths handles) : TreeBranch
{
    internal override int Lookup(Node directory, string name, out Node found)
    {
        found = default;
        switch (directory.Kind)
        {
            case NodeKind.Types:
                // The directories are called as the kernel calls the types, and by no other word.
                NamespaceType? type = NamespaceType.Find(name);
                found = type is null ? default : Node.Of(NodeKind.Type, Node.IndexOf(type));
                return type?.Name == name ? 0 : Errno.ENOENT;
            case NodeKind.Type when TryNumber(name, out ulong inode):
                found = Node.Of(NodeKind.Namespace, directory.TypeIndex, 0, inode);
                return view.Find(directory.Type, inode) is null ? Errno.ENOENT : 0;
            case NodeKind.Type:
                return FindNamed(directory, name, out found);
            default:
                return Inside(directory) is { } info ? FindIn(info, directory.TypeIndex, name, out found) : Errno.ENOENT;
        }
    }

    internal override int List(Node directory, List<TreeEntry> entries)
    {
        switch (directory.Kind)
        {
            case NodeKind.Types:
                for (int i = 0; i < NamespaceType.All.Length; i++)
                {
                    entries.Add(new TreeEntry(NamespaceType.All[i].Name, Node.Of(NodeKind.Type, i)));
                }

                return 0;
            case NodeKind.Type:
                ListType(directory, entries);
                return 0;
            default:
                if (Inside(directory) is not { } info)
                {
                    return Errno.ENOENT;
                }

                ListNamespace(info, directory.TypeIndex, entries);
                return 0;
        }
    }

    internal override int ReadLink(Node link, out string target)
    {
        target = "";
        if (view.Find(link.Type, link.Number) is not { } info)
        {
            return Errno.ENOENT;
        }

        if (link.Detail == NamespaceAttribute.HandleLink)
        {
            return handles.Of(info, out target);
        }

        NamespaceInfo? other = link.Detail == NamespaceAttribute.OwnerLink ? info.Owner : info.Parent;
        target = other is null ? "" : $"../../{other.Type.Name}/{Text(other.Inode)}";
        return other is null ? Errno.ENOENT : 0;
    }

    internal override int ReadText(Node file, out string text)
    {
        text = "";
        return view.Find(file.Type, file.Number) is { } info && file.Detail < NamespaceAttribute.Texts.Count
            ? NamespaceTexts.Read(view, names, info, file.Detail, out text)
            : Errno.ENOENT;
    }

    internal override bool IsLasting(Node directory, Node entry) => directory.Kind == NodeKind.Types || (directory.Kind == NodeKind.Namespace && entry.Kind == NodeKind.NamespaceText);

    internal override DateTimeOffset? TimeOf(Node node) =>
        node.Kind == NodeKind.NamedOfType && table.NameOf(node.Number) is { } name ? names.TryFind(name)?.Record.Created : null;

    private int FindNamed(Node directory, string name, out Node found)
    {
        found = default;
        if (names.TryFind(name) is not { } named || named.Record.Of(directory.Type) is null)
        {
            return Errno.ENOENT;
        }

        found = Node.Of(NodeKind.NamedOfType, directory.TypeIndex, 0, table.NumberOf(name));
        return 0;
    }

    // The namespace of a directory: by its number, or by what its name stands for now.
    private NamespaceInfo? Inside(Node directory)
    {
        if (directory.Kind == NodeKind.Namespace)
        {
            return view.Find(directory.Type, directory.Number);
        }

        return directory.Kind == NodeKind.NamedOfType && table.NameOf(directory.Number) is { } name && names.TryFind(name) is { } named
            && HandlePaths.EntryOf(named, directory.Type) is { Condition: NameCondition.Valid or NameCondition.WithoutInit or NameCondition.Elsewhere } entry
            ? view.Find(directory.Type, entry.Identity.Inode)
            : null;
    }

    private void ListType(Node directory, List<TreeEntry> entries)
    {
        List<string> named = [];
        foreach (NamespaceInfo info in view.Fresh().All)
        {
            if (info.Type == directory.Type)
            {
                entries.Add(new TreeEntry(Text(info.Inode), Node.Of(NodeKind.Namespace, directory.TypeIndex, 0, info.Inode)));
                named.AddRange(info.Names);
            }
        }

        named.Sort(StringComparer.Ordinal);
        foreach (string name in named)
        {
            entries.Add(new TreeEntry(name, Node.Of(NodeKind.NamedOfType, directory.TypeIndex, 0, table.NumberOf(name))));
        }
    }

    private static void ListNamespace(NamespaceInfo info, int typeIndex, List<TreeEntry> entries)
    {
        for (int i = 0; i < NamespaceAttribute.Texts.Count; i++)
        {
            if ((NamespaceAttribute.Texts[i].Types & info.Type.Flag) != 0)
            {
                entries.Add(new TreeEntry(NamespaceAttribute.Texts[i].Name, Node.Of(NodeKind.NamespaceText, typeIndex, i, info.Inode)));
            }
        }

        for (int i = 0; i < NamespaceAttribute.Links.Count; i++)
        {
            bool leads = i == NamespaceAttribute.HandleLink || (i == NamespaceAttribute.OwnerLink ? info.Owner : info.Parent) is not null;
            if (leads && (NamespaceAttribute.Links[i].Types & info.Type.Flag) != 0)
            {
                entries.Add(new TreeEntry(NamespaceAttribute.Links[i].Name, Node.Of(NodeKind.NamespaceLink, typeIndex, i, info.Inode)));
            }
        }
    }

    private static int FindIn(NamespaceInfo info, int typeIndex, string name, out Node found)
    {
        List<TreeEntry> entries = [];
        ListNamespace(info, typeIndex, entries);
        return Find(entries, name, out found);
    }
}
