// RUNS IN: before the C library has started. One thread, no runtime, no GC, raw code only.
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>The thread's own area, in which the C library keeps errno: the door to the kernel needs no more of the library.</summary>
/// <remarks>It begins below the address that the register FS holds, and at that address its own address is read (System V ABI, ELF TLS, variant II).</remarks>
internal static unsafe class ThreadArea
{
    private const int Bytes = 4096;
    private const int AboveBytes = 64;
    private static Area s_area;

    /// <summary>Gives the thread its area. Where the kernel forbids that, the process ends by SIGSEGV here: the C library could not begin either.</summary>
    /// <returns>False where the program's area is larger than what is kept for it here: the C library has to do it.</returns>
    internal static bool Provide(OwnImage image)
    {
        if (image.ThreadBytes > Bytes - (2 * AboveBytes))
        {
            return false;
        }

        fixed (Area* area = &s_area)
        {
            nint place = ((nint)area + Bytes - AboveBytes) & ~(nint)(AboveBytes - 1);
            *(nint*)place = place;
            return RawSyscall.Invoke(SyscallNumber.arch_prctl, ArchPrctl.ARCH_SET_FS, place) == 0;
        }
    }

    private struct Area
    {
        internal fixed byte Room[Bytes];
    }
}
