using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class ResumeCommand
{
    internal static Command Describe() => new()
    {
        Name = "resume",
        Arguments = "CONTAINER",
        Summary = "let a paused container go on",
        Description = "Thaws the container's cgroup: the processes that \"rideau pause\" stopped go on.",
        Examples = "# after a pause\nrideau pause web\nrideau resume web\n# all that are paused\nrideau list | awk '$3 == \"paused\" { print $1 }' | xargs -r -n 1 rideau resume",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        Resume.Execute(invocation.Context(), invocation.Arguments[0]);
        return ExitCode.Success;
    }
}
