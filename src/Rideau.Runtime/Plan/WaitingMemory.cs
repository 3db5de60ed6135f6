using Rideau.Child.Outside;

namespace Rideau.Runtime.Plan;

/// <summary>Gives back what a child that waits at the gate has from its caller and will never touch: the collector's heap, other threads' stacks.</summary>
/// <remarks>A waiting container costs its pages for as long as it waits; the shared text does not count.</remarks>
internal static class WaitingMemory
{
    internal static void Add(ChildPlanBuilder plan)
    {
        foreach ((nint address, nint bytes) in ChildMemory.Unneeded(plan))
        {
            plan.Begin("give back memory that only the caller needed");
            plan.Call(Rideau.Kernel.Abi.SyscallNumber.munmap, address, bytes);
        }
    }
}
