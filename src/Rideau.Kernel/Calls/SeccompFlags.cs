using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>What this kernel's seccomp(2) knows. man: seccomp(2) · runs in: caller</summary>
public static class SeccompFlags
{
    /// <summary>True where the kernel knows the flag of SECCOMP_SET_MODE_FILTER. No filter is set: none is given.</summary>
    public static bool IsKnown(uint flag) =>
        RawSyscall.Invoke(SyscallNumber.seccomp, 1, (nint)flag, 0) == -Errno.EFAULT; // SECCOMP_SET_MODE_FILTER; EINVAL for an unknown flag
}
