using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>In a user namespace without a root, execve(2) would take the capabilities that the child needs for its work: for the time of its image they are ambient.</summary>
/// <remarks>man: capabilities(7)</remarks>
internal static class CapabilitiesOverImage
{
    internal static void Keep(ChildPlanBuilder plan, Linux linux)
    {
        if (IdentityInUserNamespace.IsRoot(linux))
        {
            return;
        }

        plan.Begin("keep capabilities for the image: no root is mapped");
        Set(plan, inheritable: uint.MaxValue);
        for (int capability = 0; capability <= Capability.Last; capability++)
        {
            // EINVAL: the kernel is older than this capability. EPERM: the caller's bounding set lacks it.
            plan.Call(SyscallNumber.prctl, Prctl.PR_CAP_AMBIENT, Prctl.PR_CAP_AMBIENT_RAISE, capability, 0, 0).Tolerating(Errno.EINVAL).Tolerating(Errno.EPERM);
        }
    }

    internal static void Finish(ChildPlanBuilder plan, Linux linux)
    {
        if (IdentityInUserNamespace.IsRoot(linux))
        {
            return;
        }

        plan.Begin("no capability is inherited any further");
        plan.Call(SyscallNumber.prctl, Prctl.PR_CAP_AMBIENT, Prctl.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        Set(plan, inheritable: 0);
    }

    // The kernel leaves out what it does not know; what the process lacks is refused.
    private static void Set(ChildPlanBuilder plan, uint inheritable)
    {
        const uint high = (1u << (Capability.Last - 31)) - 1;
        plan.Call(
            SyscallNumber.capset,
            plan.Data(new cap_user_header { version = Capability._LINUX_CAPABILITY_VERSION_3 }),
            plan.Data(new cap_user_data
            {
                effective0 = uint.MaxValue,
                permitted0 = uint.MaxValue,
                inheritable0 = inheritable,
                effective1 = high,
                permitted1 = high,
                inheritable1 = inheritable & high,
            }));
    }
}
