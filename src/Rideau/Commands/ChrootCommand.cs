using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Manager;

namespace Rideau.Commands;

internal static class ChrootCommand
{
    internal static Command Describe() => new()
    {
        Name = "chroot",
        Arguments = "(DIR | --host) [COMMAND [ARGUMENT...]]",
        Summary = "run a command in a fresh container of a directory, or of this machine's system",
        Description = "Runs a command (default: /bin/sh) in a container whose root is DIR, or with --host\nthis machine's own files: the container writes to an overlay that ends with it, so\nnothing on the machine changes. Ends with the status of the command.",
        Options =
        [
            new("host", '\0', OptionKind.Flag, "", "this machine's own system instead of a directory"),
            new("volatile", '\0', OptionKind.Flag, "", "leave DIR as it is: write to an overlay"),
            new("host-network", '\0', OptionKind.Flag, "", "keep the machine's network"),
            new("tty", 't', OptionKind.Flag, "", "give the command a terminal"),
            new("env", 'e', OptionKind.Texts, "NAME=VALUE", "set a variable; may be repeated"),
            new("cwd", '\0', OptionKind.Text, "DIR", "the working directory inside (default: /)"),
            new("hostname", '\0', OptionKind.Text, "NAME", "the host name inside"),
        ],
        Examples = "# what this machine's own system looks like from inside\nrideau chroot --host -- id\n# a shell in a directory that has a system in it\nrideau chroot --tty /srv/debian sh\n# try something and forget what it wrote\nrideau chroot --volatile /srv/debian touch /etc/new",
        ExitStatus = "The status of the command, 128 + n where signal n ended it; 1 where it could not be run.",
        StopsAtFirstArgument = true,
        ArgumentKinds = [ArgumentKind.Directory, ArgumentKind.File, ArgumentKind.File],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        bool host = options.Flag("host");
        List<string> words = invocation.Arguments;
        if (!host && words.Count == 0)
        {
            throw new UsageException("chroot: needs a directory, or --host", "rideau chroot --host -- COMMAND");
        }

        return Chroot.Execute(invocation.Context(), new ChrootOptions
        {
            Directory = host ? null : AbsolutePath.Of(words[0]),
            Command = host ? words : words.GetRange(1, words.Count - 1),
            Environment = options.Texts("env"),
            WorkingDirectory = options.TextOrNone("cwd") ?? "/",
            HostNetwork = options.Flag("host-network"),
            Volatile = options.Flag("volatile"),
            Terminal = options.Flag("tty"),
            Hostname = options.TextOrNone("hostname"),
        });
    }
}
