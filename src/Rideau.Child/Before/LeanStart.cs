// RUNS IN: the runtime's start. One thread, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>Stands in for functions of the .NET runtime that ask the machine what a short program need not know.</summary>
/// <remarks>
/// The linker puts each in the place of the function named beside it (Rideau.csproj, <c>--wrap</c>);
/// docs/decisions/0006-lean-start.md says what each would have done, what it cost, and what is given up.
/// </remarks>
internal static unsafe class LeanStart
{
    private const int OnlineProcessors = 84;
    private const int ConfiguredProcessors = 83;

    /// <summary>InitializeCpuCGroup, InitializeCGroup, NUMASupportInitialize: limits and nodes that size a server's heaps.</summary>
    [RuntimeExport("rideau_nothing")]
    private static void Nothing()
    {
    }

    /// <summary>madvise: whether a core dump leaves memory out.</summary>
    [RuntimeExport("rideau_madvise")]
    private static int AdviseMemory(void* address, nuint length, int advice) =>
        advice is 16 or 17 ? 0 : (int)RawSyscall.Invoke(SyscallNumber.madvise, (nint)address, (nint)length, advice);

    /// <summary>GCToOSInterface::GetCacheSizePerLogicalCpu: bytes; the first generation's budget follows from it.</summary>
    [RuntimeExport("rideau_cache_size")]
    private static nuint CacheSize(byte trueSize) => 4 << 20;

    /// <summary>GCToOSInterface::GetMemoryStatus: how full the machine is.</summary>
    [RuntimeExport("rideau_memory_status")]
    private static void MemoryStatus(ulong limit, uint* load, ulong* available, ulong* pageFile)
    {
        if (load != null)
        {
            *load = 0;
        }

        if (available != null)
        {
            *available = 1UL << 30;
        }

        if (pageFile != null)
        {
            *pageFile = 0;
        }
    }

    /// <summary>PalStartFinalizerThread: true is "started". Nothing here has a finalizer that must run.</summary>
    [RuntimeExport("rideau_no_finalizer_thread")]
    private static byte StartFinalizerThread(void* entry, void* argument) => 1;

    /// <summary>sysconf, as the runtime and its collector call it.</summary>
    [RuntimeExport("rideau_sysconf")]
    private static nint SystemConfiguration(int name)
    {
        if (name is not (OnlineProcessors or ConfiguredProcessors))
        {
            return RealSystemConfiguration(name);
        }

        ulong* mask = stackalloc ulong[128];
        nint bytes = RawSyscall.Invoke(SyscallNumber.sched_getaffinity, 0, 128 * sizeof(ulong), (nint)mask);
        if (bytes <= 0)
        {
            return RealSystemConfiguration(name);
        }

        if (name == ConfiguredProcessors)
        {
            return bytes * 8;
        }

        nint count = 0;
        for (nint word = 0; word < bytes / sizeof(ulong); word++)
        {
            for (ulong rest = mask[word]; rest != 0; rest &= rest - 1)
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>PalGetMaximumStackBounds: of the first thread, without reading the memory map.</summary>
    [RuntimeExport("rideau_stack_bounds")]
    private static byte StackBounds(void** low, void** high)
    {
        if (RawSyscall.Invoke(SyscallNumber.gettid) != RawSyscall.Invoke(SyscallNumber.getpid) || Inherited.s_stackTop == 0)
        {
            return RealStackBounds(low, high);
        }

        ulong* limits = stackalloc ulong[2];
        _ = RawSyscall.Invoke(SyscallNumber.prlimit64, 0, 3, 0, (nint)limits); // ignored: cannot fail with these arguments (RLIMIT_STACK)
        ulong size = limits[0] > 8UL << 20 ? 8UL << 20 : limits[0] & ~4095UL;
        *high = (void*)Inherited.s_stackTop;
        *low = (void*)(Inherited.s_stackTop - (nuint)size);
        return 1;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__real_sysconf")]
    private static extern nint RealSystemConfiguration(int name);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__real__Z24PalGetMaximumStackBoundsPPvS0_")]
    private static extern byte RealStackBounds(void** low, void** high);
}
