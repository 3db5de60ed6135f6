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
        Summary = "list the namespaces that have names",
        Description = "Lists the names below --root, with what became of the namespaces they were given to:\nwhether the file still leads to the same namespace is checked by its identity, so that a\nname that stands for nothing, or for another one, is noticed.",
        Options =
        [
            new("format", 'f', OptionKind.Text, "FORMAT", "table or json (default: table)", Choices: "table json"),
            new("named", 'n', OptionKind.Flag, "", "only those that have names"),
            new("quiet", 'q', OptionKind.Flag, "", "names only"),
        ],
        Examples = "# a table\nrideau ns list\n# for a program to read\nrideau ns list --format json",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
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
}
