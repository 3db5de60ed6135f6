using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class PauseCommand
{
    internal static Command Describe() => new()
    {
        Name = "pause",
        Arguments = "CONTAINER",
        Summary = "stop all processes of a container where they are",
        Description = "Freezes the container's cgroup. When it returns, every process in it has stopped;\nwhere that takes longer than ten seconds, they all go on and the command fails.",
        Examples = "# stop it, look at it, let it go on\nrideau pause web\nrideau state web\nrideau resume web\n# a paused container can be killed\nrideau pause web\nrideau kill web KILL",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        Pause.Execute(invocation.Context(), invocation.Arguments[0]);
        return ExitCode.Success;
    }
}
