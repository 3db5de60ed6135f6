// RUNS IN: the program's first code, as the C library starts. One thread, no runtime, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>The C library's start without its questions to the processor: forty to sixty CPUIDs, each a trap into the hypervisor on a virtual machine.</summary>
/// <remarks>
/// The steps are those that glibc's own start of a static program takes (csu/libc-start.c), by the same functions of the library; left out
/// is what finds the processor's features and caches, so that the library takes the loops that run on every x86-64. It is done for the
/// versions whose start was read alone, any other starts itself. docs/decisions/0016-the-librarys-start.md.
/// </remarks>
internal static unsafe class LibraryStart
{
    // In bytes. What a processor with a cache of 1 MiB would be given: from here on memory is written past the caches.
    private const nint PastCaches = 768 << 10;

    /// <summary>Starts the library and the program, and ends the process with main's value; returns where this library has to start itself.</summary>
    internal static void Run(delegate*<int, byte**, byte**, int> main, int argc, byte** argv, void* stackEnd)
    {
        byte* version = LibraryVersion();
        bool isNewer = CommandWord.Equal(version, "2.41"u8);
        if (!isNewer && !CommandWord.Equal(version, "2.36"u8))
        {
            return;
        }

        byte** environment = argv + argc + 1;
        *(byte***)(delegate*<void>)&EnvironmentVariable = environment;
        *(void**)(delegate*<void>)&StackEndVariable = stackEnd;
        byte** behind = environment;
        while (*behind++ != null)
        {
        }

        ReadAuxiliaryVector(behind);
        SetThresholds(isNewer);
        ChooseFunctions();
        SetUpThread();
        SetGuards((nint*)behind);
        StartEarly(1);
        StartFirst(argc, argv, environment);
        _ = AtExit((delegate*<void*, void>)&EndProgram, null, null); // ignored: the first 32 need no memory
        if (*(int*)(delegate*<void>)&SecureVariable != 0)
        {
            CheckStandardStreams();
        }

        StartProgram(argc, argv, environment);
        Exit(main(argc, argv, environment));
    }

    private static void SetThresholds(bool hasFill)
    {
        *(nint*)(delegate*<void>)&MoveThresholdVariable = PastCaches;
        if (hasFill)
        {
            *(nint*)(delegate*<void>)&FillThresholdVariable = PastCaches;
        }
    }

    // The functions of which the library has one for each kind of processor: Elf64_Rela, r_offset, r_info, r_addend.
    private static void ChooseFunctions()
    {
        for (nint* entry = (nint*)(delegate*<void>)&ChoicesStart; entry < (nint*)(delegate*<void>)&ChoicesEnd; entry += 3)
        {
            *(nint*)entry[0] = ((delegate*<nint>)entry[2])();
        }
    }

    // What a stack's cookie and a saved jump are mixed with: sixteen random bytes from the kernel (AT_RANDOM).
    private static void SetGuards(nint* auxiliary)
    {
        nint area = 0;
        _ = RawSyscall.Invoke(SyscallNumber.arch_prctl, ArchPrctl.ARCH_GET_FS, (nint)(&area)); // ignored: cannot fail with these arguments
        for (; auxiliary[0] != 0; auxiliary += 2)
        {
            if (auxiliary[0] == 25)
            {
                nint* random = (nint*)auxiliary[1];
                *(nint*)(area + 0x28) = random[0] & ~(nint)0xff; // tcbhead_t, stack_guard: a zero ends a string that runs over it
                *(nint*)(area + 0x30) = random[1]; // pointer_guard
            }
        }
    }

    private static void StartProgram(int argc, byte** argv, byte** environment)
    {
        Call((nint*)(delegate*<void>)&BeforeStart, (nint*)(delegate*<void>)&BeforeEnd, argc, argv, environment);
        Init();
        Call((nint*)(delegate*<void>)&InitStart, (nint*)(delegate*<void>)&InitEnd, argc, argv, environment);
    }

    private static void Call(nint* start, nint* end, int argc, byte** argv, byte** environment)
    {
        for (; start < end; start++)
        {
            ((delegate*<int, byte**, byte**, void>)*start)(argc, argv, environment);
        }
    }

    private static void EndProgram(void* nothing)
    {
        nint* start = (nint*)(delegate*<void>)&FiniStart;
        for (nint* end = (nint*)(delegate*<void>)&FiniEnd; end-- > start;)
        {
            ((delegate*<void>)*end)();
        }

        Fini();
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("gnu_get_libc_version")]
    private static extern byte* LibraryVersion();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_dl_aux_init")]
    private static extern void ReadAuxiliaryVector(void* vector);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_setup_tls")]
    private static extern void SetUpThread();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_early_init")]
    private static extern void StartEarly(byte initial);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_init_first")]
    private static extern void StartFirst(int argc, byte** argv, byte** environment);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__cxa_atexit")]
    private static extern int AtExit(delegate*<void*, void> function, void* argument, void* library);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_check_standard_fds")]
    private static extern void CheckStandardStreams();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("_init")]
    private static extern void Init();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("_fini")]
    private static extern void Fini();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("exit")]
    private static extern void Exit(int status);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__environ")]
    private static extern void EnvironmentVariable();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_stack_end")]
    private static extern void StackEndVariable();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_enable_secure")]
    private static extern void SecureVariable();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_x86_shared_non_temporal_threshold")]
    private static extern void MoveThresholdVariable();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_x86_memset_non_temporal_threshold")]
    private static extern void FillThresholdVariable();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_rela_iplt_start")]
    private static extern void ChoicesStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("rideau_libc_rela_iplt_end")]
    private static extern void ChoicesEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__preinit_array_start")]
    private static extern void BeforeStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__preinit_array_end")]
    private static extern void BeforeEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__init_array_start")]
    private static extern void InitStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__init_array_end")]
    private static extern void InitEnd();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__fini_array_start")]
    private static extern void FiniStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__fini_array_end")]
    private static extern void FiniEnd();
}
