using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsShowCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns show",
        Arguments = "NAME | PID | PATH | TYPE:[INODE]",
        Summary = "say what a name stands for, or what is known of namespaces",
        Description = "Of a name: which namespaces it was given to, what became of them, and who keeps them. Of\nthose, of the namespaces that a process is in, of the one that a path leads to or that has a\nnumber as in \"ns list\": owner, parent, depth, maker, mappings of ids, processes, what holds\nit, and the devices of a network with their addresses.",
        Options =
        [
            new("thorough", '\0', OptionKind.Flag, "", "look for sockets that hold it too, and at the mounts of every mount namespace"),
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        ],
        Examples = "# a name\nrideau ns show lab\n# for a program to read\nrideau ns show --format json lab\n# what a process is in\nrideau ns show $$\n# one namespace\nrideau ns show /proc/self/ns/net",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Namespace],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        bool json = (invocation.Options.Text("format") ?? "text") switch
        {
            "json" => true,
            "text" => false,
            _ => throw new UsageException("ns show: invalid format option", "--format is text or json"),
        };
        string word = invocation.Arguments[0];
        NamedNamespaces names = NsCommand.Names(invocation);
        NamedNamespace? named = Inodes(word) is null ? names.Find(word) : null;
        HashSet<ulong> wanted = [.. named?.Entries.Where(static entry => entry.Condition is NameCondition.Valid or NameCondition.WithoutInit).Select(static entry => entry.Identity.Inode) ?? Inodes(word)!];
        NamespaceCensus census = NamespaceCensus.Take(names, thorough: invocation.Options.Flag("thorough"));
        List<NamespaceInfo> found = [.. census.All.Where(info => wanted.Contains(info.Inode) && IsOfType(word, info))];
        if (found.Count == 0 && named is null)
        {
            throw new NamespaceException($"no namespace is \"{word}\"", NamespaceFailure.NotFound, "\"rideau ns list\" shows what there is; with --thorough what only a socket holds is found too");
        }

        found.ForEach(census.AskMore);
        if (json)
        {
            StandardOutput.Write(named is null ? CensusReport.Json(found) : NamesReport.Json(named, found));
        }
        else
        {
            StandardOutput.Write((named is null ? "" : NamesReport.Text(named) + "\n") + string.Join('\n', found.Select(CensusReport.Show)));
        }

        return ExitCode.Success;
    }

    // "net:[4026531833]" is no pid namespace of that number.
    private static bool IsOfType(string word, NamespaceInfo info) => !word.EndsWith(']') || word.StartsWith($"{info.Type.Name}:[", StringComparison.Ordinal);

    // What a word stands for that is no name; null where it can only be one.
    private static List<ulong>? Inodes(string word)
    {
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
        {
            return OfProcess(pid);
        }

        if (word.Contains('/', StringComparison.Ordinal))
        {
            return [OfPath(word)];
        }

        if (!word.EndsWith(']') || Inode(word) is not (> 0 and ulong inode))
        {
            return null;
        }

        string type = word[..word.IndexOf(":[", StringComparison.Ordinal)];
        return NamespaceType.All.Any(one => one.Name == type)
            ? [inode]
            : throw new NamespaceException($"cannot show \"{word}\": no type of namespace is called \"{type}\"", NamespaceFailure.InvalidArgument, "the types are cgroup, ipc, mnt, net, pid, time, user, uts");
    }

    private static List<ulong> OfProcess(int pid)
    {
        List<ulong> inodes = [];
        foreach (NamespaceType type in NamespaceType.All)
        {
            if (Files.ReadLink($"/proc/{pid}/ns/{type.Name}") is { } link)
            {
                inodes.Add(Inode(link));
            }
        }

        if (inodes.Count > 0)
        {
            return inodes;
        }

        int errno = Files.TryStatus($"/proc/{pid}/ns/user", out _);
        throw errno is Errno.EACCES or Errno.EPERM
            ? new NamespaceException($"cannot show the namespaces of process {pid}: {Errno.Describe(errno)}", NamespaceFailure.NotPermitted, "the process belongs to somebody else: be root")
            : new NamespaceException($"cannot show the namespaces of process {pid}: there is none with that number", NamespaceFailure.NotFound);
    }

    private static ulong OfPath(string word)
    {
        string path = AbsolutePath.Of(word);
        int errno = Files.TryStatus(path, out _);
        if (errno != 0)
        {
            throw new NamespaceException($"cannot show \"{word}\": {Errno.Describe(errno)}", NamespaceFailure.NotFound, errno is Errno.EACCES or Errno.EPERM ? "it belongs to somebody else: be root" : null);
        }

        return NamespaceIdentity.TryOf(path)?.Inode ?? throw new NamespaceException($"cannot show \"{word}\": it is no namespace", NamespaceFailure.InvalidArgument, "give a path such as /proc/PID/ns/net");
    }

    private static ulong Inode(string link) =>
        link.IndexOf(":[", StringComparison.Ordinal) is > 0 and int start && ulong.TryParse(link.AsSpan(start + 2).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode) ? inode : 0;
}
