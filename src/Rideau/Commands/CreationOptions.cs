using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

/// <summary>What create and run have in common.</summary>
internal static class CreationOptions
{
    internal static readonly Option Bundle = new("bundle", 'b', OptionKind.Text, "DIR", "the bundle's directory (default: the current one)");

    internal static Option[] Table() =>
    [
        Bundle,
        new("console-socket", '\0', OptionKind.Text, "SOCKET", "a unix socket that gets the terminal's descriptor"),
        new("pidfd-socket", '\0', OptionKind.Text, "SOCKET", "a unix socket that gets the process's descriptor (pidfd)"),
        new("pid-file", '\0', OptionKind.Text, "FILE", "write the process id to a file"),
        new("no-pivot", '\0', OptionKind.Flag, "", "do not use pivot_root: for a root on the initial ramfs"),
        new("no-new-keyring", '\0', OptionKind.Flag, "", "keep the caller's session keyring"),
        new("preserve-fds", '\0', OptionKind.Number, "N", "pass N more descriptors on, behind the standard streams and LISTEN_FDS"),
        ListenOption.Table,
    ];

    internal static CreateOptions Of(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        return new CreateOptions
        {
            Id = invocation.Arguments[0],
            Bundle = AbsolutePath.Of(options.TextOrNone("bundle") ?? "."),
            PidFile = AbsolutePath.OfOptional(options.TextOrNone("pid-file")),
            ConsoleSocket = AbsolutePath.OfOptional(options.TextOrNone("console-socket")),
            PidfdSocket = AbsolutePath.OfOptional(options.TextOrNone("pidfd-socket")),
            PreserveFds = PreservedDescriptors(options),
            Sockets = ListenOption.Open(invocation),
            NoPivot = options.Flag("no-pivot"),
            NoNewKeyring = options.Flag("no-new-keyring"),
            Detach = options.Flag("detach"),
            Keep = options.Flag("keep"),
            NoSubreaper = options.Flag("no-subreaper"),
        };
    }

    internal static int PreservedDescriptors(GivenOptions options)
    {
        int number = options.Number("preserve-fds");
        return number >= 0 ? number : throw new UsageException($"invalid value \"{number}\" for flag --preserve-fds: negative");
    }
}
