using System;
using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class EventsCommand
{
    internal static Command Describe() => new()
    {
        Name = "events",
        Arguments = "CONTAINER",
        Summary = "print what a container uses, and when it runs out of memory",
        Description = "Prints a line of JSON with what the container uses (CPU, memory, processes, block\nI/O, huge pages, and pressure where the kernel counts it) each interval, and a\nline {\"type\":\"oom\"} whenever it runs out of memory. Ends with the container.",
        Options =
        [
            new("interval", '\0', OptionKind.Text, "TIME", "time between two lines: 5s, 1m30s (default: 5s)"),
            new("stats", '\0', OptionKind.Flag, "", "one line, and no more"),
        ],
        Examples = "# once\nrideau events --stats web\n# every half second, for two seconds\ntimeout 2 rideau events --interval 500ms web || true\n# the memory alone\nrideau events --stats web | grep -o '\"usage\":{\"limit\"[^}]*}'",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        TimeSpan interval = Duration.Parse(invocation.Options.Text("interval") ?? "5s", "interval");
        if (interval <= TimeSpan.Zero)
        {
            throw new UsageException("events: duration interval must be greater than 0", "--interval 5s");
        }

        if (invocation.Options.Flag("stats"))
        {
            StandardOutput.Write(Events.Statistics(invocation.Context(), invocation.Arguments[0]));
        }
        else
        {
            Events.Follow(invocation.Context(), invocation.Arguments[0], interval, 1, line => StandardStreams.TryWrite(1, line) == 0);
        }

        return ExitCode.Success;
    }
}
