using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Starts this program once more, beside the caller: with a command line, no streams but for errors, in a session of its own.</summary>
internal static class OwnProgram
{
    /// <summary>Starts it.</summary>
    /// <param name="plan">An empty plan, which must stay until the program runs.</param>
    /// <param name="channel">Over which is seen when it does.</param>
    /// <param name="words">The command line, without the program's own name.</param>
    /// <param name="errors">Where it says what fails.</param>
    /// <param name="kept">A descriptor that it has under the same number, or null.</param>
    /// <exception cref="NamespaceException">It could not be started.</exception>
    internal static ChildProcess Start(string attempt, ChildPlanBuilder plan, ChildChannel channel, IReadOnlyList<string> words, OwnedFd errors, OwnedFd? kept)
    {
        plan.Begin("leave the caller's session");
        plan.Call(SyscallNumber.setsid);
        plan.Begin("let go of the caller's streams");
        Slot none = plan.NewSlot("null device");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/dev/null"), Fcntl.O_RDWR | Fcntl.O_CLOEXEC).Into(none);
        plan.Call(SyscallNumber.dup3, none, 0, 0);
        plan.Call(SyscallNumber.dup3, none, 1, 0);
        plan.Call(SyscallNumber.dup3, errors, 2, 0);
        plan.Begin("find the program itself");
        Slot program = plan.NewSlot("program");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/proc/self/exe"), Fcntl.O_PATH | Fcntl.O_CLOEXEC).Into(program);
        plan.Begin("leave the working directory");
        plan.Call(SyscallNumber.chdir, plan.Text("/"));
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        if (kept is not null)
        {
            plan.Call(SyscallNumber.fcntl, kept, Fcntl.F_SETFD, 0);
        }

        plan.Begin("execute the program itself");
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execveat, program, plan.Text(""), plan.TextArray(["rideau", .. words]), plan.TextArray(InheritedEnvironment.Variables), Fcntl.AT_EMPTY_PATH);
        ChildProcess child = ChildProcess.Start(plan, 0, null, channel);
        channel.Child.Dispose();
        if (plan.Failure is not null)
        {
            child.KillAndWait();
            child.Dispose();
            throw PlanFailures.Describe(attempt, plan);
        }

        return child;
    }
}
