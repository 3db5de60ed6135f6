// RUNS IN: caller
using System.Diagnostics;

namespace Rideau.Child.Outside;

/// <summary>A step that has just been added: what becomes of its result, which errors are none, where to go on.</summary>
public readonly unsafe struct Step
{
    private readonly ChildPlanBuilder _plan;

    internal Step(ChildPlanBuilder plan, int index)
    {
        _plan = plan;
        Index = index;
    }

    /// <summary>The position in the plan, from 0.</summary>
    public int Index { get; }

    /// <summary>The result goes to a register.</summary>
    public Step Into(Slot slot)
    {
        _plan.Steps[Index].Result = (short)slot.Index;
        return this;
    }

    /// <summary>An errno that is no failure; up to four. The register then holds the negative errno.</summary>
    public Step Tolerating(int errno)
    {
        short* tolerated = &_plan.Steps[Index].Tolerated0;
        for (int i = 0; i < 4; i++)
        {
            if (tolerated[i] == 0)
            {
                tolerated[i] = (short)errno;
                return this;
            }
        }

        throw new UnreachableException("a step tolerates four errnos at most");
    }

    /// <summary>Where to go on after a tolerated errno.</summary>
    public Step OtherwiseGoTo(Label label)
    {
        _plan.Steps[Index].Next = -label.Index - 2;
        return this;
    }

    /// <summary>Where to go on after success.</summary>
    public Step ThenGoTo(Label label)
    {
        _plan.Steps[Index].NextAfterSuccess = -label.Index - 2;
        return this;
    }
}
