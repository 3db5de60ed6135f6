using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Limits of another process. man: prlimit(2) · runs in: caller</summary>
public static unsafe class ResourceLimits
{
    /// <summary>Both limits; a process that has ended has none (0, 0).</summary>
    public static rlimit64 Get(int pid, int resource)
    {
        rlimit64 limit = default;
        nint result = RawSyscall.Invoke(SyscallNumber.prlimit64, pid, resource, 0, (nint)(&limit));
        return result == -Errno.ESRCH ? limit : result >= 0 ? limit : throw new LinuxException("prlimit64", (int)-result, $"{pid}, {resource}");
    }

    /// <summary>Both limits, where they may be looked at.</summary>
    /// <returns>0, or the positive errno: EPERM (a process of another user, without CAP_SYS_RESOURCE), ESRCH.</returns>
    public static int TryGet(int pid, int resource, out rlimit64 limit)
    {
        rlimit64 found = default;
        nint result = RawSyscall.Invoke(SyscallNumber.prlimit64, pid, resource, 0, (nint)(&found));
        limit = found;
        return (int)-result;
    }

    /// <summary>Sets both.</summary>
    /// <returns>0, or the positive errno: EPERM (raising a hard limit needs CAP_SYS_RESOURCE), EINVAL, ESRCH.</returns>
    public static int TrySet(int pid, int resource, rlimit64 limit) =>
        (int)-RawSyscall.Invoke(SyscallNumber.prlimit64, pid, resource, (nint)(&limit), 0);
}
