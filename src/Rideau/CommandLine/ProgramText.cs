namespace Rideau.CommandLine;

/// <summary>What is to be said about the program as a whole, in help, manual pages and docs/commands.</summary>
internal static class ProgramText
{
    internal const string Description =
        "Rideau runs containers: config.json of an OCI bundle in, processes behind a curtain\nout. It follows the runtime specification of the Open Container Initiative, and\n"
        + "takes the command lines that engines and scripts have for runc.\n\nOptions are written --name value or --name=value, with one dash or two. The options\n"
        + "before the command are for all commands.";

    internal const string Examples =
        "# a bundle, from a directory with a root file system in ./rootfs\nrideau spec\nrideau run first\n# what this machine can do for containers\nrideau doctor";

    internal static (string Name, string Meaning)[] ExitStatuses =>
    [
        ("0", "it is done"),
        ("1", "it failed; standard error says what, why, and what to do"),
        ("3", "no command has that name"),
        ("255", "exec could not run its command"),
        ("other", "the status of the container's process (run, exec, chroot); 128 + n where signal n ended it"),
    ];

    internal static (string Name, string Meaning)[] Variables =>
    [
        ("XDG_RUNTIME_DIR", "where the state of containers is without privilege, in rideau below it"),
        ("LISTEN_FDS, LISTEN_PID", "sockets that are passed on to the container's process, see sd_listen_fds(3)"),
        ("NOTIFY_SOCKET", "where the container's READY=1 is passed on to, see sd_notify(3)"),
    ];

    internal static (string Name, string Meaning)[] Files =>
    [
        ("config.json", "in the bundle: what the container is"),
        ("/run/rideau", "the state of the containers of root"),
        ("/etc/subuid, /etc/subgid", "the ids that a user may map into a user namespace"),
    ];
}
