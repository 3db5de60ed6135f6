using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Procfs;

namespace Rideau.Namespaces;

/// <summary>DIR/by-process: a directory for each process, with links as in /proc/PID/ns, and "about", whose links lead to what the tree says of them. Read anew each time.</summary>
internal sealed class ProcessBranch : TreeBranch
{
    private const string About = "about";
    private const string Command = "comm";
    private const ulong PidLimit = 1 << 22; // PID_MAX_LIMIT of 64-bit kernels
    private static readonly string[] s_forChildren = ["pid_for_children", "time_for_children"];

    internal override int Lookup(Node directory, string name, out Node found)
    {
        found = default;
        if (directory.Kind == NodeKind.Processes)
        {
            if (!TryNumber(name, out ulong pid) || pid > PidLimit)
            {
                return Errno.ENOENT;
            }

            found = Node.Of(NodeKind.Process, 0, 0, pid);
            return IsThere(pid) ? 0 : Errno.ENOENT;
        }

        List<TreeEntry> entries = [];
        int errno = List(directory, entries);
        return errno != 0 ? errno : Find(entries, name, out found);
    }

    internal override int List(Node directory, List<TreeEntry> entries)
    {
        if (directory.Kind == NodeKind.Processes)
        {
            foreach (string name in DirectoryListing.Names("/proc"))
            {
                if (TryNumber(name, out ulong pid))
                {
                    entries.Add(new TreeEntry(name, Node.Of(NodeKind.Process, 0, 0, pid)));
                }
            }

            return 0;
        }

        ulong number = directory.Number;
        if (!IsThere(number))
        {
            return Errno.ENOENT;
        }

        bool about = directory.Kind == NodeKind.ProcessAbout;
        for (int i = 0; i < NamespaceType.All.Length; i++)
        {
            entries.Add(new TreeEntry(NamespaceType.All[i].Name, Node.Of(about ? NodeKind.ProcessAboutLink : NodeKind.ProcessHandle, i, 0, number)));
        }

        if (!about)
        {
            entries.Add(new TreeEntry(s_forChildren[0], Node.Of(NodeKind.ProcessHandle, 0, 1, number)));
            entries.Add(new TreeEntry(s_forChildren[1], Node.Of(NodeKind.ProcessHandle, 0, 2, number)));
            entries.Add(new TreeEntry(Command, Node.Of(NodeKind.ProcessText, 0, 0, number)));
            entries.Add(new TreeEntry(About, Node.Of(NodeKind.ProcessAbout, 0, 0, number)));
        }

        return 0;
    }

    internal override int ReadLink(Node link, out string target)
    {
        string name = link.Detail is 1 or 2 ? s_forChildren[link.Detail - 1] : link.Type.Name;
        target = $"/proc/{Text(link.Number)}/ns/{name}";
        if (link.Kind == NodeKind.ProcessHandle)
        {
            return IsThere(link.Number) ? 0 : Errno.ENOENT;
        }

        // "net:[4026531840]"; of a process that is not ours to look into, nothing.
        string? said = Files.ReadLink(target);
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(said ?? "");
        bool known = ProcessNamespaces.TryParse(bytes, out _, out ulong inode);
        target = known ? $"../../../by-type/{link.Type.Name}/{Text(inode)}" : "";
        return known ? 0 : IsThere(link.Number) ? Errno.EACCES : Errno.ENOENT;
    }

    internal override int ReadText(Node file, out string text)
    {
        text = "";
        try
        {
            text = Files.ReadText($"/proc/{Text(file.Number)}/comm");
            return 0;
        }
        catch (LinuxException failure)
        {
            return failure.Errno == Errno.ESRCH ? Errno.ENOENT : failure.Errno;
        }
    }

    private static bool IsThere(ulong pid) => Files.TryStatus($"/proc/{Text(pid)}", out _) == 0;
}
