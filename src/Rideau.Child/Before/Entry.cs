// RUNS IN: entry before the runtime. One thread, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>The program's code before the runtime: the linker puts it in main's place (docs/decisions/0003-entry-before-the-runtime.md).</summary>
/// <remarks>
/// A child's image and a keeper go on from here where <see cref="Start"/> could not let them. Otherwise it writes down what the
/// runtime will change (<see cref="Inherited"/>), seals the program where a container's process could reach it and
/// no plan says how (<see cref="Seal"/>), and goes on into the runtime's main.
/// No frame with a stack cookie may be below <c>__real_main</c>, because the runtime sets the cookie: this
/// method has no locals.
/// </remarks>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class Entry
{
    [RuntimeExport("rideau_entry")]
    private static int Main(int argc, byte** argv, byte** envp)
    {
        Prepare(argv, envp);
        return RealMain(argc, argv);
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__real_main")]
    private static extern int RealMain(int argc, byte** argv);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Prepare(byte** argv, byte** envp)
    {
        if (ChildImage.IsWanted(argv))
        {
            ChildImage.Run(argv);
        }

        if (CommandWord.IsKeeper(argv))
        {
            Keeper.Run();
        }

        Record();
        Inherited.s_environment = envp;
        FindStackTop(envp);
        CommandWord command = CommandWord.Find(argv);
        if (command.NeedsSeal)
        {
            _ = Seal.Ensure(argv, envp); // ignored: where the program cannot be sealed it goes on as it is
        }

        OpenStandardStreams();
        if (command.MakesProcesses)
        {
            BlockForwardedSignals();
        }

        Presence.OfLibraryHeap();
        Inherited.s_known = true;
    }

    private static void Record()
    {
        ulong* limits = stackalloc ulong[2];
        _ = RawSyscall.Invoke(SyscallNumber.prlimit64, 0, 7, 0, (nint)limits); // ignored: cannot fail with these arguments (RLIMIT_NOFILE)
        Inherited.s_openFilesSoft = limits[0];
        Inherited.s_openFilesHard = limits[1];
    }

    // The end of the last string that the kernel put there, rounded up: execve(2) writes the strings at the stack's top.
    private static void FindStackTop(byte** envp)
    {
        nint* word = (nint*)envp;
        while (*word++ != 0)
        {
        }

        for (; word[0] != 0; word += 2)
        {
            if (word[0] == 31) // AT_EXECFN: the path of the program, the highest string
            {
                Inherited.s_stackTop = ((nuint)word[1] + 4096 + 4095) & ~(nuint)4095;
            }
        }
    }

    // Where the caller closed one, a file of this program's own would get its number, and go into the container in its place.
    private static void OpenStandardStreams()
    {
        // struct pollfd: the descriptor, what is wanted, and what came, of which POLLNVAL (0x20) says that it is closed.
        ulong* streams = stackalloc ulong[3];
        ulong* limit = stackalloc ulong[2];
        limit[0] = limit[1] = 0;
        for (int number = 0; number < 3; number++)
        {
            streams[number] = (ulong)number;
        }

        _ = RawSyscall.Invoke(SyscallNumber.ppoll, (nint)streams, 3, (nint)limit, 0, 8); // ignored: nothing came then
        for (int number = 0; number < 3; number++)
        {
            if ((streams[number] >> 48 & 0x20) != 0)
            {
                fixed (byte* nothing = "/dev/null\0"u8)
                {
                    _ = RawSyscall.Invoke(SyscallNumber.openat, Fcntl.AT_FDCWD, (nint)nothing, Fcntl.O_RDWR); // ignored: the lowest number that is free
                }
            }
        }
    }

    // A foreground command reads signals from a descriptor and passes them on, so no thread may take one;
    // threads that the runtime makes later inherit this mask. Not blocked: what a fault raises, and the
    // real-time signals, one of which the collector uses.
    private static void BlockForwardedSignals()
    {
        const ulong faults = (1UL << 3) | (1UL << 4) | (1UL << 5) | (1UL << 6) | (1UL << 7) | (1UL << 10) | (1UL << 30);
        ulong mask = 0x7fffffffUL & ~faults;
        _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 0, (nint)(&mask), 0, 8); // ignored: cannot fail with these arguments
    }
}
