// RUNS IN: child of clone3, no GC
using System.Diagnostics.CodeAnalysis;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>The end of a child.</summary>
internal static unsafe class ProcessEnd
{
    /// <summary>A handler of signals. The caller puts its address into the plan: it is the same in an image, which is the same position-dependent program (decision 0002).</summary>
    internal static void BySignal(int signal) => Now(128 + signal);

    /// <summary>Ends the process. Where a seccomp filter refuses even that, by a fault, which no filter sees and no signal mask holds.</summary>
    [DoesNotReturn]
    internal static void Now(int status)
    {
        while (true)
        {
            _ = RawSyscall.Invoke(SyscallNumber.exit_group, status); // ignored: it does not return
            *(byte*)8 = 0;
        }
    }
}
