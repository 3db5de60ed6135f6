// RUNS IN: keeper of named namespaces, and init of a named pid namespace. One thread, no runtime, no GC, raw code only.
using System.Diagnostics.CodeAnalysis;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>What is left of the program where namespaces need a process: it holds descriptors, collects what dies, and waits.</summary>
/// <remarks>
/// It is this program, executed with the word <c>ns-keeper</c>, and ends in <see cref="Start"/>: no runtime is started, so it
/// costs as little as a process can. As the first process of a pid namespace it is an init: what loses its parent
/// becomes its child, and the kernel collects those by itself because SIGCHLD is ignored. A keeper ends by
/// SIGTERM; what it held is free then. docs/decisions/0008-the-keeper.md.
/// </remarks>
internal static unsafe class Keeper
{
    private const int SIGCHLD = 17;

    [DoesNotReturn]
    internal static void Run()
    {
        fixed (byte* name = "rideau:keeper\0"u8)
        {
            _ = RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_NAME, (nint)name); // ignored: only a name
        }

        // struct sigaction of the kernel: the handler (SIG_IGN is 1), flags, restorer, mask.
        nint* action = stackalloc nint[4];
        action[0] = 1;
        action[1] = action[2] = action[3] = 0;
        _ = RawSyscall.Invoke(SyscallNumber.rt_sigaction, SIGCHLD, (nint)action, 0, 8); // ignored: cannot fail with these arguments
        while (true)
        {
            _ = RawSyscall.Invoke(SyscallNumber.ppoll, 0, 0, 0, 0, 8); // ignored: only a signal ends it, and then it waits again
        }
    }
}
