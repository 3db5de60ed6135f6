// RUNS IN: caller, child of clone3, entry before the runtime. No GC.
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rideau.Kernel.Raw;

/// <summary>The one door to the kernel. Allocates nothing, takes no lock, has no poll for the garbage collector.</summary>
/// <remarks>
/// In the published program the call compiles to a plain <c>call syscall</c>. Under the just-in-time
/// compiler (unit tests) it goes through an ordinary P/Invoke, which must not be used after clone3;
/// ChildProcess refuses to clone there.
/// man: syscall(2)
/// </remarks>
public static unsafe class RawSyscall
{
    /// <summary>Makes a system call.</summary>
    /// <returns>The kernel's result, or the negative errno.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Invoke(nint number, nint a0 = 0, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0)
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            return InvokeUnderJit(number, a0, a1, a2, a3, a4, a5);
        }

        nint result = Syscall(number, a0, a1, a2, a3, a4, a5);
        return result == -1 ? -*ErrnoLocation() : result;
    }

    /// <summary>Makes a system call, and makes it again as often as it is interrupted.</summary>
    /// <returns>The kernel's result, or the negative errno; never EINTR.</returns>
    public static nint Retry(nint number, nint a0 = 0, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0)
    {
        nint result;
        do
        {
            result = Invoke(number, a0, a1, a2, a3, a4, a5);
        }
        while (result == -Abi.Errno.EINTR);
        return result;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("syscall")]
    private static extern nint Syscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__errno_location")]
    internal static extern int* ErrnoLocation();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint InvokeUnderJit(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5)
    {
        nint result = SyscallUnderJit(number, a0, a1, a2, a3, a4, a5);
        return result == -1 ? -Marshal.GetLastSystemError() : result;
    }

    [DllImport("libc", EntryPoint = "syscall"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SyscallUnderJit(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);
}
