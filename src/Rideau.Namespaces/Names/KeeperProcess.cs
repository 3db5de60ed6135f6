using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Starts this program as a keeper: a process that holds descriptors and waits, where the kernel lets nobody bind files.</summary>
/// <remarks>docs/decisions/0008-the-keeper.md</remarks>
internal static class KeeperProcess
{
    private const string Word = "ns-keeper";

    /// <summary>Starts a keeper of these descriptors; they have the same numbers there.</summary>
    /// <param name="attempt">For errors.</param>
    /// <param name="name">What it keeps, for ps.</param>
    /// <param name="kept">The descriptors.</param>
    internal static HeldProcess Start(string attempt, string name, IReadOnlyList<OwnedFd> kept)
    {
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        AddSteps(plan, name, kept);
        using ChildProcess child = ChildProcess.Start(plan, 0, null, channel);
        channel.Child.Dispose();
        if (channel.Receive(out _) != ChildChannel.EndOfFile || plan.Failure is not null)
        {
            child.KillAndWait();
            throw PlanFailures.Describe($"{attempt}: cannot start its keeper", plan);
        }

        return HeldProcess.Of(child.Pid);
    }

    /// <summary>The last steps of a child that becomes a keeper: away from the caller's session, directory and streams, with nothing but what it keeps.</summary>
    internal static void AddSteps(ChildPlanBuilder plan, string name, IReadOnlyList<OwnedFd> kept)
    {
        plan.Begin("leave the caller's session");
        plan.Call(SyscallNumber.setsid);
        plan.Call(SyscallNumber.umask, 0x3f); // 077
        plan.Begin("let go of the caller's streams");
        Slot none = plan.NewSlot("null device");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/dev/null"), Fcntl.O_RDWR | Fcntl.O_CLOEXEC).Into(none);
        for (int stream = 0; stream <= 2; stream++)
        {
            plan.Call(SyscallNumber.dup3, none, stream, 0);
        }

        plan.Begin("find the program itself");
        Slot program = plan.NewSlot("program");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/proc/self/exe"), Fcntl.O_PATH | Fcntl.O_CLOEXEC).Into(program);
        plan.Begin("leave the working directory");
        plan.Call(SyscallNumber.chdir, plan.Text("/"));
        plan.Begin("keep only what is to be kept");
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        foreach (OwnedFd fd in kept)
        {
            plan.Call(SyscallNumber.fcntl, fd, Fcntl.F_SETFD, 0);
        }

        plan.Begin("execute the keeper");
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execveat, program, plan.Text(""), plan.TextArray(["rideau", Word, name]), plan.TextArray([]), Fcntl.AT_EMPTY_PATH);
    }
}
