using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.State;

namespace Rideau.Commands;

internal static class PsCommand
{
    internal static Command Describe() => new()
    {
        Name = "ps",
        Arguments = "CONTAINER [PS-OPTION...]",
        Summary = "list the processes of a container",
        Description = "Lists the processes in a container's cgroup, numbered as the caller sees them. The\ntable is that of ps(1), with the options that follow the container (default: -ef);\none of its columns must be PID. Without ps on the machine it is a simple one.",
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "table or json: an array of process ids (default: table)", Choices: "table json")],
        Examples = "# a table\nrideau ps web\n# with columns of one's own choice\nrideau ps web -o pid,comm\n# the process ids, as the caller sees them\nrideau ps --format json web",
        MinimumArguments = 1,
        StopsAtFirstArgument = true,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        ContainerStore store = new(invocation.Context().Root);
        IReadOnlyList<int> pids = store.Processes(store.Load(invocation.Arguments[0]));
        switch (invocation.Options.Text("format") ?? "table")
        {
            case "json":
                StandardOutput.Write(Json(pids));
                return ExitCode.Success;
            case "table":
                StandardOutput.Write(ProcessTable.Read(invocation.Arguments.GetRange(1, invocation.Arguments.Count - 1), pids) ?? OwnTable(invocation, pids));
                return ExitCode.Success;
            default:
                throw new UsageException("ps: invalid format option", "--format is table or json");
        }
    }

    private static string Json(IReadOnlyList<int> pids)
    {
        StringBuilder text = new("[");
        for (int i = 0; i < pids.Count; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(pids[i]);
        }

        return text.Append("]\n").ToString();
    }

    private static string OwnTable(Invocation invocation, IReadOnlyList<int> pids) => invocation.Arguments.Count == 1
        ? Table(pids)
        : throw new ContainerException("exec: \"ps\": executable file not found in $PATH", FailureCode.CommandNotFound, "install it (Debian: apt-get install procps), or leave its options out");

    private static string Table(IReadOnlyList<int> pids)
    {
        TextTable table = new("UID", "PID", "PPID", "STATE", "CMD");
        foreach (int pid in pids)
        {
            try
            {
                string directory = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}";
                string stat = Files.ReadText($"{directory}/stat");
                int open = stat.IndexOf('(', StringComparison.Ordinal);
                int close = stat.LastIndexOf(')');
                string[] fields = stat[(close + 2)..].Split(' ');
                string command = Files.ReadText($"{directory}/cmdline").TrimEnd('\0').Replace('\0', ' ');
                _ = Files.TryStatus(directory, out FileStatus status); // ignored: the process has just been read
                table.Add(UserName.Of(status.Uid).TrimStart('#'), pid.ToString(CultureInfo.InvariantCulture), fields[1], fields[0], command.Length > 0 ? command : $"[{stat[(open + 1)..close]}]");
            }
            catch (LinuxException)
            {
                // It has ended since the cgroup was read.
            }
        }

        return table.ToText();
    }
}
