using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class StartCommand
{
    internal static Command Describe() => new()
    {
        Name = "start",
        Arguments = "CONTAINER",
        Summary = "run the process of a created container",
        Description = "Lets a container that \"rideau create\" made run its program.",
        Examples = "# a container that was created\nrideau start web\n# with a log for an engine to read\nrideau --log /run/web.log --log-format json start web",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        Start.Execute(invocation.Context(), invocation.Arguments[0]);
        return ExitCode.Success;
    }
}
