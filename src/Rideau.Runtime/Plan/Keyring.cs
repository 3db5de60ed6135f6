using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Plan;

/// <summary>A session keyring of the container's own, so that keys of the caller's session are out of reach.</summary>
/// <remarks>man: keyctl(2), session-keyring(7) · a kernel without keyrings (ENOSYS) is no failure</remarks>
internal static class Keyring
{
    private const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const int KEYCTL_SETPERM = 5;

    // Possessor: all. User: search, by which exec joins it by its name; not view, by which others could find out the name.
    private const uint Permissions = 0x3f080000;

    /// <summary>A name that only this container's record has: a keyring of that name, made before by another container, would be joined.</summary>
    internal static string NewName(string containerId) => $"_ses.{containerId}.{RandomBytes.Hexadecimal()}";

    internal static void Add(ChildPlanBuilder plan, string name)
    {
        plan.Begin("join a session keyring of the container's own");
        Label without = plan.NewLabel();
        Slot ring = plan.NewSlot("keyring");
        plan.Call(SyscallNumber.keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.Length == 0 ? 0 : plan.Text(name))
            .Into(ring).Tolerating(Errno.ENOSYS).OtherwiseGoTo(without);
        plan.Call(SyscallNumber.keyctl, KEYCTL_SETPERM, ring, Permissions).Tolerating(Errno.EACCES).Tolerating(Errno.EPERM);
        plan.Place(without);
    }
}
