using System.Collections.Generic;
using System.Linq;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class LsCommand
{
    internal static Command Describe() => new()
    {
        Name = "ls",
        Arguments = "TARGET:PATH",
        Summary = "list files of a container or process, from outside",
        Description = $"Lists a directory, sorted by name; of any other file, the file itself. Owners and groups\nare as the target numbers them, with the names of its own passwd and group; times are UTC.\nWhat is not text in a name is written as \\xNN.\n\n{TargetFiles.Targets}",
        Options =
        [
            new("all", 'a', OptionKind.Flag, "", "names that begin with a dot too"),
            new("long", 'l', OptionKind.Flag, "", "mode, links, owner, group, size and time"),
            new("numeric", 'n', OptionKind.Flag, "", "owners and groups as numbers; as --long"),
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        ],
        Examples = "# a directory of a container\nrideau ls -l web:/etc\n# for a program to read\nrideau ls --format json web:/",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        bool json = TargetFiles.IsJson(invocation, "ls");
        List<string> paths = [];
        using FileTree tree = TargetFiles.Open(invocation, "ls", paths);
        IReadOnlyList<FileEntry> entries = FileLooking.List(tree, paths[0]);
        if (!invocation.Options.Flag("all") && !json)
        {
            entries = [.. entries.Where(static entry => entry.Name.Bytes is not [(byte)'.', ..])];
        }

        if (json)
        {
            StandardOutput.Write(FilesReport.Json(entries));
        }
        else if (invocation.Options.Flag("long") || invocation.Options.Flag("numeric"))
        {
            (IReadOnlyDictionary<uint, string> users, IReadOnlyDictionary<uint, string> groups) = TargetFiles.Names(invocation, tree);
            StandardOutput.Write(FilesReport.Long(entries, users, groups));
        }
        else
        {
            StandardOutput.Write(FilesReport.Names(entries));
        }

        return ExitCode.Success;
    }
}
