using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Numbers that nobody can guess, from the kernel.</summary>
/// <remarks>man: getrandom(2) · runs in: caller</remarks>
public static unsafe class RandomBytes
{
    /// <summary>Sixteen hexadecimal digits.</summary>
    public static string Hexadecimal()
    {
        ulong number = 0;
        nint got;
        do
        {
            got = RawSyscall.Invoke(SyscallNumber.getrandom, (nint)(&number), sizeof(ulong), 0);
        }
        while (got == -Errno.EINTR);
        return got == sizeof(ulong) ? number.ToString("x16") : throw new LinuxException("getrandom", (int)-got, "8 bytes");
    }
}
