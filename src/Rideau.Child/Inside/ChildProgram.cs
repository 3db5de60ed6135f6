// RUNS IN: child of clone3, no GC
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>Carries a plan out, step by step. Decides nothing; on the first failure it says which step and which errno, and ends.</summary>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class ChildProgram
{
    /// <summary>The exit status of a child whose plan failed.</summary>
    internal const int FailedStatus = 127;

    [DoesNotReturn]
    internal static void Run(ChildStep* steps, int count, ChildBoard* board, int first)
    {
        if (first == 0 && board->CallersEnd >= 0)
        {
            _ = RawSyscall.Invoke(SyscallNumber.close, board->CallersEnd); // ignored: it was open
        }

        int failed = Carry(steps, count, board, first);
        if (failed >= 0)
        {
            EndWithFailure(failed, board);
        }

        ProcessEnd.Now(0);
    }

    /// <summary>The steps from one on, in the process that this runs in.</summary>
    /// <returns>The step that failed, whose errno is on the board; -1 after the last.</returns>
    internal static int Carry(ChildStep* steps, int count, ChildBoard* board, int first)
    {
        int index = first;
        while (index < count)
        {
            ChildStep* step = steps + index;
            board->Step = index;
            nint result = Perform(step, board);
            if (step->Result >= 0)
            {
                board->Slots[step->Result] = result;
            }

            int next = step->NextAfterSuccess;
            if (result < 0 && result > -4096)
            {
                if (!IsTolerated(step, (short)-result))
                {
                    board->Errno = (int)-result;
                    return index;
                }

                next = step->Next;
            }
            else if (step->Kind == StepKind.Jump)
            {
                next = step->Next;
            }

            index = next < 0 ? index + 1 : next;
        }

        return -1;
    }

    private static bool IsTolerated(ChildStep* step, short errno) =>
        errno == step->Tolerated0 || errno == step->Tolerated1 || errno == step->Tolerated2 || errno == step->Tolerated3;

    [DoesNotReturn]
    private static void EndWithFailure(int step, ChildBoard* board)
    {
        if (board->Reporting >= 0)
        {
            int* failure = stackalloc int[3];
            failure[0] = step - board->FirstStepAfterGate;
            failure[1] = board->Errno;
            failure[2] = board->Detail;
            _ = RawSyscall.Invoke(SyscallNumber.write, board->Reporting, (nint)failure, 12); // ignored: nobody else can be told
        }

        ProcessEnd.Now(FailedStatus);
    }

    private static nint Perform(ChildStep* step, ChildBoard* board)
    {
        int slots = step->SlotArguments;
        nint a0 = (slots & 1) == 0 ? step->A0 : (nint)board->Slots[step->A0];
        nint a1 = (slots & 2) == 0 ? step->A1 : (nint)board->Slots[step->A1];
        nint a2 = (slots & 4) == 0 ? step->A2 : (nint)board->Slots[step->A2];
        nint a3 = (slots & 8) == 0 ? step->A3 : (nint)board->Slots[step->A3];
        switch (step->Kind)
        {
            case StepKind.Call:
                nint a4 = (slots & 16) == 0 ? step->A4 : (nint)board->Slots[step->A4];
                nint a5 = (slots & 32) == 0 ? step->A5 : (nint)board->Slots[step->A5];
                return RawSyscall.Retry(step->Number, a0, a1, a2, a3, a4, a5);
            case StepKind.OpenInRoot:
                return MountSteps.OpenInRoot(a0, (byte*)a1, (int)a2, (int)a3, board);
            case StepKind.CopyTree:
                return MountSteps.CopyTree(a0, a1, a2, board);
            case StepKind.Receive:
                return MessageSteps.Receive(a0, (byte)a1);
            case StepKind.Send:
                return MessageSteps.Send(a0, (byte)a1);
            case StepKind.SendDescriptor:
                return MessageSteps.SendDescriptor(a0, (int)a1, (byte*)a2, a3);
            case StepKind.ReceiveDescriptor:
                return MessageSteps.ReceiveDescriptor(a0);
            case StepKind.Gate:
                return MessageSteps.Gate(a0, a1, board);
            case StepKind.RunHook:
                return ProcessSteps.RunHook((HookProgram*)a0, board);
            case StepKind.FindExecutable:
                return ProcessSteps.FindExecutable((byte*)a0, a1);
            case StepKind.CheckWorkingDirectory:
                return ProcessSteps.CheckWorkingDirectory();
            case StepKind.CheckNode:
                return MountSteps.CheckNode(a0, (byte*)a1, a2, a3);
            case StepKind.ResetSignals:
                return ProcessSteps.ResetSignals((ulong)a0);
            case StepKind.BecomeImage:
                return ImageSteps.Become(a0, (int*)a1, (byte**)a2, (byte**)a3);
            case StepKind.CloseOthers:
                return ProcessSteps.CloseOthers((uint)a0, (int*)a1, a2);
            case StepKind.FormatNumber:
                return ProcessSteps.FormatNumber((byte*)a0, a1, a2);
            case StepKind.CloneOnward:
                return ProcessSteps.CloneOnward((ulong)a0, a1 != 0, board);
            case StepKind.Fail:
                return -a0;
            default:
                return 0;
        }
    }
}
