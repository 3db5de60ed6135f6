using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsShowCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns show",
        Arguments = "NAME",
        Summary = "say what a name stands for",
        Description = "Says which namespaces a name was given to, what became of them, and who keeps them.",
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json")],
        Examples = "# in words\nrideau ns show lab\n# for a program to read\nrideau ns show --format json lab",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Namespace],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        NamedNamespace named = NsCommand.Names(invocation).Find(invocation.Arguments[0]);
        switch (invocation.Options.Text("format") ?? "text")
        {
            case "json":
                StandardOutput.Write(NamesReport.Json(named));
                return ExitCode.Success;
            case "text":
                StandardOutput.Write(NamesReport.Text(named));
                return ExitCode.Success;
            default:
                throw new UsageException("ns show: invalid format option", "--format is text or json");
        }
    }
}
