using System;
using Rideau.Child.Before;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Runs a command in namespaces.</summary>
public static class NamespaceVisit
{
    private const byte Go = (byte)'g';

    /// <summary>Runs the command and waits for its end; signals are passed on.</summary>
    /// <param name="attempt">"cannot run a command in \"lab\"".</param>
    /// <param name="join">The namespaces.</param>
    /// <param name="options">The command.</param>
    /// <returns>Its exit status, or 128 + n where signal n ended it.</returns>
    public static int Run(string attempt, JoinPlan join, VisitOptions options)
    {
        if (options.IsLast && CanBecome(join, options))
        {
            return options.Cgroup is null ? throw Become(attempt, join, options) : RunQuickly(attempt, join, options);
        }

        if (options.View == VisitView.Tools)
        {
            VisitViewPlan.CheckTools(attempt, options.Tools);
        }

        using OwnedFd? devices = options.View == VisitView.Tools ? VisitViewPlan.CloneDevices(options.Tools) : null;
        using var plan = new ChildPlanBuilder(forImage: HasImage(join));
        using var channel = new ChildChannel();
        Write(plan, channel, join, options, devices);
        ChildProcess child = Start(attempt, plan, options, channel);
        channel.Child.Dispose();
        Prepare(options, child);
        _ = channel.TrySend(Go); // ignored: the end of file below says it
        plan.LetGoOfImage();
        if (join.GoesOn)
        {
            ForegroundWait.AwaitFirst(child);
        }

        bool ended = channel.Receive(out _) == ChildChannel.EndOfFile;
        if (!ended || plan.Failure is not null || (join.GoesOn && plan.OnwardPid == 0))
        {
            child.KillAndWait(plan); // also the one that went on for it: not collected, it would keep its pid namespace
            child.Dispose();
            throw ProgramFailures.Describe(attempt, plan, options.Command[0]);
        }

        options.Sockets?.Dispose(); // they are the command's alone
        if (join.GoesOn)
        {
            ChildProcess goBetween = child;
            child = goBetween.Follow(plan.OnwardPid);
            goBetween.Dispose();
        }

        using (child)
        {
            return ForegroundWait.Wait(child);
        }
    }

    // What a process can do for itself, with one thread and without a fork.
    private static bool CanBecome(JoinPlan join, VisitOptions options) =>
        Inherited.IsKnown && options.View == VisitView.Callers && (options.Cgroup is null || options.Prepare is null) && (join.Types & ~(Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS | Sched.CLONE_NEWCGROUP)) == 0;

    // Born in its group, the command is a process of its own; nothing is to be said to it, so it need not wait.
    private static int RunQuickly(string attempt, JoinPlan join, VisitOptions options)
    {
        using var plan = new ChildPlanBuilder();
        Write(plan, null, join, options, null);
        using ChildProcess child = Start(attempt, plan, options, null);
        if (plan.Failure is not null)
        {
            child.KillAndWait();
            throw ProgramFailures.Describe(attempt, plan, options.Command[0]);
        }

        options.Sockets?.Dispose(); // they are the command's alone
        return ForegroundWait.Wait(child);
    }

    // The caller's process is the command's then: no second one, and signals, terminal and status are its own.
    private static NamespaceException Become(string attempt, JoinPlan join, VisitOptions options)
    {
        using var plan = new ChildPlanBuilder();
        Write(plan, null, join, options, null);
        options.Prepare?.Invoke(Environment.ProcessId);
        ChildProcess.Become(plan);
        return ProgramFailures.Describe(attempt, plan, options.Command[0]);
    }

    // Who is visited sees a process in its pid namespace, and what that runs from. A program of somebody else's has no entry for a child.
    private static bool HasImage(JoinPlan join) => join.GoesOn && Inherited.IsKnown;

    private static ChildProcess Start(string attempt, ChildPlanBuilder plan, VisitOptions options, ChildChannel? channel)
    {
        try
        {
            return ChildProcess.Start(plan, 0, options.Cgroup, channel, sharesMemory: channel is null);
        }
        catch (LinuxException failure)
        {
            throw new NamespaceException($"{attempt}: cannot make its process", NamespaceFailure.General, NamespaceHints.Find("clone3", failure.Errno), failure);
        }
    }

    private static void Prepare(VisitOptions options, ChildProcess child)
    {
        try
        {
            options.Prepare?.Invoke(child.Pid);
        }
        catch
        {
            child.KillAndWait();
            child.Dispose();
            throw;
        }
    }

    private static void Write(ChildPlanBuilder plan, ChildChannel? channel, JoinPlan join, VisitOptions options, OwnedFd? devices)
    {
        bool joinsUser = (join.Types & Sched.CLONE_NEWUSER) != 0;
        if (channel is not null)
        {
            plan.Name(channel.Child.Number, "channel");
        }

        if (HasImage(join))
        {
            plan.Begin("go on in an image of the program that cannot be written");
            plan.GoOnInImage(options.Sockets?.Count ?? 0);
        }

        if (channel is not null)
        {
            plan.Begin("wait for the caller");
            plan.Receive(channel.Child, Go);
        }

        Argument? tools = options.View == VisitView.Tools ? VisitViewPlan.CopyTools(plan, options.Tools) : (Argument?)null;
        join.AddSteps(plan, options.Uid ?? (joinsUser ? 0u : null), options.Gid ?? (joinsUser ? 0u : null), standsStill: true);
        VisitViewPlan.Add(plan, join, options.View, tools, devices);
        AddDirectory(plan, join, options);
        plan.Begin("reset the signals");
        plan.ResetSignals(1UL << (Signals.SIGPIPE - 1)); // which the runtime ignores; what the caller ignores, as under nohup(1), the command does too
        if (Inherited.IsKnown)
        {
            plan.Begin("give the process the caller's limit of open files");
            plan.Call(SyscallNumber.prlimit64, 0, Resource.RLIMIT_NOFILE, plan.Data(new rlimit64 { rlim_cur = Inherited.OpenFilesSoft, rlim_max = Inherited.OpenFilesHard }), 0);
        }

        plan.Begin("mark what the process does not inherit");
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        options.Sockets?.AddSteps(plan);
        string program = options.Command[0];
        plan.Begin($"find the executable \"{program}\"");
        Slot executable = plan.NewSlot("executable");
        plan.FindExecutable(SearchPath.Candidates(program, options.Environment)).Into(executable);
        plan.Begin($"execute \"{program}\"");
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execve, executable, plan.TextArray(options.Command), options.Sockets?.Environment(plan, options.Environment) ?? plan.TextArray(options.Environment));
    }

    private static void AddDirectory(ChildPlanBuilder plan, JoinPlan join, VisitOptions options)
    {
        if (options.WorkingDirectory is { } directory)
        {
            plan.Begin($"change the working directory to \"{directory}\"");
            plan.Call(SyscallNumber.chdir, plan.Text(directory));
        }
        else if (options.View != VisitView.Tools && ((join.Types & Sched.CLONE_NEWNS) != 0 || options.View == VisitView.Monitor) && Files.ReadLink("/proc/self/cwd") is ['/', ..] own)
        {
            // setns(2) has led to the root of the mount namespace.
            plan.Begin("go to where the caller is");
            plan.Call(SyscallNumber.chdir, plan.Text(own)).Tolerating(Errno.ENOENT).Tolerating(Errno.EACCES).Tolerating(Errno.ENOTDIR).Tolerating(Errno.ELOOP);
        }
    }
}
