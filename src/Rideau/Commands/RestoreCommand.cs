using Rideau.CommandLine;
using Rideau.Runtime.Criu;

namespace Rideau.Commands;

internal static class RestoreCommand
{
    internal static Command Describe() => new()
    {
        Name = "restore",
        Arguments = "CONTAINER",
        Summary = "make a container again from a checkpoint, through CRIU",
        Description = "Makes a container from a bundle and from what \"rideau checkpoint\" has written, and\nlets its processes go on where they were. The bundle is that of the container that\nwas written, or one with the same root file system and mounts. In the foreground,\nor with --detach in the background. If it fails nothing is left but CRIU's log.",
        Options =
        [
            CreationOptions.Bundle,
            .. CriuOptions.Table,
            new("detach", 'd', OptionKind.Flag, "", "return when the container runs"),
            new("pid-file", '\0', OptionKind.Text, "FILE", "write the process id to a file"),
            new("console-socket", '\0', OptionKind.Text, "SOCKET", "a unix socket that gets the terminal's descriptor"),
            new("no-subreaper", '\0', OptionKind.Flag, "", "do not collect processes that lose their parent"),
            new("no-pivot", '\0', OptionKind.Flag, "", "taken for the field's sake: CRIU enters the root file system in its own way"),
            new("lsm-profile", '\0', OptionKind.Text, "TYPE:LABEL", "apparmor:PROFILE or selinux:LABEL, instead of what was written"),
            new("lsm-mount-context", '\0', OptionKind.Text, "CONTEXT", "the SELinux context of mounts that have one"),
        ],
        Examples = "# from ./checkpoint, with the bundle in the current directory\nrideau restore --detach web\n# from elsewhere, with its process id in a file\nrideau restore --detach --bundle /srv/web --image-path /srv/web/checkpoint --pid-file /run/web.pid web",
        ExitStatus = "The status of the process, 128 + n where signal n ended it; 0 with --detach; 1 where it could not be restored.",
        MinimumArguments = 1,
        MaximumArguments = 1,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        return Restore.Execute(invocation.Context(), new RestoreOptions
        {
            Id = invocation.Arguments[0],
            Bundle = AbsolutePath.Of(options.TextOrNone("bundle") ?? "."),
            ImagePath = CriuOptions.ImagePath(options),
            WorkPath = AbsolutePath.OfOptional(options.TextOrNone("work-path")),
            PidFile = AbsolutePath.OfOptional(options.TextOrNone("pid-file")),
            ConsoleSocket = AbsolutePath.OfOptional(options.TextOrNone("console-socket")),
            Detach = options.Flag("detach"),
            NoSubreaper = options.Flag("no-subreaper"),
            Settings = CriuOptions.Settings(options),
        });
    }
}
