using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Criu;

/// <summary>The steps from clone3 to "criu swrk 3": what it has open, and in which order.</summary>
internal static class CriuPlan
{
    /// <summary>The socket's number in CRIU; what is inherited follows it.</summary>
    internal const int SocketNumber = 3;

    /// <summary>Adds the last steps.</summary>
    /// <param name="plan">What comes before is in it.</param>
    /// <param name="program">CRIU's file.</param>
    /// <param name="socket">Its end.</param>
    /// <param name="inherited">Becomes 4 and those behind it.</param>
    /// <param name="ownGroup">A process group of its own: a key on the terminal is not CRIU's.</param>
    internal static void Add(ChildPlanBuilder plan, string program, OwnedFd socket, IReadOnlyList<OwnedFd> inherited, bool ownGroup)
    {
        plan.Begin($"execute \"{program}\"");
        if (ownGroup)
        {
            plan.Call(SyscallNumber.setpgid, 0, 0);
        }

        int aside = SocketNumber + 1 + inherited.Count; // above what is moved to
        Slot moved = plan.NewSlot("socket");
        plan.Call(SyscallNumber.fcntl, socket, Fcntl.F_DUPFD_CLOEXEC, aside).Into(moved);
        List<Slot> others = [];
        foreach (OwnedFd one in inherited)
        {
            Slot other = plan.NewSlot("inherited");
            plan.Call(SyscallNumber.fcntl, one, Fcntl.F_DUPFD_CLOEXEC, aside).Into(other);
            others.Add(other);
        }

        plan.Call(SyscallNumber.dup3, moved, SocketNumber, 0);
        for (int i = 0; i < others.Count; i++)
        {
            plan.Call(SyscallNumber.dup3, others[i], SocketNumber + 1 + i, 0);
        }

        plan.Call(SyscallNumber.close_range, SocketNumber + 1 + others.Count, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execve, plan.Text(program), plan.TextArray(["criu", "swrk", "3"]), plan.TextArray(InheritedEnvironment.Variables));
    }
}
