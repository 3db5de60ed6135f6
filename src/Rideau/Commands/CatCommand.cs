using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces;

namespace Rideau.Commands;

internal static class CatCommand
{
    internal static Command Describe() => new()
    {
        Name = "cat",
        Arguments = "TARGET:PATH [TARGET:PATH...]",
        Summary = "print files of a container or process, from outside",
        Description = $"Writes regular files to standard output, one behind the other. Devices, FIFOs and\nsockets are not opened.\n\n{TargetFiles.Targets}",
        Examples = "# a file of a container\nrideau cat web:/etc/passwd\n# of a process\nrideau cat $$:/etc/hostname",
        MinimumArguments = 1,
        ArgumentKinds = [ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        List<string> paths = [];
        using FileTree tree = TargetFiles.Open(invocation, "cat", paths);
        foreach (string path in paths)
        {
            FileLooking.Send(tree, path, 1);
        }

        return ExitCode.Success;
    }
}
