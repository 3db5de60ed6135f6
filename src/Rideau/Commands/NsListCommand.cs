using System.Collections.Generic;
using System.Linq;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsListCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns list",
        Summary = "list the namespaces of the machine, or those that have names",
        Description = "Lists all namespaces that the caller can see, of all eight types: those of processes, those\nthat only a name, a mount, a descriptor or another namespace holds, and with --thorough\nthose of sockets and of mounts in other mount namespaces. With --named it lists the names\nbelow --root, with what became of the namespaces they were given to:\nwhether the file still leads to the same namespace is checked by its identity, so that a\nname that stands for nothing, or for another one, is noticed.",
        Options =
        [
            new("format", 'f', OptionKind.Text, "FORMAT", "table, json, svg (a drawing) or dot (one for Graphviz) (default: table)", Choices: "table json svg dot"),
            new("named", 'n', OptionKind.Flag, "", "the names below --root, and what became of them"),
            new("type", 't', OptionKind.Text, "TYPES", "only these types, as net,user"),
            new("thorough", '\0', OptionKind.Flag, "", "look at every socket, at the mounts of every mount namespace, and at the devices of every network"),
            new("quiet", 'q', OptionKind.Flag, "", "with --named: names only"),
        ],
        Examples = "# a table\nrideau ns list\n# the networks\nrideau ns list --type net\n# for a program to read\nrideau ns list --format json",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        if (!invocation.Options.Flag("named"))
        {
            return ListAll(invocation);
        }

        IReadOnlyList<NamedNamespace> names = NsCommand.Names(invocation).List();
        if (invocation.Options.Flag("quiet"))
        {
            StandardOutput.Write(string.Concat(names.Select(named => named.Name + "\n")));
            return ExitCode.Success;
        }

        switch (invocation.Options.Text("format") ?? "table")
        {
            case "json":
                StandardOutput.Write(NamesReport.Json(names));
                return ExitCode.Success;
            case "table":
                StandardOutput.Write(NamesReport.Table(names));
                return ExitCode.Success;
            default:
                throw new UsageException("ns list: invalid format option", "--format is table or json");
        }
    }

    private static int ListAll(Invocation invocation)
    {
        long types = invocation.Options.TextOrNone("type") is { } words ? NamespaceType.Split(words) : ~0L;
        string format = invocation.Options.Text("format") ?? "table";
        if (format is not ("table" or "json" or "svg" or "dot"))
        {
            throw new UsageException("ns list: invalid format option", "--format is table, json, svg or dot");
        }

        NamespaceCensus census = NamespaceCensus.Take(NsCommand.Names(invocation), invocation.Options.Flag("thorough"), ids: format == "json");
        List<NamespaceInfo> found = [.. census.All.Where(info => (info.Type.Flag & types) != 0)];
        if (format == "json")
        {
            StandardOutput.Write(CensusReport.Json(found));
        }
        else
        {
            StandardOutput.Write(format == "dot" ? CensusReport.Dot(found) : format == "svg" ? CensusReport.Svg(found) : CensusReport.Table(found));
        }

        if (census.IsPartial)
        {
            invocation.Log.Warning("there are processes that this user may not look into: the list is not complete");
        }

        return ExitCode.Success;
    }
}
