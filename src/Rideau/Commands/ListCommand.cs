using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.State;

namespace Rideau.Commands;

internal static class ListCommand
{
    internal static Command Describe() => new()
    {
        Name = "list",
        Summary = "list the containers below --root",
        Description = "Lists the containers whose state is below --root.",
        Options =
        [
            new("format", 'f', OptionKind.Text, "FORMAT", "table or json (default: table)", Choices: "table json"),
            new("quiet", 'q', OptionKind.Flag, "", "ids only"),
        ],
        Examples = "# a table\nrideau list\n# the ids alone\nrideau list --quiet\n# for a program to read\nrideau list --format json",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string root = invocation.Context().Root;
        if (invocation.Global.IsGiven("root") && Files.TryStatus(root, out _) == Errno.ENOENT)
        {
            throw new ContainerException($"open {root}: no such file or directory", FailureCode.NotFound, "--root names a directory that is made with the first container");
        }

        ContainerStore store = new(root);
        IReadOnlyList<ContainerRecord> records = store.List(invocation.Log.Warning);
        if (invocation.Options.Flag("quiet"))
        {
            foreach (ContainerRecord record in records)
            {
                StandardOutput.Write(record.Id + "\n");
            }

            return ExitCode.Success;
        }

        List<(ContainerRecord Record, ContainerStatus Status, string Owner)> rows = new(records.Count);
        foreach (ContainerRecord record in records)
        {
            rows.Add((record, store.StatusOf(record), UserName.Of(record.Owner)));
        }

        switch (invocation.Options.Text("format") ?? "table")
        {
            case "json":
                StandardOutput.Write([.. StateJson.WriteForList(rows), (byte)'\n']);
                return ExitCode.Success;
            case "table":
                StandardOutput.Write(Table(rows));
                return ExitCode.Success;
            default:
                throw new UsageException("list: invalid format option", "--format is table or json");
        }
    }

    private static string Table(List<(ContainerRecord Record, ContainerStatus Status, string Owner)> rows)
    {
        TextTable table = new("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
        foreach ((ContainerRecord record, ContainerStatus status, string owner) in rows)
        {
            int pid = status == ContainerStatus.Stopped ? 0 : record.InitPid;
            table.Add(record.Id, pid.ToString(CultureInfo.InvariantCulture), StateJson.Word(status), record.Bundle, StateJson.Timestamp(record.Created), owner);
        }

        return table.ToText();
    }
}
