// RUNS IN: child of clone3, no GC
using System.Diagnostics.CodeAnalysis;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>A child's way into an image of its own.</summary>
internal static unsafe class ImageSteps
{
    /// <summary>The first function of a child that shares the caller's memory; the caller waits until it has its own.</summary>
    /// <param name="board">The plan's beginning.</param>
    [DoesNotReturn]
    internal static int Begin(void* board)
    {
        ChildProgram.Run((ChildStep*)((byte*)board + PlanMemory.WritableBytes), ((ChildBoard*)board)->Count, (ChildBoard*)board, 0);
        return 0;
    }

    /// <summary>execve(2) closes what is close-on-exec, as all of the caller's descriptors are: those that the plan needs are taken out, in this process's own table.</summary>
    internal static nint Become(nint image, int* inherited, byte** arguments, byte** environment)
    {
        for (; *inherited >= 0; inherited++)
        {
            nint result = RawSyscall.Invoke(SyscallNumber.fcntl, *inherited, Fcntl.F_SETFD, 0);
            if (result < 0)
            {
                return result;
            }
        }

        byte empty = 0;
        return RawSyscall.Invoke(SyscallNumber.execveat, image, (nint)(&empty), (nint)arguments, (nint)environment, Fcntl.AT_EMPTY_PATH);
    }
}
