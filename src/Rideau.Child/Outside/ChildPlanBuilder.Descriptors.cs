// RUNS IN: caller
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;

namespace Rideau.Child.Outside;

// Which of the caller's descriptors the child needs up to where: CloseOthers closes the rest.
public sealed unsafe partial class ChildPlanBuilder
{
    private const int KeptLimit = 128;
    private readonly List<(int Step, int Number)> _needed = new(64);
    private readonly List<(int Step, int First)> _closings = [];

    private void ResolveClosings()
    {
        foreach ((int step, int first) in _closings)
        {
            var kept = new SortedSet<int>();
            foreach ((int later, int number) in _needed)
            {
                if (later > step && number >= first)
                {
                    kept.Add(number);
                }
            }

            if (kept.Count > KeptLimit)
            {
                throw new LinuxException("plan", Errno.E2BIG, $"more than {KeptLimit} descriptors");
            }

            int* place = (int*)Steps[step].A1;
            foreach (int number in kept)
            {
                *place++ = number;
            }

            Steps[step].A2 = kept.Count;
        }
    }
}
