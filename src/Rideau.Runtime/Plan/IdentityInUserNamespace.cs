using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>In a new user namespace the child takes an id that is mapped; until then what it makes belongs to nobody there (EOVERFLOW).</summary>
internal static class IdentityInUserNamespace
{
    internal static void Add(ChildPlanBuilder plan, Linux linux, bool groupsDenied)
    {
        uint uid = FirstMapped(linux.UidMappings);
        uint gid = FirstMapped(linux.GidMappings);
        plan.Begin($"become user {uid} and group {gid} of the user namespace");
        plan.Call(SyscallNumber.setresgid, gid, gid, gid);
        plan.Call(SyscallNumber.setresuid, uid, uid, uid);
        if (!groupsDenied)
        {
            // EPERM: a namespace that was mapped without privilege, and is joined. The groups were dropped before.
            plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
        }
    }

    /// <summary>True where the id that the child takes is root.</summary>
    internal static bool IsRoot(Linux linux) => FirstMapped(linux.UidMappings) == 0;

    // Root where it is mapped; a joined namespace has its own mappings, in which root is all but certain.
    private static uint FirstMapped(List<IdMapping> mappings)
    {
        if (mappings.Count == 0)
        {
            return 0;
        }

        uint lowest = uint.MaxValue;
        foreach (IdMapping mapping in mappings)
        {
            lowest = Math.Min(lowest, mapping.ContainerId);
        }

        return lowest;
    }
}
