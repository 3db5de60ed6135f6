using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.CommandLine;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;

namespace Rideau.Commands;

internal static class NsExecCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns exec",
        Arguments = "NAME [COMMAND [ARGUMENT...]]",
        Summary = "run a command in named namespaces",
        Description = "Runs a command (default: the caller's shell) in the namespaces of a name. In\neverything else it is the caller's: files unless the name has a mount namespace,\nenvironment, terminal. Where a user namespace is entered, it is root there.",
        Options =
        [
            new("only", '\0', OptionKind.Text, "TYPES", "enter these of its namespaces alone, as net,ipc"),
            new("as", '\0', OptionKind.Text, "UID[:GID]", "become this user, as the user namespace numbers it"),
            new("cwd", '\0', OptionKind.Text, "DIR", "the working directory"),
            new("env", 'e', OptionKind.Texts, "NAME=VALUE", "set a variable; may be repeated"),
            ListenOption.Table,
        ],
        Examples = "# the machine's own tools in another network\nrideau ns exec lab ip address\n# in one of its namespaces alone\nrideau ns exec --only net lab cat /proc/net/dev",
        ExitStatus = "The status of the command, 128 + n where signal n ended it; 127 where it was not found, 126 where it cannot be executed, 1 where it could not be run for another reason.",
        MinimumArguments = 1,
        StopsAtFirstArgument = true,
        ArgumentKinds = [CommandLine.ArgumentKind.Namespace],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        List<string> words = invocation.Arguments;
        using SocketHandover? sockets = ListenOption.Open(invocation);
        NamedNamespace named = NsCommand.Names(invocation).Find(words[0]);
        int first = words.Count > 1 && words[1] == "--" ? 2 : 1;
        (uint Uid, uint Gid)? user = options.TextOrNone("as") is { } text ? User(text) : null;
        InheritedEnvironment environment = InheritedEnvironment.With(VariablesOption.Of(options, "ns exec"));
        List<OwnedFd> open = [];
        try
        {
            return NamespaceVisit.Run($"cannot run a command in \"{named.Name}\"", Join(named, options.TextOrNone("only"), open), new VisitOptions
            {
                Command = words.Count > first ? words.GetRange(first, words.Count - first) : [Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } shell ? shell : "/bin/sh"],
                Environment = environment,
                Uid = user?.Uid,
                Gid = user?.Gid,
                Sockets = sockets,
                IsLast = true,
                WorkingDirectory = options.TextOrNone("cwd"),
            });
        }
        finally
        {
            open.ForEach(static fd => fd.Dispose());
        }
    }

    private static JoinPlan Join(NamedNamespace named, string? only, List<OwnedFd> open)
    {
        long types = only is null ? ~0L : NamespaceType.Split(only);
        JoinPlan join = new();
        foreach (NamedEntry entry in named.Entries)
        {
            if ((entry.Identity.Type.Flag & types) != 0)
            {
                open.Add(named.Open(entry.Identity.Type));
                join.Add(open[^1], $"\"{named.Name}\"");
            }
        }

        if (only is not null)
        {
            foreach (NamespaceType type in NamespaceType.All)
            {
                if ((types & type.Flag) != 0 && named.Record.Of(type) is null)
                {
                    named.Open(type); // says that there is none
                }
            }
        }

        open.AddRange(OwnerJoin.Complete(join, open));
        return join;
    }

    private static (uint Uid, uint Gid) User(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        uint uid = Id(colon < 0 ? text : text[..colon]);
        return (uid, colon < 0 ? uid : Id(text[(colon + 1)..]));

        static uint Id(string number) => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            ? id
            : throw new UsageException($"ns exec: bad id \"{number}\"", "ids are numbers: --as UID[:GID]");
    }
}
