using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

internal static class ExecCommand
{
    internal static Command Describe() => new()
    {
        Name = "exec",
        Arguments = "CONTAINER COMMAND [ARGUMENT...]",
        Summary = "run one more process in a container",
        Description = "Runs a command in a running container, with the environment, user and\ncapabilities of the container's own process where the options do not say\notherwise. Ends with the status of the command; 255 where it could not be run.\nWith --process the command comes from a file.",
        Options =
        [
            new("console-socket", '\0', OptionKind.Text, "SOCKET", "a unix socket that gets the terminal's descriptor"),
            new("pidfd-socket", '\0', OptionKind.Text, "SOCKET", "a unix socket that gets the process's descriptor (pidfd)"),
            new("cwd", '\0', OptionKind.Text, "DIR", "the working directory in the container"),
            new("env", 'e', OptionKind.Texts, "NAME=VALUE", "set a variable; may be repeated"),
            new("tty", 't', OptionKind.Flag, "", "give the process a terminal"),
            new("user", 'u', OptionKind.Text, "UID[:GID]", "run as this user"),
            new("additional-gids", 'g', OptionKind.Texts, "GID", "one more group; may be repeated"),
            new("process", 'p', OptionKind.Text, "FILE", "a file with the \"process\" object of config.json"),
            new("detach", 'd', OptionKind.Flag, "", "return when the process runs"),
            new("pid-file", '\0', OptionKind.Text, "FILE", "write the process id to a file"),
            new("process-label", '\0', OptionKind.Text, "LABEL", "the SELinux label of the process"),
            new("apparmor", '\0', OptionKind.Text, "PROFILE", "the AppArmor profile of the process"),
            new("no-new-privs", '\0', OptionKind.Flag, "", "no program that it executes gains privileges"),
            new("cap", 'c', OptionKind.Texts, "CAPABILITY", "give it one more capability; may be repeated"),
            new("preserve-fds", '\0', OptionKind.Number, "N", "pass N more descriptors on"),
            ListenOption.Table,
            new("cgroup", '\0', OptionKind.Texts, "[CONTROLLER:]PATH", "run it in this existing cgroup below the container's"),
            new("ignore-paused", '\0', OptionKind.Flag, "", "also in a paused container, where it waits"),
        ],
        Examples = "# a command\nrideau exec web ps\n# with variables and a directory of its own\nrideau exec --env LANG=C --cwd /tmp web sh -c 'echo $PWD'\n# a shell on the terminal\nrideau exec --tty web sh",
        ExitStatus = "The status of the command, 128 + n where signal n ended it; 255 where it could not be run.",
        MinimumArguments = 1,
        StopsAtFirstArgument = true,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        RuntimeContext context = invocation.Context();
        string id = invocation.Arguments[0];
        return Exec.Execute(context, new ExecOptions
        {
            Id = id,
            Process = options.TextOrNone("process") is { } file ? _ => FromFile(file) : own => FromContainer(own, invocation),
            PidFile = AbsolutePath.OfOptional(options.TextOrNone("pid-file")),
            ConsoleSocket = AbsolutePath.OfOptional(options.TextOrNone("console-socket")),
            PidfdSocket = AbsolutePath.OfOptional(options.TextOrNone("pidfd-socket")),
            PreserveFds = CreationOptions.PreservedDescriptors(options),
            Sockets = ListenOption.Open(invocation),
            Detach = options.Flag("detach"),
            IgnorePaused = options.Flag("ignore-paused"),
            Cgroup = Cgroups(options.Texts("cgroup")),
        });
    }

    private static Process FromFile(string file) => ConfigurationReader.ReadProcess(Files.ReadAll(AbsolutePath.Of(file), ConfigurationReader.MaximumBytes), file);

    private static Process FromContainer(Process own, Invocation invocation)
    {
        if (invocation.Arguments.Count < 2)
        {
            throw new ContainerException("exec args cannot be empty", FailureCode.InvalidArgument, "say what to run: rideau exec CONTAINER COMMAND");
        }

        ExecProcess.Apply(own, invocation.Options, invocation.Arguments.GetRange(1, invocation.Arguments.Count - 1));
        return own;
    }

    /// <summary>--cgroup, as one path for all hierarchies, or a path for each controller.</summary>
    private static Dictionary<string, string> Cgroups(List<string> given)
    {
        Dictionary<string, string> paths = [];
        foreach (string one in given)
        {
            int colon = one.IndexOf(':', System.StringComparison.Ordinal);
            if (colon < 0 && given.Count != 1)
            {
                throw new UsageException($"exec: invalid --cgroup argument: {one} (missing <controller>: prefix)");
            }

            foreach (string controller in colon < 0 ? [""] : one[..colon].Split(','))
            {
                if (colon >= 0 && controller.Length == 0)
                {
                    throw new UsageException($"exec: invalid --cgroup argument: {one} (empty <controller> prefix)");
                }

                if (!paths.TryAdd(controller, one[(colon + 1)..]))
                {
                    throw new UsageException($"exec: invalid --cgroup argument(s): controller {controller} specified multiple times");
                }
            }
        }

        return paths;
    }
}
