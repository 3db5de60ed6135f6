// RUNS IN: the child's own image, before the runtime, which it never starts. No GC.
using System.Diagnostics.CodeAnalysis;
using Rideau.Child.Contract;
using Rideau.Child.Inside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>The program as the image of a container's child: it maps the plan, and goes on where the child was.</summary>
/// <remarks>Who calls it so by hand carries out a plan of his own with his own rights, which he can do in any language.</remarks>
internal static unsafe class ChildImage
{
    /// <summary>The first word of the image's command line, and the process's name: it shows in ps.</summary>
    internal const string Word = "rideau:[CHILD]";

    /// <summary>True where the program was executed as an image: then come the descriptor of the plan, and the first that is not for the process to come.</summary>
    internal static bool IsWanted(byte** argv) => argv[0] != null && argv[1] != null && argv[2] != null && CommandWord.Equal(argv[0], "rideau:[CHILD]"u8);

    [DoesNotReturn]
    internal static void Run(byte** argv)
    {
        nint plan = Number(argv[1]);
        nint closed = Number(argv[2]);

        // Nothing of the plan goes to a program that this process runs, or becomes. Who may look into it is a step of the plan.
        _ = RawSyscall.Invoke(SyscallNumber.close_range, closed, unchecked((nint)uint.MaxValue), Fcntl.CLOSE_RANGE_CLOEXEC); // ignored: cannot fail with these arguments
        _ = RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_NAME, (nint)argv[0]); // ignored: only a name
        if (Map(PlanMemory.Address, PlanMemory.WritableBytes, Memory.PROT_READ | Memory.PROT_WRITE, plan, 0)
            && Map(PlanMemory.Address + PlanMemory.WritableBytes, PlanMemory.ReadOnlyBytes, Memory.PROT_READ, plan, PlanMemory.WritableBytes))
        {
            _ = RawSyscall.Invoke(SyscallNumber.close, plan); // ignored: it was open
            var board = (ChildBoard*)PlanMemory.Address;
            ChildProgram.Run((ChildStep*)(PlanMemory.Address + PlanMemory.WritableBytes), board->Count, board, board->Step + 1);
        }

        ProcessEnd.Now(ChildProgram.FailedStatus);
    }

    private static nint Number(byte* digits)
    {
        nint number = 0;
        for (; *digits >= '0' && *digits <= '9' && number < 1 << 30; digits++)
        {
            number = (number * 10) + (*digits - '0');
        }

        return number;
    }

    private static bool Map(nint address, nint bytes, int protection, nint plan, nint offset) =>
        RawSyscall.Invoke(SyscallNumber.mmap, address, bytes, protection, Memory.MAP_SHARED | Memory.MAP_FIXED_NOREPLACE, plan, offset) == address;
}
