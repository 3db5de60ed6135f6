using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>DIR itself.</summary>
/// <param name="lastError">What "error" says.</param>
internal sealed class RootBranch(Func<string> lastError) : TreeBranch
{
    private const string Readme = """
        The namespaces of this machine.

        by-name/NAME/         what has a name: net, uts, ... are links to the kernel's files, as in /proc/PID/ns
        by-type/TYPE/NUMBER/  every namespace, with what is known of it; "ns" is the link to the kernel's file
        by-owner/             the user namespaces as they were made in each other, with what each owns
        by-process/PID/       what a process is in
        events                births and deaths, a line each, from the moment it is opened
        error                 what went wrong last, in words

        mkdir by-type/net/lab             a new network with the name "lab"
        mkdir by-name/box=user,net,uts    several that belong together (without "=": net, ipc, uts)
        ln -s /proc/PID/ns/net by-name/x  a name for one that exists
        mv by-name/lab by-name/bench      another name
        rmdir by-name/lab                 the name goes, and with it what nothing else holds

        nsenter --net=by-name/lab/net ip address

        """;

    private static readonly TreeEntry[] s_entries =
    [
        new("README", Node.Of(NodeKind.Readme)),
        new("by-name", Node.Of(NodeKind.Names)),
        new("by-owner", Node.Of(NodeKind.Owners)),
        new("by-process", Node.Of(NodeKind.Processes)),
        new("by-type", Node.Of(NodeKind.Types)),
        new("error", Node.Of(NodeKind.LastError)),
        new("events", Node.Of(NodeKind.Events)),
    ];

    internal override int Lookup(Node directory, string name, out Node found) => Find([.. s_entries], name, out found);

    internal override int List(Node directory, List<TreeEntry> entries)
    {
        entries.AddRange(s_entries);
        return 0;
    }

    internal override int ReadLink(Node link, out string target)
    {
        target = "";
        return Errno.EINVAL;
    }

    internal override int ReadText(Node file, out string text)
    {
        text = file.Kind == NodeKind.Readme ? Readme : lastError();
        return 0;
    }

    internal override bool IsLasting(Node directory, Node entry) => true;
}
