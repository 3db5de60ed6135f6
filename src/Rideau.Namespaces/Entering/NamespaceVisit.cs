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
        using OwnedFd? tools = options.View == VisitView.Tools ? VisitViewPlan.CloneTools(attempt, options.Tools) : null;
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        Write(plan, channel, join, options, tools);
        ChildProcess child;
        try
        {
            child = ChildProcess.Start(plan, 0, null, channel);
        }
        catch (LinuxException failure)
        {
            throw new NamespaceException($"{attempt}: cannot make its process", NamespaceFailure.General, NamespaceHints.Find("clone3", failure.Errno), failure);
        }

        channel.Child.Dispose();
        Prepare(options, child);
        _ = channel.TrySend(Go); // ignored: the end of file below says it
        bool ended = channel.Receive(out _) == ChildChannel.EndOfFile;
        if (!ended || plan.Failure is not null)
        {
            child.KillAndWait();
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

    private static void Write(ChildPlanBuilder plan, ChildChannel channel, JoinPlan join, VisitOptions options, OwnedFd? tools)
    {
        bool joinsUser = (join.Types & Sched.CLONE_NEWUSER) != 0;
        plan.Name(channel.Child.Number, "channel");
        plan.Begin("wait for the caller");
        plan.Receive(channel.Child, Go);
        join.AddSteps(plan, options.Uid ?? (joinsUser ? 0u : null), options.Gid ?? (joinsUser ? 0u : null));
        VisitViewPlan.Add(plan, join, options.View, tools);
        AddDirectory(plan, join, options);
        plan.Begin("reset the signals");
        plan.ResetSignals(Signals.Ignored());
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
