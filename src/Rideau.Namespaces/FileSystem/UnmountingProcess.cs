using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>fusermount3 while it takes the caller's own mount away: it looks at it first, so the caller has to go on answering.</summary>
internal sealed class UnmountingProcess : IDisposable
{
    private readonly ChildPlanBuilder _plan = new();
    private readonly ChildProcess _child;

    internal UnmountingProcess(string program, string path)
    {
        _plan.Begin($"execute \"{program}\"");
        Slot none = _plan.NewSlot("null device");
        _plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, _plan.Text("/dev/null"), Fcntl.O_RDWR | Fcntl.O_CLOEXEC).Into(none);
        for (int stream = 0; stream <= 2; stream++)
        {
            _plan.Call(SyscallNumber.dup3, none, stream, 0);
        }

        _plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        _plan.ResetSignals(Signals.Ignored());
        _plan.Call(SyscallNumber.rt_sigprocmask, 2, _plan.Data(0UL), 0, 8);
        _plan.Call(SyscallNumber.execve, _plan.Text(program), _plan.TextArray([program, "-u", "-z", "--", path]), _plan.TextArray(InheritedEnvironment.Variables));
        _child = ChildProcess.Start(_plan, 0);
    }

    /// <summary>Readable when it has ended.</summary>
    internal OwnedFd End => _child.PidFd;

    public void Dispose()
    {
        _child.KillAndWait();
        _child.Dispose();
        _plan.Dispose();
    }
}
