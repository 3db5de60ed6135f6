// RUNS IN: caller
using System;
using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Outside;

/// <summary>Writes a plan: the steps that a child carries out, and all that they point to, in one block of memory.</summary>
/// <remarks>
/// Whoever adds a step says with <see cref="Begin"/> what it is for, in words that complete "cannot …".
/// The words stay with the caller; the child sees numbers alone. Memory of the plan has fixed addresses,
/// so that the child of a fork-like clone3 finds it where the caller put it.
/// The parts: what a step may point to (Data), the steps there are (Steps), how they are shown (Words).
/// </remarks>
public sealed unsafe partial class ChildPlanBuilder : IDisposable
{
    private const int StepLimit = 16384;
    private const int DataLimitBytes = 32 << 20;

    private readonly byte* _block;
    private readonly nint _blockBytes;
    private readonly List<int> _labels = [];
    private int _count;
    private bool _sealed;

    /// <summary>Reserves the plan's memory; pages are used as they are written.</summary>
    public ChildPlanBuilder()
    {
        _blockBytes = (StepLimit * sizeof(ChildStep)) + DataLimitBytes;
        _block = Map(_blockBytes, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS | Memory.MAP_NORESERVE);
        Board = (ChildBoard*)Map(4096, Memory.MAP_SHARED | Memory.MAP_ANONYMOUS);
        Board->Reporting = -1;
    }

    /// <summary>How many steps there are.</summary>
    public int Count => _count;

    /// <summary>What the child writes.</summary>
    internal ChildBoard* Board { get; }

    /// <summary>The steps.</summary>
    internal ChildStep* Steps => (ChildStep*)_block;

    /// <summary>A place to jump to.</summary>
    public Label NewLabel()
    {
        _labels.Add(-1);
        return new Label(_labels.Count - 1);
    }

    /// <summary>The label is here: before the next step that is added.</summary>
    public void Place(Label label) => _labels[label.Index] = _count;

    /// <summary>The value that the child left in a register.</summary>
    public long ValueOf(Slot slot) => Board->Slots[slot.Index];

    /// <summary>How far the child has come.</summary>
    public int CurrentStep => Board->Step;

    /// <summary>True where the child has come to the last step: a child that is gone then has become another program, unless it says a failure.</summary>
    public bool IsAtItsEnd => Board->Step == _count - 1;

    /// <summary>The pid after a CloneOnward, or 0.</summary>
    public int OnwardPid => Board->OnwardPid;

    /// <summary>The failure that the child reported, or null.</summary>
    public ChildFailure? Failure => Board->Errno == 0 ? null : new ChildFailure(Board->Step, Board->Errno, Board->Detail);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = RawSyscall.Invoke(SyscallNumber.munmap, (nint)_block, _blockBytes); // ignored: the process ends soon
        _ = RawSyscall.Invoke(SyscallNumber.munmap, (nint)Board, 4096); // ignored: likewise
    }

    internal Step Add(StepKind kind, int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default)
    {
        if (_count == StepLimit || _sealed)
        {
            throw new LinuxException("plan", Errno.E2BIG, $"more than {StepLimit} steps");
        }

        ChildStep* step = Steps + _count;
        step->Kind = kind;
        step->Number = number;
        step->Result = -1;
        step->Next = -1;
        step->NextAfterSuccess = -1;
        step->A0 = a0.Value;
        step->A1 = a1.Value;
        step->A2 = a2.Value;
        step->A3 = a3.Value;
        step->A4 = a4.Value;
        step->A5 = a5.Value;
        step->SlotArguments = (byte)(SlotBit(a0, 0) | SlotBit(a1, 1) | SlotBit(a2, 2) | SlotBit(a3, 3) | SlotBit(a4, 4) | SlotBit(a5, 5));
        Note(a0.Kind, a1.Kind, a2.Kind, a3.Kind, a4.Kind, a5.Kind);
        return new Step(this, _count++);
    }

    /// <summary>Resolves the labels and makes the plan read-only. No step can be added after it.</summary>
    internal void Seal()
    {
        if (_sealed)
        {
            return;
        }

        for (int i = 0; i < _count; i++)
        {
            Steps[i].Next = Resolve(Steps[i].Next);
            Steps[i].NextAfterSuccess = Resolve(Steps[i].NextAfterSuccess);
        }

        _sealed = true;
        nint result = RawSyscall.Invoke(SyscallNumber.mprotect, (nint)_block, _blockBytes, Memory.PROT_READ);
        if (result < 0)
        {
            throw new LinuxException("mprotect", (int)-result, "the plan, PROT_READ");
        }
    }

    // While the plan is written, the label of index n stands as -(n + 2).
    private int Resolve(int next) => next <= -2 ? _labels[-next - 2] : next;

    private static int SlotBit(Argument argument, int position) => argument.Kind == ArgumentKind.Slot ? 1 << position : 0;

    private static byte* Map(nint bytes, int flags)
    {
        nint address = RawSyscall.Invoke(SyscallNumber.mmap, 0, bytes, Memory.PROT_READ | Memory.PROT_WRITE, flags, -1, 0);
        return address is >= 0 or < -4095 ? (byte*)address : throw new LinuxException("mmap", (int)-address, $"{bytes} bytes for the plan");
    }
}
