using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Plan;

/// <summary>Without a terminal the process has the caller's streams; they become its user's, so that it can open /dev/stdout again.</summary>
/// <remarks>ENGINE-CONTRACT 21: the user id only; not what is his already, and not the null device; EPERM and EROFS are no failure.</remarks>
internal static class StandardStreamsPlan
{
    internal static void Add(ChildPlanBuilder plan, MachineView machine, uint uid, bool sameNumbers)
    {
        for (int descriptor = 0; descriptor <= 2; descriptor++)
        {
            if (!machine.TryDescriptorStatus(descriptor, out FileStatus status))
            {
                continue;
            }

            bool isNull = status.IsCharacterDevice && status.SpecialMajor == 1 && status.SpecialMinor == 3;
            if (isNull || (sameNumbers && status.Uid == uid))
            {
                continue;
            }

            plan.Begin($"give descriptor {descriptor} to user {uid}");
            plan.Call(SyscallNumber.fchown, Argument.Descriptor(descriptor), uid, uint.MaxValue)
                .Tolerating(Errno.EPERM).Tolerating(Errno.EROFS).Tolerating(Errno.EINVAL);
        }
    }
}
