using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Who the caller is. man: credentials(7), user_namespaces(7) · runs in: caller</summary>
public static class Credentials
{
    /// <summary>The inode number of the first user namespace in nsfs (PROC_USER_INIT_INO).</summary>
    private const ulong InitialUserNamespace = 0xEFFFFFFD;

    public static uint EffectiveUid => (uint)RawSyscall.Invoke(SyscallNumber.geteuid);

    public static uint EffectiveGid => (uint)RawSyscall.Invoke(SyscallNumber.getegid);

    /// <summary>The caller's pid, as its pid namespace numbers it.</summary>
    public static int ProcessId => (int)RawSyscall.Invoke(SyscallNumber.getpid);

    /// <summary>True where the caller is in the machine's first user namespace, in which uid 0 is the machine's root.</summary>
    public static bool IsInitialUserNamespace =>
        Files.TryStatus("/proc/self/ns/user", out FileStatus status) != 0 || status.Inode == InitialUserNamespace;

    /// <summary>Nobody of the same user may look into this process (PR_SET_DUMPABLE).</summary>
    public static void HideFromOthers() => _ = RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0); // ignored: cannot fail with these arguments

    /// <summary>This process, which has one thread, has no capabilities any more, and gains none by executing something.</summary>
    /// <exception cref="LinuxException">capset, prctl.</exception>
    public static unsafe void DropCapabilities()
    {
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS, 1");
        cap_user_header header = new() { version = Capability._LINUX_CAPABILITY_VERSION_3 };
        cap_user_data none = default;
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.capset, (nint)(&header), (nint)(&none)), "capset", "none");
    }

    /// <summary>The caller's bounding set, effective set and so on are asked one capability at a time.</summary>
    /// <returns>True where the capability is in the bounding set.</returns>
    public static bool IsInBoundingSet(int capability) =>
        RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_CAPBSET_READ, capability) == 1;

    /// <summary>The caller's permitted capabilities as bits: what a child of it, or a program that root executes, can have at most. man: capget(2)</summary>
    public static unsafe ulong PermittedCapabilities
    {
        get
        {
            var header = new cap_user_header { version = Capability._LINUX_CAPABILITY_VERSION_3 };
            cap_user_data data = default;

            // SAFETY: both live in this frame until the call returns.
            nint result = RawSyscall.Invoke(SyscallNumber.capget, (nint)(&header), (nint)(&data));
            return result < 0 ? ulong.MaxValue : data.permitted0 | ((ulong)data.permitted1 << 32);
        }
    }
}
