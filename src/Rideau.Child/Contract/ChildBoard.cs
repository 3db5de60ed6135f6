using System.Runtime.InteropServices;

namespace Rideau.Child.Contract;

/// <summary>The page that caller and child share: the child writes, the caller reads.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ChildBoard
{
    /// <summary>The step that the child is at, or ended in.</summary>
    public int Step;

    /// <summary>The positive errno of the step that failed; 0 while none has.</summary>
    public int Errno;

    /// <summary>More about a failure: a hook's wait status, or how many bytes of a path could be opened.</summary>
    public int Detail;

    /// <summary>The FIFO that a failure after the gate is reported on; -1 before the gate.</summary>
    public int Reporting;

    /// <summary>The pid of the process that goes on after a <see cref="StepKind.CloneOnward"/>, as the caller's pid namespace numbers it; 0 before. The kernel writes it before that process runs.</summary>
    public int OnwardPid;

    /// <summary>How many steps the plan has.</summary>
    public int Count;

    /// <summary>The caller's end of the channel, of which the child has a copy that it closes first, or it would never read the end of file; -1 for none.</summary>
    public int CallersEnd;

    /// <summary>The first step after the gate; what is reported from there on counts from it.</summary>
    public int FirstStepAfterGate;

    /// <summary>The registers.</summary>
    public fixed long Slots[ChildStep.SlotLimit];
}
