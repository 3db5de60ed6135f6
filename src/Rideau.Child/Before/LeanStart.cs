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
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class LeanStart
{
    private const int OnlineProcessors = 84;
    private const int ConfiguredProcessors = 83;
    private const nuint PageSize = 4096;
    private static bool s_mustCommit;
    private static nint s_configured;
    private static nint s_online;

    /// <summary>InitializeCpuCGroup, InitializeCGroup, NUMASupportInitialize: limits and nodes that size a server's heaps. _dl_init_paths of the C library: where libraries are looked for, by LD_LIBRARY_PATH among others; this program opens none.</summary>
    [RuntimeExport("rideau_nothing")]
    private static void Nothing()
    {
    }

    /// <summary>_dl_get_origin: the directory of the program, for the same search; -1 is "not known".</summary>
    [RuntimeExport("rideau_no_origin")]
    private static nint Origin() => -1;

    /// <summary>minipal_getcpufeatures: what the processor has beyond what every program for it needs, here nothing. Most of the eight questions are traps on a virtual machine.</summary>
    [RuntimeExport("rideau_no_cpu_features")]
    private static int CpuFeatures() => 0;

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

    /// <summary>PalGetEnvironmentVariable: the length of the value of a setting of the runtime, here that there is none. Who calls a runtime does not set up its heap.</summary>
    [RuntimeExport("rideau_no_setting")]
    private static uint Setting(byte* name, byte* buffer, uint size) => 0;

    /// <summary>GCToEEInterface::GetIntConfigValue: true is "set". Of seventy settings one is: the heap's hard limit in bytes, which bounds what hostile input can make the program take, and with it the tables that the collector makes.</summary>
    [RuntimeExport("rideau_collector_setting")]
    private static byte CollectorSetting(byte* name, byte* publicName, long* value)
    {
        if (!CommandWord.Equal(name, "GCHeapHardLimit"u8))
        {
            return 0;
        }

        *value = 512 << 20;
        return 1;
    }

    /// <summary>GCToEEInterface::GetBooleanConfigValue: true is "set". Of thirteen switches one is: no second thread collects beside the first.</summary>
    [RuntimeExport("rideau_collector_switch")]
    private static byte CollectorSwitch(byte* name, byte* publicName, byte* value)
    {
        if (!CommandWord.Equal(name, "gcConcurrent"u8))
        {
            return 0;
        }

        *value = 0;
        return 1;
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

        if (s_configured == 0)
        {
            CountProcessors();
        }

        return s_configured < 0 ? RealSystemConfiguration(name) : name == ConfiguredProcessors ? s_configured : s_online;
    }

    private static void CountProcessors()
    {
        ulong* mask = stackalloc ulong[128];
        nint bytes = RawSyscall.Invoke(SyscallNumber.sched_getaffinity, 0, 128 * sizeof(ulong), (nint)mask);
        s_configured = bytes <= 0 ? -1 : bytes * 8; // the kernel's own mask: one bit for each processor that there can be
        for (nint word = 0; word < bytes / sizeof(ulong); word++)
        {
            for (ulong rest = mask[word]; rest != 0; rest &= rest - 1)
            {
                s_online++;
            }
        }
    }

    /// <summary>minipal_get_cpu_max_possible_count: sizes tables; read from a file of sysfs, twice, by the runtime's own.</summary>
    [RuntimeExport("rideau_possible_processors")]
    private static int PossibleProcessors() => (int)SystemConfiguration(ConfiguredProcessors);

    /// <summary>GCToOSInterface::VirtualReserve: address space that takes no memory until it is touched, so that to commit it is no call.</summary>
    /// <remarks>A machine that promises no more than it has (vm.overcommit_memory 2) refuses that; there it is as the runtime has it, a call for each part.</remarks>
    [RuntimeExport("rideau_reserve")]
    private static nint Reserve(nuint size, nuint alignment, uint flags, ushort node)
    {
        nuint slack = alignment > PageSize ? alignment : 0;
        nint address = Map(size + slack, Memory.PROT_READ | Memory.PROT_WRITE);
        if (address < 0 && address >= -4095)
        {
            s_mustCommit = true;
            address = Map(size + slack, Memory.PROT_NONE);
        }

        if (address < 0 && address >= -4095)
        {
            return 0;
        }

        if (slack == 0)
        {
            return address;
        }

        // What is over at both ends is only address space, and stays.
        return (nint)(((nuint)address + alignment - 1) & ~(alignment - 1));
    }

    /// <summary>GCToOSInterface::VirtualCommit: true is "committed".</summary>
    [RuntimeExport("rideau_commit")]
    private static byte Commit(nint address, nuint size, ushort node)
    {
        if (s_mustCommit && RawSyscall.Invoke(SyscallNumber.mprotect, address, (nint)size, Memory.PROT_READ | Memory.PROT_WRITE) != 0)
        {
            return 0;
        }

        Presence.OfHeap(address, (nint)size);
        return 1;
    }

    /// <summary>GCToOSInterface::VirtualDecommit: gives the memory back; read again, it is zero, as the collector expects of what it commits anew.</summary>
    [RuntimeExport("rideau_decommit")]
    private static byte Decommit(nint address, nuint size) =>
        RawSyscall.Invoke(SyscallNumber.madvise, address, (nint)size, Memory.MADV_DONTNEED) == 0 ? (byte)1 : (byte)0;

    private static nint Map(nuint size, int protection) =>
        RawSyscall.Invoke(SyscallNumber.mmap, 0, (nint)size, protection, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS | Memory.MAP_NORESERVE, -1, 0);

    /// <summary>SystemNative_GetNonCryptographicallySecureRandomBytes: seeds of hash tables; the runtime's own opens a device for them.</summary>
    [RuntimeExport("rideau_random_bytes")]
    private static void RandomBytes(byte* buffer, int length) =>
        _ = RawSyscall.Invoke(SyscallNumber.getrandom, (nint)buffer, length, 0); // ignored: up to 256 bytes cannot fail (getrandom(2)), and more are not asked for

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
