using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Other processes, held by descriptors. man: pidfd_open(2), pidfd_send_signal(2), poll(2) · kernel 5.3+ · runs in: caller</summary>
public static unsafe class Processes
{
    /// <summary>A descriptor that stands for the process, as long as it is open.</summary>
    /// <returns>0, or the positive errno: ESRCH.</returns>
    public static int TryOpen(int pid, out OwnedFd? pidfd)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.pidfd_open, pid, 0);
        pidfd = result >= 0 ? new OwnedFd((int)result) : null;
        // EINVAL on older kernels (6.12): the process has been collected, and its number is still that of a session or process group.
        return result >= 0 ? 0 : result == -Errno.EINVAL ? Errno.ESRCH : (int)-result;
    }

    /// <summary>Class (from bit 13 on) and priority of its I/O, ioprio_get(2); 0 is "none".</summary>
    public static int IoPriorityOf(int pid)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.ioprio_get, Resource.IOPRIO_WHO_PROCESS, pid);
        return result < 0 ? 0 : (int)result;
    }

    /// <summary>Lets the process run on every processor that its cgroup allows, sched_setaffinity(2).</summary>
    /// <returns>0, or the positive errno: EPERM, ESRCH.</returns>
    public static int TryAllowAllProcessors(int pid)
    {
        const int words = 128; // 8,192 processors, the kernel's most
        ulong* mask = stackalloc ulong[words];
        new System.Span<ulong>(mask, words).Fill(ulong.MaxValue);
        return (int)-RawSyscall.Invoke(SyscallNumber.sched_setaffinity, pid, words * sizeof(ulong), (nint)mask);
    }

    /// <summary>A copy of a descriptor of the process (kernel 5.6).</summary>
    /// <returns>0, or the positive errno: EBADF, EPERM without the right to trace it.</returns>
    public static int TryTakeDescriptor(OwnedFd pidfd, int descriptor, out OwnedFd? copy)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.pidfd_getfd, pidfd.Number, descriptor, 0);
        copy = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Sends a signal.</summary>
    /// <returns>0, or the positive errno: ESRCH, EPERM, EINVAL.</returns>
    public static int TrySignal(OwnedFd pidfd, int signal) =>
        (int)-RawSyscall.Invoke(SyscallNumber.pidfd_send_signal, pidfd.Number, signal, 0, 0);

    /// <summary>Waits until the process has ended (it may still be a zombie).</summary>
    /// <returns>False where the time ran out.</returns>
    public static bool WaitForEnd(OwnedFd pidfd, int timeoutMilliseconds)
    {
        nint poll = pidfd.Number | ((nint)1 << 32); // struct pollfd: POLLIN
        nint* limit = stackalloc nint[2];
        limit[0] = timeoutMilliseconds / 1000;
        limit[1] = timeoutMilliseconds % 1000 * 1000000;
        return Syscalls.Check(Syscalls.Retry(SyscallNumber.ppoll, (nint)(&poll), 1, timeoutMilliseconds < 0 ? 0 : (nint)limit, 0, 8), "ppoll", "a pidfd") > 0;
    }
}
