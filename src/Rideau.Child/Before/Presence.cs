// RUNS IN: before the C library has started, and the runtime's start. One thread, no GC, raw code only.
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>Makes memory that is about to be written present in a few calls, where each page would be a fault.</summary>
/// <remarks>man: madvise(2), MADV_POPULATE_WRITE (Linux 5.14). Where the kernel does not know it, pages come one by one.</remarks>
internal static unsafe class Presence
{
    private const nint PageBytes = 4096;

    // Near the segment's start, behind tables that need no change, lies what is written before it becomes read-only; the C library and the runtime write to the end of the
    // file's part, and to the end of what has none, as they start.
    private const nint BehindStart = 3 * PageBytes;
    private const nint AtStart = 5 * PageBytes;
    private const nint BeforeFileEnd = 2 * PageBytes;
    private const nint BehindFileEnd = PageBytes;
    private const nint BeforeEnd = 16 * PageBytes;

    // glibc takes 132 KiB at a time (malloc(3), M_TOP_PAD) behind the thread's area; the runtime's start uses a third of it.
    private const nint LibraryHeapBytes = 34 * PageBytes;
    private const nint LibraryHeapUsedBytes = 10 * PageBytes;

    // The step by which the collector takes memory of a region, and what a short command needs of it: of the first for its objects, of the next for those of static fields.
    private const nint StepBytes = 64 << 10;
    private const nint FirstUsedBytes = 8 * PageBytes;
    private const nint NextUsedBytes = 5 * PageBytes;
    private static bool s_isNext;

    /// <summary>The program's variables. Its code and constants come as they are used, sixteen pages with each fault: functions of the usual commands lie together.</summary>
    internal static void OfVariables(OwnImage image)
    {
        image.FindWritable(out nint start, out nint fileEnd, out nint end);
        Make(start + BehindStart, start + AtStart);
        Make(fileEnd - BeforeFileEnd, fileEnd + BehindFileEnd);
        Make(end - BeforeEnd, end);
    }

    /// <summary>What the runtime takes from the C library's heap as it starts, once the library has that.</summary>
    internal static void OfLibraryHeap()
    {
        nint start = RawSyscall.Invoke(SyscallNumber.brk) - LibraryHeapBytes;
        Make(start, start + LibraryHeapUsedBytes);
    }

    /// <summary>A part of the heap that the collector is about to use.</summary>
    internal static void OfHeap(nint address, nint bytes)
    {
        if (bytes == StepBytes)
        {
            Make(address, address + (s_isNext ? NextUsedBytes : FirstUsedBytes));
            s_isNext = true;
        }
    }

    private static void Make(nint start, nint end)
    {
        start &= ~(PageBytes - 1);
        end = (end + PageBytes - 1) & ~(PageBytes - 1);
        _ = RawSyscall.Invoke(SyscallNumber.madvise, start, end - start, Memory.MADV_POPULATE_WRITE); // ignored: it only saves time
    }
}
