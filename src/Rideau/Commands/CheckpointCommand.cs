using Rideau.CommandLine;
using Rideau.Runtime.Criu;

namespace Rideau.Commands;

internal static class CheckpointCommand
{
    internal static Command Describe() => new()
    {
        Name = "checkpoint",
        Arguments = "CONTAINER",
        Summary = "write a running container to files, through CRIU",
        Description = "Writes the memory, open files, connections and mounts of a container's processes\nto a directory, with the program criu of the machine. The container is removed\nthen, unless --leave-running or --pre-dump is given. \"rideau restore\" makes it\nagain from these files, here or on another machine.",
        Options =
        [
            .. CriuOptions.Table,
            new("leave-running", '\0', OptionKind.Flag, "", "the container goes on"),
            new("pre-dump", '\0', OptionKind.Flag, "", "only its memory, and it goes on: a later checkpoint has less to write"),
            new("parent-path", '\0', OptionKind.Text, "DIR", "the image path of the pre-dump before, relative to this one's"),
            new("tcp-skip-in-flight", '\0', OptionKind.Flag, "", "without TCP connections that are not established yet"),
            new("link-remap", '\0', OptionKind.Flag, "", "with open files that have been deleted: they get a name for the time being"),
            new("page-server", '\0', OptionKind.Text, "ADDRESS:PORT", "send memory there (\"criu page-server\"), or offer it there with --lazy-pages"),
            new("network-lock", '\0', OptionKind.Text, "METHOD", "how connections are held meanwhile (default: iptables, if it is there)", Choices: CriuOptions.Locks),
            new("status-fd", '\0', OptionKind.Text, "FD", "gets a zero byte when memory is offered (--lazy-pages)"),
        ],
        Examples = "# to ./checkpoint; the container is removed\nrideau checkpoint web\n# a copy of a container that goes on\nrideau checkpoint --image-path /srv/web/copy --leave-running web",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        Checkpoint.Execute(invocation.Context(), new CheckpointOptions
        {
            Id = invocation.Arguments[0],
            ImagePath = CriuOptions.ImagePath(options),
            WorkPath = AbsolutePath.OfOptional(options.TextOrNone("work-path")),
            ParentPath = options.TextOrNone("parent-path"),
            PreDump = options.Flag("pre-dump"),
            StatusDescriptor = StatusDescriptor(options.TextOrNone("status-fd")),
            Settings = CriuOptions.Settings(options),
        });
        return ExitCode.Success;
    }

    private static int StatusDescriptor(string? text) =>
        text is null ? -1
        : int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out int number) && number >= -1 ? number
        : throw new UsageException($"invalid value \"{text}\" for flag --status-fd", "the number of a descriptor that is open for writing: --status-fd 5 5>FILE");
}
