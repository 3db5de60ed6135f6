using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>enter: a command in what a container or a process is in, wholly or in part.</summary>
public static partial class Enter
{
    /// <summary>Runs the command, and waits for its end.</summary>
    /// <returns>Its exit status, or 128 + n where signal n ended it.</returns>
    public static int Execute(RuntimeContext context, EnterTarget target, EnterOptions options)
    {
        if (target.Pid == 0 || options.Only is not null || options.View != VisitView.Callers)
        {
            return InPart(target, options);
        }

        using var newcomer = Newcomer(context, target, options, inspect: null);
        using var foreground = new Foreground(noSubreaper: false);
        newcomer.Enter();
        options.Sockets?.Dispose(); // they are the command's alone
        return newcomer.Wait(foreground);
    }

    /// <summary>What a child inherits and the kernel does not tell of another process, with what a command that enters has.</summary>
    public static IReadOnlyList<(string Name, string Entered)> Untold { get; } =
    [
        ("session keyring", "the command joins a container's by its name; for a process that is in none it is a new one"),
        ("Landlock rules", "the command has the caller's, and none of the target's"),
    ];

    /// <summary>Compares what a process that enters has, a moment before it executes its program, with what the target has.</summary>
    /// <returns>The attributes with both values.</returns>
    public static IReadOnlyList<(string Name, string Target, string Entered)> Check(RuntimeContext context, EnterTarget target)
    {
        if (target.Pid == 0)
        {
            throw new ContainerException($"cannot compare with {target.Words}: there is no process whose attributes could be had", FailureCode.InvalidArgument, "give a container, a pid or a cgroup");
        }

        List<(string, string, string)> compared = [];
        var options = new EnterOptions { Command = ["/proc/self/exe"] };
        using var newcomer = Newcomer(context, target, options, pid =>
        {
            IReadOnlyList<(string Name, string Value)> wanted = AttributeList.Of(target.Pid);
            Dictionary<string, string> had = [];
            foreach ((string name, string value) in AttributeList.Of(pid))
            {
                had[name] = value;
            }

            foreach ((string name, string value) in wanted)
            {
                compared.Add((name, value, had.GetValueOrDefault(name, "-")));
            }
        });
        newcomer.Enter();
        return compared;
    }

    private static Newcomer Newcomer(RuntimeContext context, EnterTarget target, EnterOptions options, Action<int>? inspect)
    {
        string attempt = $"cannot enter {target.Words}";
        ProcessAttributes attributes = Attributes(attempt, target);
        long foreign = Foreign(target);
        Process process = LiveProcess.Of(attributes, target.Configuration?.Process, (foreign & Sched.CLONE_NEWUSER) != 0);
        process.Env.RemoveAll(old => Contains(options.Environment, old));
        process.Env.AddRange(options.Environment);
        process.Terminal = options.Terminal;
        process.Args = [.. options.Command.Count > 0 ? options.Command : Shell(target, process, options.Login)];
        if (attributes.Status.HasSeccompFilter && (target.Configuration is not { } known || (known.Linux?.Seccomp is null && RunOciAnnotations.SeccompProgram(known) is null)))
        {
            context.Log.Warning($"{target.Words} has a seccomp filter that was not set by this program: the kernel does not tell it, and the command runs without");
        }

        (ContainerRecord record, Configuration configuration) = Pseudo(target, foreign, process);
        return new Newcomer(context, new ExecOptions { Id = record.Id, Process = _ => process, Inspect = inspect, Sockets = options.Sockets, SameRoot = target.Record is null, IsVisit = true }, attempt, record, configuration);
    }

    // What the container has of its own is new to everybody outside it. Whoever is inside joins what he is in once more, which only a user namespace refuses.
    private static long Foreign(EnterTarget target)
    {
        long own = 0;
        foreach (Namespace one in target.Configuration?.Linux?.Namespaces ?? [])
        {
            own |= one.Path is null ? NamespacesPlan.KindOf(one.Type) : 0;
        }

        own = target.Record?.InitPid == target.Pid ? own & ~Sched.CLONE_NEWUSER : 0;
        return ForeignTypes.Of(target.Pid, ~own) | own;
    }

    private static ProcessAttributes Attributes(string attempt, EnterTarget target)
    {
        try
        {
            return ProcessAttributes.Read(target.Pid);
        }
        catch (LinuxException failure)
        {
            target.RequireRunning();
            throw new ContainerException($"{attempt}: cannot read what process {target.Pid} has", FailureCode.General, failure.Errno is Errno.EACCES or Errno.EPERM ? "the process belongs to somebody else: be root" : "the process has ended, or is one of the kernel's own, in which nobody can be", failure);
        }
    }

    // A process that is no container of ours is entered as if it were the init of one.
    private static (ContainerRecord, Configuration) Pseudo(EnterTarget target, long foreign, Process process)
    {
        var record = new ContainerRecord
        {
            Id = target.Record?.Id ?? $"process-{target.Pid.ToString(CultureInfo.InvariantCulture)}",
            InitPid = target.Pid,
            InitStartTime = target.Record is { } known && known.InitPid == target.Pid ? known.InitStartTime : ProcessIdentity.StartTimeOf(target.Pid),
            Complete = true,
            Started = true,
            KeyringName = target.Record?.KeyringName ?? "",
        };
        (record.CgroupDriver, record.CgroupPaths) = CgroupsOf(target);
        var configuration = new Configuration
        {
            OciVersion = "1.3.0",
            Process = process,
            Annotations = target.Configuration?.Annotations ?? [],
            Linux = new Linux
            {
                Seccomp = target.Configuration?.Linux?.Seccomp,
                Personality = target.Configuration?.Linux?.Personality,
                MemoryPolicy = target.Configuration?.Linux?.MemoryPolicy,
                UidMappings = target.Configuration?.Linux?.UidMappings ?? [],
                GidMappings = target.Configuration?.Linux?.GidMappings ?? [],
            },
        };
        foreach (NamespaceType type in NamespaceType.All)
        {
            if ((foreign & type.Flag) != 0)
            {
                configuration.Linux.Namespaces.Add(new Namespace(NamespacesPlan.WordOf(type), null));
            }
        }

        return (record, configuration);
    }

    private static (string Driver, Dictionary<string, string> Paths) CgroupsOf(EnterTarget target)
    {
        string text = Files.ReadText($"/proc/{target.Pid}/cgroup");

        // With cgroup2 alone the container's record says where that is mounted; its line is the last. A group outside the caller's cgroup namespace is left to who looks at the mount.
        int last = text.TrimEnd('\n').LastIndexOf('\n') + 1;
        if (target.Record is { CgroupDriver: "v2", CgroupPaths: { Count: 1 } recorded } && text.AsSpan(last) is ['0', ':', ':', '/', ..] own && own is not ['0', ':', ':', '/', '.', '.', ..])
        {
            foreach (string mountPoint in recorded.Keys)
            {
                return ("v2", new() { [mountPoint] = own["0::".Length..].TrimEnd('\n').ToString() });
            }
        }

        CgroupLayout layout = ContainerCgroup.Layout;
        Dictionary<string, string> paths = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);
            if (parts[1].Length == 0 && layout.Unified is { } unified)
            {
                paths[unified.MountPoint] = parts[2];
                continue;
            }

            foreach (CgroupHierarchy hierarchy in layout.Version1)
            {
                if (parts[1].Length > 0 && hierarchy.Has(parts[1].Split(',')[0]))
                {
                    paths[hierarchy.MountPoint] = parts[2];
                }
            }
        }

        return (layout.Driver, paths);
    }

    private static List<string> Shell(EnterTarget target, Process process, bool login)
    {
        using OwnedFd root = Files.Open($"/proc/{target.Pid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        PasswordLine? line = login ? PasswordFile.Find(root, process.User.Uid) : null;
        string shell = line is { Shell.Length: > 0 } ? line.Shell : "/bin/sh";
        if (Files.TryOpenResolved(root, shell, Fcntl.O_PATH, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? file) != 0 || file is null)
        {
            throw new ContainerException($"cannot enter {target.Words}: it has no shell \"{shell}\"", FailureCode.CommandNotFound, "give a command behind --, or bring the machine's tools with --with-host");
        }

        file.Dispose();
        if (!login)
        {
            return [shell];
        }

        process.Cwd = line?.Home is ['/', ..] ? line.Home : "/";
        string[] set = [$"HOME={process.Cwd}", $"SHELL={shell}", $"USER={line?.Name ?? "root"}", $"LOGNAME={line?.Name ?? "root"}", $"TERM={Environment.GetEnvironmentVariable("TERM") ?? "dumb"}"];
        process.Env.RemoveAll(old => Contains(set, old));
        process.Env.AddRange(set);
        return [shell, "-l"];
    }

    private static bool Contains(IReadOnlyList<string> variables, string old)
    {
        int equals = old.IndexOf('=', StringComparison.Ordinal);
        foreach (string variable in variables)
        {
            if (equals > 0 && variable.AsSpan().StartsWith(old.AsSpan(0, equals + 1), StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
