using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Output;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class WhoCommand
{
    internal static Command Describe() => new()
    {
        Name = "who",
        Arguments = "PID | PATH | SOCKET",
        Summary = "say which container and namespaces something belongs to",
        Description = "Finds the processes behind a pid, a path to a cgroup or a namespace, or the inode of a\nsocket (\"socket:[12345]\"), and says of each which container it is of and which\nnamespaces it is in. A process that entered a container in part is the container's too.",
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json")],
        Examples = "# a process\nrideau who $$\n# who is in a namespace\nrideau who /proc/self/ns/net",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.File],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        IReadOnlyList<Belonging> found = Who.Find(invocation.Context(), invocation.Arguments[0]);
        switch (invocation.Options.Text("format") ?? "text")
        {
            case "json":
                StandardOutput.Write(WhoReport.Json(found));
                return ExitCode.Success;
            case "text":
                StandardOutput.Write(WhoReport.Text(found));
                return ExitCode.Success;
            default:
                throw new UsageException("who: invalid format option", "--format is text or json");
        }
    }
}
