using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Plan;

/// <summary>A session keyring of the container's own, so that keys of the caller's session are out of reach.</summary>
/// <remarks>man: keyctl(2), session-keyring(7) · a kernel without keyrings (ENOSYS) is no failure</remarks>
internal static class Keyring
{
    private const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const int KEYCTL_SETPERM = 5;

    // What a new session keyring has (possessor: all; user: view, read, link), and search for the user.
    private const uint Permissions = 0x3f1b0000;

    internal static void Add(ChildPlanBuilder plan, string containerId)
    {
        plan.Begin("join a session keyring of the container's own");
        Label without = plan.NewLabel();
        Slot ring = plan.NewSlot("keyring");
        plan.Call(SyscallNumber.keyctl, KEYCTL_JOIN_SESSION_KEYRING, plan.Text($"_ses.{containerId}"))
            .Into(ring).Tolerating(Errno.ENOSYS).OtherwiseGoTo(without);
        plan.Call(SyscallNumber.keyctl, KEYCTL_SETPERM, ring, Permissions).Tolerating(Errno.EACCES).Tolerating(Errno.EPERM);
        plan.Place(without);
    }
}
