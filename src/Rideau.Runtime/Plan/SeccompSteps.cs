using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Plan;

/// <summary>Sets a compiled seccomp filter, and hands its listener to the caller where it has one.</summary>
/// <param name="program">struct sock_filter, one behind the other.</param>
/// <param name="flags">SECCOMP_FILTER_FLAG_ bits.</param>
/// <param name="listenerSocket">Where the listener's descriptor is sent to, or null.</param>
internal sealed class SeccompSteps(ReadOnlyMemory<byte> program, uint flags, Argument? listenerSocket)
{
    private const int SECCOMP_SET_MODE_FILTER = 1;

    internal void Add(ChildPlanBuilder plan)
    {
        plan.Begin("set the seccomp filter");
        Argument instructions = plan.Bytes(program.Span);
        Argument header = plan.Data(new sock_fprog { len = (ushort)(program.Length / 8), filter = instructions.Value });
        Step step = plan.Call(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, flags, header);
        if (listenerSocket is { } socket)
        {
            Slot listener = plan.NewSlot("seccomp listener");
            step.Into(listener);
            plan.Begin("hand over the seccomp listener");
            plan.SendDescriptor(socket, listener, Protocol.SeccompListener);
            plan.Receive(socket, Protocol.Go);
            plan.Call(SyscallNumber.close, listener);
        }
    }
}
