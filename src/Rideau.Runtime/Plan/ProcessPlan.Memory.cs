using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

// On which memory nodes the process's pages come to lie.
internal sealed partial class ProcessPlan
{
    /// <summary>The container's memory policy, or null.</summary>
    internal MemoryPolicy? MemoryPolicy { get; init; }

    // spec: config-linux.md#memory-policy · man: set_mempolicy(2)
    private void AddMemoryPolicy()
    {
        if (MemoryPolicy is not { } policy)
        {
            return;
        }

        int mode = policy.Mode switch
        {
            "MPOL_DEFAULT" => 0,
            "MPOL_PREFERRED" => 1,
            "MPOL_BIND" => 2,
            "MPOL_INTERLEAVE" => 3,
            "MPOL_LOCAL" => 4,
            "MPOL_PREFERRED_MANY" => 5,
            "MPOL_WEIGHTED_INTERLEAVE" => 6,
            _ => throw Invalid("linux.memoryPolicy.mode", policy.Mode),
        };
        foreach (string flag in policy.Flags)
        {
            mode |= flag switch
            {
                "MPOL_F_STATIC_NODES" => 1 << 15,
                "MPOL_F_RELATIVE_NODES" => 1 << 14,
                "MPOL_F_NUMA_BALANCING" => 1 << 13,
                _ => throw Invalid("linux.memoryPolicy.flags", flag),
            };
        }

        plan.Begin($"set the memory policy {policy.Mode}{(string.IsNullOrEmpty(policy.Nodes) ? "" : $" of nodes {policy.Nodes}")}");
        if (string.IsNullOrEmpty(policy.Nodes))
        {
            plan.Call(SyscallNumber.set_mempolicy, mode, 0, 0);
            return;
        }

        // The kernel takes one bit less than it is told.
        byte[] nodes = CpuList.Parse(policy.Nodes, "linux.memoryPolicy.nodes");
        plan.Call(SyscallNumber.set_mempolicy, mode, plan.Bytes(nodes), (nodes.Length * 8) + 1);
    }
}
