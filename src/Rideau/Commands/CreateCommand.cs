using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class CreateCommand
{
    internal static Command Describe() => new()
    {
        Name = "create",
        Arguments = "CONTAINER",
        Summary = "make a container that waits to be started",
        Description = "Makes a container from a bundle: a directory with a config.json and a root file\nsystem. Its process waits; \"rideau start\" lets it run the program of config.json.",
        Options = CreationOptions.Table(),
        Examples = "# a container from the bundle in /srv/web, started later\nrideau create --bundle /srv/web web\nrideau start web\n# the same, with its process id in a file\nrideau create --bundle /srv/web --pid-file /run/web.pid web",
        MinimumArguments = 1,
        MaximumArguments = 1,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        Create.Execute(invocation.Context(), CreationOptions.Of(invocation));
        return ExitCode.Success;
    }
}
