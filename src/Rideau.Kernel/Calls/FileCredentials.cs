using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>As whom this thread touches files, and in which user namespace. man: setfsuid(2), setns(2), capabilities(7) · runs in: caller</summary>
public static class FileCredentials
{
    private const int NoSetuidFixup = 1 << 2; // SECBIT_NO_SETUID_FIXUP
    private const int PR_GET_SECUREBITS = 27;
    private const int PR_SET_SECUREBITS = 28;

    /// <summary>Joins a user namespace, in which the process then has all capabilities and outside of which none, for good.</summary>
    /// <returns>0, or the positive errno: EINVAL where the process has other threads, EPERM.</returns>
    public static int TryJoin(OwnedFd userNamespace)
    {
        // Not even root of that namespace may look into a process that came from above it.
        nint result = RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
        result = result < 0 ? result : RawSyscall.Invoke(SyscallNumber.setns, userNamespace.Number, (nint)Sched.CLONE_NEWUSER);
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>Keeps this thread's capabilities whoever it is towards files.</summary>
    /// <returns>0, or the positive errno: EPERM without CAP_SETPCAP.</returns>
    public static int TryKeepCapabilities()
    {
        nint bits = RawSyscall.Invoke(SyscallNumber.prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
        nint result = RawSyscall.Invoke(SyscallNumber.prctl, PR_SET_SECUREBITS, bits | NoSetuidFixup, 0, 0, 0);
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>Becomes somebody towards files.</summary>
    /// <returns>False where the ids are not mapped, or the caller may not.</returns>
    public static bool TryBecome(uint uid, uint gid)
    {
        _ = RawSyscall.Invoke(SyscallNumber.setfsgid, unchecked((int)gid)); // ignored: it returns who was before, whatever comes of it
        _ = RawSyscall.Invoke(SyscallNumber.setfsuid, unchecked((int)uid)); // ignored: likewise
        return (uint)RawSyscall.Invoke(SyscallNumber.setfsuid, -1) == uid && (uint)RawSyscall.Invoke(SyscallNumber.setfsgid, -1) == gid;
    }
}
