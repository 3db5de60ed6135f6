// RUNS IN: caller
using System;
using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Outside;

/// <summary>Writes a plan: the steps that a child carries out, and all that they point to, in one block of memory.</summary>
/// <remarks>
/// Whoever adds a step says with <see cref="Begin"/> what it is for, in words that complete "cannot …".
/// The words stay with the caller; the child sees numbers alone. Memory of the plan has fixed addresses,
/// so that the child finds it where the caller put it.
/// The parts: what a step may point to (Data), the steps there are (Steps), the child's own image (Image), how they are shown (Words).
/// </remarks>
public sealed unsafe partial class ChildPlanBuilder : IDisposable
{
    private readonly nint _base;
    private readonly OwnedFd? _file;
    private readonly List<int> _labels = [];
    private int _count;
    private bool _sealed;
    private bool _isGone;

    /// <summary>Reserves the plan's memory; pages are used as they are written.</summary>
    /// <param name="forImage">The child is to go on in an image of its own (<see cref="GoOnInImage"/>). One such plan at a time.</param>
    /// <exception cref="LinuxException">memfd_create, ftruncate (EFBIG: the limit of file sizes), mmap.</exception>
    public ChildPlanBuilder(bool forImage = false)
    {
        const int access = Memory.PROT_READ | Memory.PROT_WRITE;
        if (forImage)
        {
            _file = Files.MemoryFile("plan");
            Files.SetLength(_file, PlanMemory.Bytes);
            _base = Map(PlanMemory.Address, PlanMemory.Bytes, access, Memory.MAP_SHARED | Memory.MAP_FIXED_NOREPLACE, _file.Number);
        }
        else
        {
            _base = Map(0, PlanMemory.Bytes, access, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS | Memory.MAP_NORESERVE, -1);
            _ = Map(_base, PlanMemory.BoardBytes, access, Memory.MAP_SHARED | Memory.MAP_ANONYMOUS | Memory.MAP_FIXED, -1);
        }

        Board->Reporting = -1;
        Board->CallersEnd = -1;
    }

    /// <summary>How many steps there are.</summary>
    public int Count => _count;

    /// <summary>What the child writes.</summary>
    internal ChildBoard* Board => (ChildBoard*)_base;

    /// <summary>The top of the stack that a child begins on which shares the caller's memory.</summary>
    internal nint Stack => _base + PlanMemory.BoardBytes;

    /// <summary>The steps.</summary>
    internal ChildStep* Steps => (ChildStep*)(_base + PlanMemory.WritableBytes);

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
        if (!_isGone)
        {
            _isGone = true; // the place may be another plan's next time
            _ = RawSyscall.Invoke(SyscallNumber.munmap, _base, PlanMemory.Bytes); // ignored: the process ends soon
        }

        _file?.Dispose();
        _image?.Dispose();
    }

    internal Step Add(StepKind kind, int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default)
    {
        if (_count == PlanMemory.StepLimit || _sealed)
        {
            throw new LinuxException("plan", Errno.E2BIG, $"more than {PlanMemory.StepLimit} steps");
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
        step->SlotArguments = 0;
        ulong kinds = (ulong)a0.Kind | ((ulong)a1.Kind << 8) | ((ulong)a2.Kind << 16) | ((ulong)a3.Kind << 24) | ((ulong)a4.Kind << 32) | ((ulong)a5.Kind << 40);
        if (kinds != 0)
        {
            step->SlotArguments = (byte)(SlotBit(a0, 0) | SlotBit(a1, 1) | SlotBit(a2, 2) | SlotBit(a3, 3) | SlotBit(a4, 4) | SlotBit(a5, 5));
            Inherit(a0);
            Inherit(a1);
            Inherit(a2);
            Inherit(a3);
            Inherit(a4);
            Inherit(a5);
        }

        _notes.Add(new StepNote(_purposes.Count - 1, kinds));
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

        ResolveClosings();
        WriteInherited();
        Board->Count = _count;
        _sealed = true;
        nint result = RawSyscall.Invoke(SyscallNumber.mprotect, (nint)Steps, PlanMemory.ReadOnlyBytes, Memory.PROT_READ);
        if (result < 0)
        {
            throw new LinuxException("mprotect", (int)-result, "the plan, PROT_READ");
        }
    }

    // While the plan is written, the label of index n stands as -(n + 2).
    private int Resolve(int next) => next <= -2 ? _labels[-next - 2] : next;

    private static int SlotBit(Argument argument, int position) => argument.Kind == ArgumentKind.Slot ? 1 << position : 0;

    private static nint Map(nint place, nint bytes, int protection, int flags, int file)
    {
        nint address = RawSyscall.Invoke(SyscallNumber.mmap, place, bytes, protection, flags, file, 0);
        return address is >= 0 or < -4095 ? address : throw new LinuxException("mmap", (int)-address, $"{bytes} bytes for the plan");
    }
}
