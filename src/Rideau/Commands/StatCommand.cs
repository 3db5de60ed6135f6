using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class StatCommand
{
    internal static Command Describe() => new()
    {
        Name = "stat",
        Arguments = "TARGET:PATH [TARGET:PATH...]",
        Summary = "say what is known of files of a container or process, from outside",
        Description = $"Says type, mode, owner, size and times. A symbolic link is described itself, unless\n--follow-link says otherwise. Owners and groups are as the target numbers them.\n\n{TargetFiles.Targets}",
        Options =
        [
            new("follow-link", 'L', OptionKind.Flag, "", "describe what a symbolic link leads to"),
            new("numeric", 'n', OptionKind.Flag, "", "owners and groups as numbers alone"),
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        ],
        Examples = "# a file of a container\nrideau stat web:/etc/passwd\n# for a program to read\nrideau stat --format json web:/tmp",
        MinimumArguments = 1,
        ArgumentKinds = [ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        bool json = TargetFiles.IsJson(invocation, "stat");
        List<string> paths = [];
        using FileTree tree = TargetFiles.Open(invocation, "stat", paths);
        List<FileEntry> entries = [];
        foreach (string path in paths)
        {
            entries.Add(FileLooking.Find(tree, path, invocation.Options.Flag("follow-link")));
        }

        if (json)
        {
            StandardOutput.Write(FilesReport.Json(entries));
        }
        else
        {
            (IReadOnlyDictionary<uint, string> users, IReadOnlyDictionary<uint, string> groups) = TargetFiles.Names(invocation, tree);
            StandardOutput.Write(FilesReport.Text(entries, users, groups));
        }

        return ExitCode.Success;
    }
}
