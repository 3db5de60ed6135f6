using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>DIR/by-name: a directory for each name; in it a link for each namespace, called as in /proc/PID/ns. Read anew each time.</summary>
internal sealed class NameBranch(NamespaceView view, NamedNamespaces names, NameTable table, HandlePaths handles) : TreeBranch
{
    private static readonly string[] s_texts = ["state", "created", "creator", "kept_by"];

    internal override int Lookup(Node directory, string name, out Node found)
    {
        found = default;
        if (directory.Kind == NodeKind.Names)
        {
            if (names.TryFind(name) is null)
            {
                return Errno.ENOENT;
            }

            found = Node.Of(NodeKind.Name, 0, 0, table.NumberOf(name));
            return 0;
        }

        List<TreeEntry> entries = [];
        int errno = List(directory, entries);
        return errno != 0 ? errno : Find(entries, name, out found);
    }

    internal override int List(Node directory, List<TreeEntry> entries)
    {
        if (directory.Kind == NodeKind.Names)
        {
            foreach (string name in names.ListNames())
            {
                entries.Add(new TreeEntry(name, Node.Of(NodeKind.Name, 0, 0, table.NumberOf(name))));
            }

            return 0;
        }

        if (Of(directory) is not { } named)
        {
            return Errno.ENOENT;
        }

        bool about = directory.Kind == NodeKind.NameAbout;
        foreach (NamedEntry entry in named.Entries)
        {
            // What has died is nowhere in by-type.
            if (!about || view.Find(entry.Identity.Type, entry.Identity.Inode) is not null)
            {
                entries.Add(new TreeEntry(entry.Identity.Type.Name, Node.Of(about ? NodeKind.NameAboutLink : NodeKind.NameHandle, Node.IndexOf(entry.Identity.Type), 0, directory.Number)));
            }
        }

        if (!about)
        {
            for (int i = 0; i < s_texts.Length; i++)
            {
                entries.Add(new TreeEntry(s_texts[i], Node.Of(NodeKind.NameText, 0, i, directory.Number)));
            }

            entries.Add(new TreeEntry("about", Node.Of(NodeKind.NameAbout, 0, 0, directory.Number)));
        }

        return 0;
    }

    internal override int ReadLink(Node link, out string target)
    {
        target = "";
        if (Of(link) is not { } named)
        {
            return Errno.ENOENT;
        }

        if (link.Kind == NodeKind.NameHandle)
        {
            return handles.Of(named, link.Type, out target);
        }

        target = named.Record.Of(link.Type) is { } identity ? $"../../../by-type/{link.Type.Name}/{Text(identity.Inode)}" : "";
        return target.Length == 0 ? Errno.ENOENT : 0;
    }

    internal override int ReadText(Node file, out string text)
    {
        text = "";
        if (Of(file) is not { } named)
        {
            return Errno.ENOENT;
        }

        NameRecord record = named.Record;
        text = file.Detail switch
        {
            0 => NamespaceTexts.Lines(States(named)),
            1 => NamespaceTexts.Time(record.Created) + "\n",
            2 => record.Creator.ToString(CultureInfo.InvariantCulture) + "\n",
            _ => (record.Keeper is { } keeper ? string.Create(CultureInfo.InvariantCulture, $"process {keeper.Pid}") : "mount") + "\n",
        };
        return 0;
    }

    internal override DateTimeOffset? TimeOf(Node node) => node.Kind is NodeKind.Name or NodeKind.NameAbout ? Of(node)?.Record.Created : null;

    private NamedNamespace? Of(Node node) => table.NameOf(node.Number) is { } name ? names.TryFind(name) : null;

    private static List<string> States(NamedNamespace named)
    {
        List<string> lines = [];
        foreach (NamedEntry entry in named.Entries)
        {
            lines.Add($"{entry.Identity.Type.Name} {Word(entry.Condition)}");
        }

        return lines;
    }

    // As "ns show" has them.
    private static string Word(NameCondition condition) => condition switch
    {
        NameCondition.Valid => "valid",
        NameCondition.Elsewhere => "elsewhere",
        NameCondition.Dead => "dead",
        NameCondition.Missing => "missing",
        NameCondition.Replaced => "replaced",
        NameCondition.Hidden => "hidden",
        _ => "without-init",
    };
}
