using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>What all wrappers share: EINTR and the check of a result.</summary>
internal static class Syscalls
{
    internal static nint Retry(nint number, nint a0 = 0, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0) =>
        RawSyscall.Retry(number, a0, a1, a2, a3, a4, a5);

    internal static nint Check(nint result, string operation, string arguments = "") =>
        result >= 0 ? result : throw new LinuxException(operation, (int)-result, arguments);
}
