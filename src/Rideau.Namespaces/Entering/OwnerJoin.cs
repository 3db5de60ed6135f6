using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Without privilege a namespace can be entered only from within the user namespace that owns it: that one is joined too.</summary>
public static class OwnerJoin
{
    /// <summary>Adds the owner where the caller needs it and no user namespace is joined yet.</summary>
    /// <param name="join">What is joined.</param>
    /// <param name="open">The namespaces that are.</param>
    /// <returns>What was opened, to be kept open until the child has been made.</returns>
    public static IReadOnlyList<OwnedFd> Complete(JoinPlan join, IReadOnlyList<OwnedFd> open)
    {
        if (Credentials.EffectiveUid == 0 || (join.Types & Sched.CLONE_NEWUSER) != 0 || join.Types == 0)
        {
            return [];
        }

        foreach (OwnedFd fd in open)
        {
            if (NamespaceFiles.TryOpenOwner(fd, out OwnedFd? owner) == 0 && owner is not null)
            {
                join.Add(owner, "the owner");
                return [owner];
            }
        }

        return [];
    }
}
