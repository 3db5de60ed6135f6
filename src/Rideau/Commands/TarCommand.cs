using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class TarCommand
{
    internal static Command Describe() => new()
    {
        Name = "tar",
        Arguments = "TARGET:PATH",
        Summary = "write or unpack a tar archive of files of a container or process, from outside",
        Description = "Writes an archive of a file or directory to standard output; names in it begin with its\n"
            + "last name, or with \".\" where the path ends with \"/.\". With --extract it unpacks the archive\n"
            + "on standard input in a directory. Owners are numbered as the target numbers them.\n\n"
            + "The archive need not be trusted: names that lead out of the directory are refused, links\n"
            + "that it makes itself are not followed, devices are left out unless --devices is given,\n"
            + "and each file is there whole or not at all. What is compressed is not unpacked: use\n"
            + $"gzip or zstd in a pipe.\n\n{TargetFiles.Targets}",
        Options =
        [
            new("extract", 'x', OptionKind.Flag, "", "unpack standard input"),
            new("no-same-owner", 'o', OptionKind.Flag, "", "with --extract: files belong to root of the target, and lose set-id bits"),
            new("follow-link", 'L', OptionKind.Flag, "", "where PATH is a symbolic link, what it leads to"),
            new("devices", '\0', OptionKind.Flag, "", "with --extract: make device nodes too"),
        ],
        Examples = "# out of a container\nrideau tar web:/etc > etc.tar\n# into it\ntar -c share | rideau tar -x web:/tmp",
        ExitStatus = "0 when it is done; 1 when it failed, or when members of the archive were refused.",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        FileTarget target = TargetFiles.Of("tar", invocation.Arguments[0]);
        bool extract = invocation.Options.Flag("extract");
        using var progress = new CopyProgress();
        FileCopyOptions options = TargetFiles.Copying(invocation, progress, !invocation.Options.Flag("no-same-owner"));
        if (!extract && Kernel.Calls.Terminals.TryGet(1) is not null)
        {
            throw new UsageException("tar: the archive would be written to a terminal", "lead standard output into a file or a pipe");
        }

        using FileTree tree = target.Open(invocation.Context(), alone: true);
        if (!extract)
        {
            TarArchive.Create(tree, target.Path, 1, options);
            return ExitCode.Success;
        }

        return TarArchive.Extract(tree, target.Path, 0, options) == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
