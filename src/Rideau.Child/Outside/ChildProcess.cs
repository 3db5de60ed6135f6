// RUNS IN: caller, up to clone3
using System;
using System.Runtime.CompilerServices;
using Rideau.Child.Contract;
using Rideau.Child.Inside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Outside;

/// <summary>A child that carries a plan out. The only clone3 of the program's own images is here.</summary>
public sealed class ChildProcess : IDisposable
{
    private ChildProcess(int pid, OwnedFd pidFd)
    {
        Pid = pid;
        PidFd = pidFd;
    }

    /// <summary>As the caller's pid namespace numbers it.</summary>
    public int Pid { get; }

    /// <summary>Holds the process: it is readable when the process has ended.</summary>
    public OwnedFd PidFd { get; }

    /// <summary>Makes the child. It begins with the plan at once. Who gave it an image lets go of that when the child has its word to go on (<see cref="ChildPlanBuilder.LetGoOfImage"/>).</summary>
    /// <param name="plan">The plan; it is made read-only, and must stay until the child has become another program.</param>
    /// <param name="namespaces">CLONE_NEW flags.</param>
    /// <param name="cgroup">A directory of cgroup v2 that the child is born into (kernel 5.7), or null.</param>
    /// <param name="channel">What caller and child speak over: the child lets go of the caller's end, so that it notices when the caller is gone.</param>
    /// <param name="sharesMemory">The caller stands still until the child has become its program or has failed, and its memory is not copied. For a plan that waits for nobody, joins no user namespace and needs no image.</param>
    /// <exception cref="LinuxException">clone3: EPERM, ENOSPC (too many namespaces), EAGAIN (RLIMIT_NPROC, pids.max), EBUSY and EOPNOTSUPP (the cgroup).</exception>
    /// <exception cref="PlatformNotSupportedException">Not the published program: under the just-in-time compiler nothing may run between clone3 and execve.</exception>
    /// <remarks>man: clone(2) · kernel 5.3+ · runs in: caller</remarks>
    public static unsafe ChildProcess Start(ChildPlanBuilder plan, long namespaces, OwnedFd? cgroup = null, ChildChannel? channel = null, bool sharesMemory = false)
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException("clone3 without execve needs the published program (NativeAOT)");
        }

        plan.Seal();

        // Where the caller's caller ignores SIGCHLD, the kernel would collect the child, and its status with it (wait(2)).
        _ = ProcessSteps.ResetSignals(1UL << 16); // ignored: it cannot fail
        plan.Board->CallersEnd = channel?.Caller.Number ?? -1;
        int pidfd = -1;
        clone_args arguments = default;
        arguments.flags = (ulong)(namespaces | Sched.CLONE_PIDFD | Sched.CLONE_CLEAR_SIGHAND | (cgroup is null ? 0 : Sched.CLONE_INTO_CGROUP));
        arguments.pidfd = (ulong)&pidfd;
        arguments.exit_signal = 17; // SIGCHLD
        arguments.cgroup = cgroup is null ? 0 : (ulong)cgroup.Number;
        // A child that begins with an image of its own needs no copy of the caller's memory, which takes time to make.
        // In a new time namespace a process comes by fork alone before kernel 6.0.
        nint pid = (plan.BeginsWithImage || sharesMemory) && (namespaces & (Sched.CLONE_NEWUSER | Sched.CLONE_NEWTIME)) == 0
            ? CloneInSharedMemory(&arguments, plan.Board, plan.Stack)
            : CloneAndRun(&arguments, plan.Steps, plan.Count, plan.Board);
        if (pid <= 0)
        {
            // The caller may try again, in another group: the image is still needed, and its number must not become another file's.
            throw new LinuxException("clone3", (int)-pid, NamespaceFlags.Describe(namespaces) + (cgroup is null ? "" : "|CLONE_INTO_CGROUP"));
        }

        return new ChildProcess((int)pid, new OwnedFd(pidfd));
    }

    /// <summary>Carries the plan out in the caller's own process, which becomes the program that its last step executes. Returns only where a step has failed: see <see cref="ChildPlanBuilder.Failure"/>.</summary>
    /// <param name="plan">Of steps that a process with one thread can take for itself.</param>
    public static unsafe void Become(ChildPlanBuilder plan)
    {
        plan.Seal();
        _ = ChildProgram.Carry(plan.Steps, plan.Count, plan.Board, 0); // ignored: the plan says it
    }

    /// <summary>The sibling that goes on after a CloneOnward. This one, which has ended, is collected.</summary>
    /// <param name="pid">As the child wrote it; the process is the caller's child, so the number cannot have been used again.</param>
    public ChildProcess Follow(int pid)
    {
        Wait();
        nint descriptor = RawSyscall.Invoke(SyscallNumber.pidfd_open, pid, 0);
        return descriptor >= 0 ? new ChildProcess(pid, new OwnedFd((int)descriptor)) : throw new LinuxException("pidfd_open", (int)-descriptor, $"{pid}");
    }

    /// <summary>A child of the caller's that another program has made as its sibling (CLONE_PARENT). Nothing is waited for.</summary>
    /// <param name="pid">What that program says; it need not be true.</param>
    /// <returns>Null where no child of the caller's has that number.</returns>
    public static unsafe ChildProcess? TryAdopt(int pid)
    {
        nint descriptor = pid <= 0 ? -1 : RawSyscall.Invoke(SyscallNumber.pidfd_open, pid, 0);
        if (descriptor < 0)
        {
            return null;
        }

        // Only of a child does waitid(2) say anything but ECHILD; P_PIDFD, WEXITED|WNOHANG|WNOWAIT.
        var child = new ChildProcess(pid, new OwnedFd((int)descriptor));
        int* information = stackalloc int[32];
        if (RawSyscall.Retry(SyscallNumber.waitid, 3, descriptor, (nint)information, 0x1000005, 0) >= 0)
        {
            return child;
        }

        child.Dispose();
        return null;
    }

    /// <summary>Waits for the end, at most so long; collects the process if it has ended.</summary>
    /// <param name="timeoutMilliseconds">-1 waits without a limit.</param>
    /// <param name="code">CLD_EXITED (1), CLD_KILLED (2) or CLD_DUMPED (3).</param>
    /// <param name="status">The exit status, or the signal.</param>
    public unsafe bool TryWait(int timeoutMilliseconds, out int code, out int status)
    {
        code = 0;
        status = 0;
        if (timeoutMilliseconds >= 0 && !HasEnded(timeoutMilliseconds))
        {
            return false;
        }

        int* information = stackalloc int[32];
        nint result = RawSyscall.Retry(SyscallNumber.waitid, 3, PidFd.Number, (nint)information, 4, 0); // P_PIDFD, WEXITED
        code = information[2];
        status = information[6];
        return result >= 0 ? true : throw new LinuxException("waitid", (int)-result, $"P_PIDFD, {Pid}");
    }

    private unsafe bool HasEnded(int timeoutMilliseconds)
    {
        nint poll = PidFd.Number | ((nint)1 << 32); // struct pollfd: POLLIN
        nint* limit = stackalloc nint[2];
        limit[0] = timeoutMilliseconds / 1000;
        limit[1] = timeoutMilliseconds % 1000 * 1000000;
        nint ready;
        do
        {
            // Linux writes the time that is left to the limit, so an interrupted wait goes on with that.
            ready = RawSyscall.Invoke(SyscallNumber.ppoll, (nint)(&poll), 1, (nint)limit, 0, 8);
        }
        while (ready == -Errno.EINTR);
        return ready >= 0 ? ready > 0 : throw new LinuxException("ppoll", (int)-ready, "a pidfd");
    }

    /// <summary>Kills the process, if it still runs, and collects it; the sibling that goes on after a CloneOnward too.</summary>
    /// <param name="plan">The plan, if it has a CloneOnward.</param>
    public void KillAndWait(ChildPlanBuilder? plan = null)
    {
        _ = RawSyscall.Invoke(SyscallNumber.pidfd_send_signal, PidFd.Number, 9, 0, 0); // ignored: it may have ended
        Wait();
        if (plan is not null && plan.OnwardPid != 0 && plan.OnwardPid != Pid)
        {
            using ChildProcess sibling = Follow(plan.OnwardPid);
            sibling.KillAndWait(plan);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => PidFd.Dispose();

    private unsafe void Wait()
    {
        int* information = stackalloc int[32];
        _ = RawSyscall.Retry(SyscallNumber.waitid, 3, PidFd.Number, (nint)information, 4, 0); // P_PIDFD, WEXITED; ignored: it may be collected
    }

    // The crossing. The child never returns through this frame: a return address that the collector has
    // changed would wait for a thread that the child does not have.
    // SAFETY: all memory is the plan's, which the caller keeps; the child has a copy of it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe nint CloneAndRun(clone_args* arguments, ChildStep* steps, int count, ChildBoard* board)
    {
        ulong all = ~0UL;
        ulong before = 0;
        _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 0, (nint)(&all), (nint)(&before), 8); // ignored: cannot fail with these arguments
        nint pid = RawSyscall.Invoke(SyscallNumber.clone3, (nint)arguments, sizeof(clone_args));
        if (pid == 0)
        {
            ChildProgram.Run(steps, count, board, 0);
        }

        _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 2, (nint)(&before), 0, 8); // ignored: likewise
        return pid;
    }

    // The caller's thread stands still until the child has its own image, or has ended (CLONE_VFORK).
    // SAFETY: the child runs on a stack of its own, in the plan's memory, and touches nothing else.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe nint CloneInSharedMemory(clone_args* arguments, ChildBoard* board, nint stack)
    {
        ulong all = ~0UL;
        ulong before = 0;
        arguments->flags |= (ulong)(Sched.CLONE_VM | Sched.CLONE_VFORK);
        arguments->stack = (ulong)stack;
        arguments->stack_size = PlanMemory.StackBytes;
        _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 0, (nint)(&all), (nint)(&before), 8); // ignored: cannot fail with these arguments
        nint pid = RawClone.Invoke(arguments, &ImageSteps.Begin, board);
        _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 2, (nint)(&before), 0, 8); // ignored: likewise
        return pid;
    }
}
