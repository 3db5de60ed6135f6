using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class CpCommand
{
    internal static Command Describe() => new()
    {
        Name = "cp",
        Arguments = "TARGET:PATH PATH | PATH TARGET:PATH | TARGET:PATH TARGET:PATH",
        Summary = "copy files between a container or process and the machine, from outside",
        Description = "Copies a file or a directory with all that is in it, as \"docker cp\" does: into DEST where\n"
            + "that is a directory, else to the name DEST. Where the source is a directory and DEST is\n"
            + "not there, DEST becomes its copy. SOURCE/. copies what is in a directory, without the\n"
            + "directory itself; DEST/ must be a directory. \"-\" as SOURCE unpacks a tar archive from\n"
            + "standard input in the directory DEST, as DEST it writes one to standard output.\n\n"
            + "Modes, times, holes, hard links and attributes of users are kept. Copies belong to the\n"
            + "caller, in the target to its root, and lose set-id bits; with --archive owners and\n"
            + "groups are kept as each side numbers them, and set-id bits, ACLs and file capabilities.\n"
            + "Each file is there whole or not at all. Sockets are left out, devices unless --devices is\n"
            + "given, and what is in mounted file systems of the kernel's such as proc; nothing is\n"
            + $"written on those.\n\n{TargetFiles.Targets}",
        Options =
        [
            new("archive", 'a', OptionKind.Flag, "", "keep owners, groups and rights"),
            new("follow-link", 'L', OptionKind.Flag, "", "copy what a symbolic link as SOURCE leads to"),
            new("devices", '\0', OptionKind.Flag, "", "make device nodes too"),
        ],
        Examples = "# out of a container\nrideau cp web:/etc/passwd .\n# into it, what is in a directory\nrideau cp ./share/. web:/tmp\n# as an archive\nrideau cp web:/etc - | tar -t >/dev/null",
        MinimumArguments = 2,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.TargetPath, ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        FileTarget source = FileTarget.Of(invocation.Arguments[0]);
        FileTarget destination = FileTarget.Of(invocation.Arguments[1]);
        if (source.Target is null && destination.Target is null)
        {
            throw new UsageException("cp: neither of the two is in a target", "write TARGET:PATH for one of them, as web:/etc/passwd");
        }

        using var progress = new CopyProgress();
        FileCopyOptions options = TargetFiles.Copying(invocation, progress, invocation.Options.Flag("archive"));
        if (destination is { Target: null, Path: "-" })
        {
            using FileTree tree = source.Open(invocation.Context(), alone: true);
            TarArchive.Create(tree, source.Path, 1, options);
            return ExitCode.Success;
        }

        if (source is { Target: null, Path: "-" })
        {
            using FileTree tree = destination.Open(invocation.Context(), alone: true);
            return TarArchive.Extract(tree, destination.Path, 0, options) == 0 ? ExitCode.Success : ExitCode.Failure;
        }

        using FileTree from = Side(invocation, source);
        using FileTree to = Side(invocation, destination);
        FileCopy.Copy(from, Path(source), to, Path(destination), options);
        return ExitCode.Success;
    }

    private static FileTree Side(Invocation invocation, FileTarget side) =>
        side.Target is null ? FileTree.OfMachine() : side.Open(invocation.Context(), alone: false);

    // What stands behind the path means something: "/." and "/".
    private static string Path(FileTarget side)
    {
        if (side.Target is not null)
        {
            return side.Path;
        }

        string end = side.Path.EndsWith("/.", System.StringComparison.Ordinal) || side.Path is "." ? "/." : side.Path.EndsWith('/') ? "/" : "";
        string path = AbsolutePath.Of(side.Path);
        return path == "/" ? path : path + end;
    }
}
