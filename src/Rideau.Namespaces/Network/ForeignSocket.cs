using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>A child goes to a network namespace, and to the user namespace that owns it, makes a socket there and sends it back.</summary>
/// <remarks>For who may not go there himself and come back: an ordinary user, whose rights are in that user namespace alone.</remarks>
internal static class ForeignSocket
{
    private const byte Made = (byte)'s';

    /// <exception cref="NamespaceException">It cannot be made.</exception>
    internal static OwnedFd Open(string attempt, OwnedFd networkNamespace, int family, int type, int protocol)
    {
        JoinPlan join = new();
        join.Add(networkNamespace, "the socket");
        var owners = OwnerJoin.Complete(join, [networkNamespace]);
        try
        {
            return Open(attempt, join, family, type, protocol);
        }
        finally
        {
            foreach (OwnedFd owner in owners)
            {
                owner.Dispose();
            }
        }
    }

    private static OwnedFd Open(string attempt, JoinPlan join, int family, int type, int protocol)
    {
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        join.AddSteps(plan, null, null);
        plan.Begin("make the socket");
        Slot socket = plan.NewSlot("socket");
        plan.Call(SyscallNumber.socket, family, type | SocketAbi.SOCK_CLOEXEC, protocol).Into(socket);
        plan.Begin("send the socket back");
        plan.SendDescriptor(channel.Child, socket, "s");
        using ChildProcess child = Start(attempt, plan, channel);
        channel.Child.Dispose();
        byte message = channel.Receive(out OwnedFd? made);
        child.KillAndWait();
        return message == Made && made is not null ? made : throw PlanFailures.Describe(attempt, plan);
    }

    private static ChildProcess Start(string attempt, ChildPlanBuilder plan, ChildChannel channel)
    {
        try
        {
            return ChildProcess.Start(plan, 0, null, channel);
        }
        catch (LinuxException failure)
        {
            throw new NamespaceException($"{attempt}: cannot make a process for it", NamespaceFailure.General, NamespaceHints.Find("clone3", failure.Errno), failure);
        }
    }
}
