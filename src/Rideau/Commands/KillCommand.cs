using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class KillCommand
{
    internal static Command Describe() => new()
    {
        Name = "kill",
        Arguments = "CONTAINER [SIGNAL]",
        Summary = "send a signal to a container",
        Description = "Sends a signal (default: SIGTERM) to the container's first process. SIGNAL is a\nnumber or a name, with or without SIG, in any case.",
        Options = [new("all", 'a', OptionKind.Flag, "", "send it to all processes of the container; none is no failure")],
        Examples = "# ask it to end\nrideau kill web\n# end it\nrideau kill web KILL\n# end all its processes\nrideau kill --all web 9",
        MinimumArguments = 1,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Container, ArgumentKind.Signal],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string name = invocation.Arguments.Count > 1 && invocation.Arguments[1].Length > 0 ? invocation.Arguments[1] : "TERM";
        int signal = SignalName.Parse(name);
        if (signal < 0)
        {
            throw new UsageException($"kill: unknown signal \"{name}\"", "a number from 0 to 64, or a name as in signal(7): TERM, SIGKILL, RTMIN+3");
        }

        Kill.Execute(invocation.Context(), invocation.Arguments[0], signal, invocation.Options.Flag("all"));
        return ExitCode.Success;
    }
}
