using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>Whether a configuration asks for anything that only a cgroup gives. Rules for devices do not count: without privilege they have no effect.</summary>
internal static class ResourceLimits
{
    internal static bool AreAsked(Resources? resources) => resources is not null
        && (HasMemory(resources.Memory)
            || HasCpu(resources.Cpu)
            || resources.Pids?.Limit is >= 0
            || HasBlockIo(resources.BlockIo)
            || resources.HugepageLimits.Count > 0
            || resources.Rdma.Count > 0
            || resources.Unified.Count > 0
            || resources.Network is { ClassId: not null } or { Priorities.Count: > 0 });

    private static bool HasMemory(MemoryResources? memory) => memory is not null
        && (memory.Limit is not (null or 0) || memory.Reservation is not (null or 0) || memory.Swap is not (null or 0)
            || memory.Swappiness is not null || memory.DisableOomKiller is true);

    private static bool HasCpu(CpuResources? cpu) => cpu is not null
        && (cpu.Shares is not (null or 0) || cpu.Quota is not (null or 0) || cpu.Burst is not null || cpu.Period is not (null or 0)
            || cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod is not (null or 0) || cpu.Idle is not null
            || !string.IsNullOrEmpty(cpu.Cpus) || !string.IsNullOrEmpty(cpu.Mems));

    private static bool HasBlockIo(BlockIoResources? io) => io is not null
        && (io.Weight is not (null or 0) || io.LeafWeight is not (null or 0) || io.WeightDevice.Count > 0
            || io.ThrottleReadBpsDevice.Count > 0 || io.ThrottleWriteBpsDevice.Count > 0
            || io.ThrottleReadIopsDevice.Count > 0 || io.ThrottleWriteIopsDevice.Count > 0);
}
