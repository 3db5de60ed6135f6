using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class RunCommand
{
    internal static Command Describe() => new()
    {
        Name = "run",
        Arguments = "CONTAINER",
        Summary = "make a container, run its process, and remove it",
        Description = "Makes a container from a bundle and runs its process in the foreground, or with\n--detach in the background. Ends with the status of the process, 128 + n where\nsignal n ended it.",
        Options =
        [
            .. CreationOptions.Table(),
            new("detach", 'd', OptionKind.Flag, "", "return when the process runs"),
            new("keep", '\0', OptionKind.Flag, "", "do not remove the container when its process has ended"),
            new("no-subreaper", '\0', OptionKind.Flag, "", "do not collect processes that lose their parent"),
        ],
        Examples = "# the bundle in the current directory\nrideau run web\n# in the background\nrideau run --detach --bundle /srv/web --pid-file /run/web.pid web",
        ExitStatus = "The status of the process, 128 + n where signal n ended it; 0 with --detach; 1 where it could not be run.",
        MinimumArguments = 1,
        MaximumArguments = 1,
        Execute = static invocation => Run.Execute(invocation.Context(), CreationOptions.Of(invocation)),
    };
}
