using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class DeleteCommand
{
    internal static Command Describe() => new()
    {
        Name = "delete",
        Arguments = "CONTAINER",
        Summary = "remove what a stopped container has left",
        Description = "Removes a container's cgroups and state. A running container is refused, unless\n--force ends it first.",
        Options = [new("force", 'f', OptionKind.Flag, "", "end a running container with SIGKILL; an unknown one is no failure")],
        Examples = "# when its process has ended\nrideau kill web KILL\nsleep 1\nrideau delete web\n# whatever it does\nrideau delete --force web",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        Delete.Execute(invocation.Context(), invocation.Arguments[0], invocation.Options.Flag("force"));
        return ExitCode.Success;
    }
}
