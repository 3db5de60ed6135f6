using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class EnterCommand
{
    internal static Command Describe() => new()
    {
        Name = "enter",
        Arguments = "TARGET [COMMAND [ARGUMENT...]]",
        Summary = "run a command in what a container or a process is in, wholly or in part",
        Description = "Enters TARGET: a container's id, a pid, a name of \"rideau ns\", or a path to a cgroup or a\nnamespace. Without --only and its like the command is what a child of the target's init\nwould be: in all its namespaces and cgroups, with its root, ids, capabilities, limits,\nenvironment and seccomp filter. In part it is the caller's in all else, which is said\nonce; it is in the container's cgroup, and is listed and ended with it.",
        Options =
        [
            new("only", '\0', OptionKind.Text, "TYPES", "enter these namespaces alone, as net,ipc"),
            new("not", '\0', OptionKind.Text, "TYPES", "enter all namespaces but these"),
            new("login", 'l', OptionKind.Flag, "", "a session with a terminal of its own, and the user's shell"),
            new("monitor", '\0', OptionKind.Flag, "", "the machine's tools look at the target's processes and network; all files are read-only, nothing of the target is executed"),
            new("configure", '\0', OptionKind.Flag, "", "the machine's tools act on the target's network, ipc and host name"),
            new("with", '\0', OptionKind.Text, "DIR", "bring the tools of this tree: the target's files are at /mnt, in a view that nobody else has"),
            new("with-host", '\0', OptionKind.Flag, "", "bring the machine's tools"),
            new("check", '\0', OptionKind.Flag, "", "run nothing: compare what the command would have with what the target has"),
            new("tty", 't', OptionKind.Flag, "", "give the command a terminal of its own"),
            new("env", 'e', OptionKind.Texts, "NAME=VALUE", "set a variable; may be repeated"),
            ListenOption.Table,
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json: of --check, and of what is said about entering in part (default: text)", Choices: "text json"),
            new("quiet", 'q', OptionKind.Flag, "", "do not say which confinement is missing"),
        ],
        Examples = "# as a child of the container's init\nrideau enter web ps\n# the machine's tools in the container's network\nrideau enter --quiet --only net web ip address\n# what would be equal, and what not\nrideau enter --check web",
        ExitStatus = "The status of the command, 128 + n where signal n ended it; 127 where it was not found, 126 where it cannot be executed, 1 where it could not be run for another reason. With --check: 0 where everything that the kernel tells is equal.",
        MinimumArguments = 1,
        StopsAtFirstArgument = true,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        RuntimeContext context = invocation.Context();
        bool json = options.Text("format") switch
        {
            null or "text" => false,
            "json" => true,
            _ => throw new UsageException("enter: invalid format option", "--format is text or json"),
        };
        using SocketHandover? sockets = ListenOption.Open(invocation);
        EnterTarget target = EnterTarget.Find(context, invocation.Arguments[0], mustRun: false); // it is looked at where its process is opened
        if (options.Flag("check"))
        {
            IReadOnlyList<(string Name, string Target, string Entered)> compared = Enter.Check(context, target);
            StandardOutput.Write(json ? EnterReports.Json(compared) : EnterReports.Text(compared));
            return compared.All(one => one.Target == one.Entered) ? ExitCode.Success : ExitCode.Failure;
        }

        int first = invocation.Arguments.Count > 1 && invocation.Arguments[1] == "--" ? 2 : 1;
        bool login = options.Flag("login");
        return Enter.Execute(context, target, new EnterOptions
        {
            Command = invocation.Arguments.GetRange(first, invocation.Arguments.Count - first),
            Only = Types(options),
            Login = login,
            Terminal = options.Flag("tty") || (login && Terminals.TryGet(0) is not null),
            Environment = VariablesOption.Of(options, "enter"),
            View = options.Flag("monitor") ? VisitView.Monitor : options.IsGiven("with") || options.Flag("with-host") ? VisitView.Tools : VisitView.Callers,
            Sockets = sockets,
            Tools = options.TextOrNone("with") is { } tree ? AbsolutePath.Of(tree) : "/",
            Report = options.Flag("quiet") ? null : report => StandardOutput.WriteError(json ? EnterReports.Json(report) : EnterReports.Text(report)),
        });
    }

    private static long? Types(GivenOptions options)
    {
        string? given = null;
        foreach (string name in (ReadOnlySpan<string>)["only", "not", "monitor", "configure", "with", "with-host", "login"])
        {
            if (options.IsGiven(name) && given is not null)
            {
                throw new UsageException($"enter: --{given} and --{name} say different things", "give one of them");
            }

            given = options.IsGiven(name) ? name : given;
        }

        return options.IsGiven("only") && options.TextOrNone("only") is not { Length: > 0 } ? throw new UsageException("enter: --only names no type", "--only net,ipc")
            : options.TextOrNone("only") is { } only ? NamespaceType.Split(only)
            : options.TextOrNone("not") is { } not ? ~NamespaceType.Split(not)
            : options.Flag("monitor") ? ~(Sched.CLONE_NEWNS | Sched.CLONE_NEWUSER | Sched.CLONE_NEWCGROUP)
            : options.Flag("configure") ? Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS
            : null;
    }
}
