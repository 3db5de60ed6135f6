using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>Follows a path through the tree without the kernel: who makes a link in a directory holds that directory until he is answered, and nobody else gets through it.</summary>
/// <param name="directory">Where the tree is mounted.</param>
/// <param name="names">Where the names' own files are.</param>
/// <param name="branches">By <see cref="Node.Branch"/>.</param>
internal sealed class TreePaths(string directory, NamedNamespaces names, TreeBranch[] branches, NameTable table)
{
    private const int StepLimit = 256;

    /// <summary>The path of the kernel's own files that a link's target means.</summary>
    /// <param name="parent">Where the link is made.</param>
    /// <param name="target">As it was given; one outside the tree is left as it is.</param>
    /// <param name="path">The path.</param>
    /// <returns>0, or the positive errno: EINVAL where it leads out of the tree by "..", or to what is no namespace.</returns>
    internal int Resolve(Node parent, string target, out string path)
    {
        path = target;
        Stack<Node> way = new();
        way.Push(Node.Root);
        string rest = target;
        if (target.StartsWith('/'))
        {
            if (target != directory && !target.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal))
            {
                return 0;
            }

            rest = target[directory.TrimEnd('/').Length..];
        }
        else
        {
            if (parent.Kind == NodeKind.Type)
            {
                way.Push(Node.Of(NodeKind.Types));
            }

            way.Push(parent);
        }

        return Walk(way, rest, out path);
    }

    private int Walk(Stack<Node> way, string rest, out string path)
    {
        path = "";
        for (int steps = 0; steps < StepLimit; steps++)
        {
            rest = rest.TrimStart('/');
            if (rest.Length == 0)
            {
                return Name(way.Peek(), out path);
            }

            int slash = rest.IndexOf('/', StringComparison.Ordinal);
            string word = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? "" : rest[slash..];
            int errno = Step(way, word, out string link);
            if (errno != 0)
            {
                return errno;
            }

            if (link.StartsWith('/'))
            {
                path = link + rest;
                return 0;
            }

            rest = link.Length == 0 ? rest : link + rest;
        }

        return Errno.ELOOP;
    }

    // One component; of a link, where it leads.
    private int Step(Stack<Node> way, string word, out string link)
    {
        link = "";
        if (word == ".")
        {
            return 0;
        }

        if (word == "..")
        {
            way.Pop();
            return way.Count > 0 ? 0 : Errno.EINVAL;
        }

        Node at = way.Peek();
        int errno = at.IsDirectory ? branches[at.Branch].Lookup(at, word, out Node found) : NotADirectory(out found);
        if (errno == 0 && found.IsLink)
        {
            return branches[found.Branch].ReadLink(found, out link);
        }

        way.Push(found);
        return errno;
    }

    // What a directory of the tree stands for.
    private int Name(Node node, out string path)
    {
        path = "";
        switch (node.Kind)
        {
            case NodeKind.Name when table.NameOf(node.Number) is { } name:
                path = names.DirectoryOf(name);
                return 0;
            case NodeKind.Process:
                path = $"/proc/{TreeBranch.Text(node.Number)}/ns";
                return 0;
            case NodeKind.Namespace or NodeKind.NamedOfType:
                int errno = branches[node.Branch].Lookup(node, NamespaceAttribute.Links[NamespaceAttribute.HandleLink].Name, out Node handle);
                return errno == 0 ? branches[node.Branch].ReadLink(handle, out path) : errno;
            default:
                return Errno.EINVAL;
        }
    }

    private static int NotADirectory(out Node nothing)
    {
        nothing = default;
        return Errno.ENOTDIR;
    }
}
