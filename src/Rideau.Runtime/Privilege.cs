using Rideau.Kernel.Calls;

namespace Rideau.Runtime;

/// <summary>What the caller may do, looked up once.</summary>
internal static class Privilege
{
    private static int s_unprivileged;
    private static long s_effectiveUid = -1;

    internal static uint EffectiveUid => (uint)(s_effectiveUid < 0 ? s_effectiveUid = Credentials.EffectiveUid : s_effectiveUid);

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
