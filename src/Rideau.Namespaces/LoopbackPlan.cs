using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>Brings the loopback device of a new network namespace up; the kernel gives it its addresses then.</summary>
/// <remarks>man: netdevice(7)</remarks>
public static class LoopbackPlan
{
    private const int SIOCSIFFLAGS = 0x8914;
    private const byte IFF_UP = 1;

    /// <summary>Adds the steps; the child is in the network namespace, and may change it.</summary>
    public static void Add(ChildPlanBuilder plan)
    {
        plan.Begin("bring the loopback device up");
        Slot socket = plan.NewSlot("network control");
        plan.Call(SyscallNumber.socket, 2, 2 | Fcntl.O_CLOEXEC, 0).Into(socket); // AF_INET, SOCK_DGRAM

        // struct ifreq: 16 bytes of name, then the flags.
        Span<byte> request = stackalloc byte[40];
        request.Clear();
        "lo"u8.CopyTo(request);
        request[16] = IFF_UP;
        plan.Call(SyscallNumber.ioctl, socket, SIOCSIFFLAGS, plan.Bytes(request));
        plan.Call(SyscallNumber.close, socket);
    }
}
