using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsTreeCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns tree",
        Summary = "show which user namespace owns which namespace",
        Description = "Shows the user namespaces as a tree, each with the namespaces that it owns, and pid\nnamespaces below the one they were made in. The drawing (--format svg) is for browsers and\nconverters, and needs no other program.",
        Options =
        [
            new("format", 'f', OptionKind.Text, "FORMAT", "text, svg (a drawing), dot (one for Graphviz) or json (default: text)", Choices: "text svg dot json"),
            new("thorough", '\0', OptionKind.Flag, "", "look at every socket, at the mounts of every mount namespace, and at the devices of every network"),
        ],
        Examples = "# all\nrideau ns tree\n# also what sockets hold, and network devices\nrideau ns tree --thorough\n# to look at in a browser\nrideau ns tree --format svg > namespaces.svg",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string format = invocation.Options.Text("format") ?? "text";
        if (format is not ("text" or "svg" or "dot" or "json"))
        {
            throw new UsageException("ns tree: invalid format option", "--format is text, svg, dot or json");
        }

        IReadOnlyList<NamespaceInfo> all = NamespaceCensus.Take(NsCommand.Names(invocation), invocation.Options.Flag("thorough"), ids: format == "json").All;
        if (format == "json")
        {
            StandardOutput.Write(CensusReport.Json(all));
        }
        else
        {
            StandardOutput.Write(format switch { "svg" => CensusReport.Svg(all), "dot" => CensusReport.Dot(all), _ => CensusReport.Tree(all) });
        }

        return ExitCode.Success;
    }
}
