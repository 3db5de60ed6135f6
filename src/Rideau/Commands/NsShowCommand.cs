using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Rideau.CommandLine;
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
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json")],
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
        NamespaceCensus census = NamespaceCensus.Take(names, thorough: false);
        List<NamespaceInfo> found = [.. census.All.Where(info => wanted.Contains(info.Inode))];
        if (found.Count == 0 && named is null)
        {
            throw new NamespaceException($"no namespace is \"{word}\"", NamespaceFailure.NotFound, "\"rideau ns list\" shows what there is");
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

    // What a word stands for that is no name; null where it can only be one.
    private static List<ulong>? Inodes(string word)
    {
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
        {
            List<ulong> inodes = [];
            foreach (NamespaceType type in NamespaceType.All)
            {
                if (Files.ReadLink($"/proc/{pid}/ns/{type.Name}") is { } link)
                {
                    inodes.Add(Inode(link));
                }
            }

            return inodes;
        }

        if (word.Contains('/', StringComparison.Ordinal))
        {
            return NamespaceIdentity.TryOf(AbsolutePath.Of(word)) is { } identity ? [identity.Inode] : [];
        }

        return word.EndsWith(']') && Inode(word) is > 0 and ulong inode ? [inode] : null;
    }

    private static ulong Inode(string link) =>
        link.IndexOf(":[", StringComparison.Ordinal) is > 0 and int start && ulong.TryParse(link.AsSpan(start + 2).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode) ? inode : 0;
}
