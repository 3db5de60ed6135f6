using Rideau.Kernel.Calls;

namespace Rideau.Runtime;

/// <summary>What the caller may do, looked up once.</summary>
internal static class Privilege
{
    private static int s_unprivileged;

    internal static uint EffectiveUid => Credentials.EffectiveUid;

    /// <summary>Not the root of the machine: another user, or a root of a user namespace, which counts as unprivileged for what belongs to the machine.</summary>
    internal static bool IsUnprivileged
    {
        get
        {
            if (s_unprivileged == 0)
            {
                s_unprivileged = EffectiveUid != 0 || !Credentials.IsInitialUserNamespace ? 1 : 2;
            }

            return s_unprivileged == 1;
        }
    }
}
