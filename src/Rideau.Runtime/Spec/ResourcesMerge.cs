using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>What a container has after an update: what was given, and for the rest what it had.</summary>
public static class ResourcesMerge
{
    /// <summary>A new object; neither of the two is changed.</summary>
    public static Resources Of(Resources had, Resources given) => new()
    {
        Devices = given.Devices.Count > 0 ? given.Devices : had.Devices,
        Memory = Of(had.Memory ?? new MemoryResources(), given.Memory),
        Cpu = Of(had.Cpu ?? new CpuResources(), given.Cpu),
        Pids = given.Pids?.Limit is null ? had.Pids : given.Pids,
        BlockIo = Of(had.BlockIo ?? new BlockIoResources(), given.BlockIo),
        HugepageLimits = Of(had.HugepageLimits, given.HugepageLimits),
        Network = given.Network is null ? had.Network : new NetworkResources
        {
            ClassId = given.Network.ClassId ?? had.Network?.ClassId,
            Priorities = given.Network.Priorities.Count > 0 ? given.Network.Priorities : had.Network?.Priorities ?? [],
        },
        Rdma = Of(had.Rdma, given.Rdma),
        Unified = Of(had.Unified, given.Unified),
    };

    private static MemoryResources Of(MemoryResources had, MemoryResources? given) => given is null ? had : new MemoryResources
    {
        Limit = given.Limit ?? had.Limit,
        Reservation = given.Reservation ?? had.Reservation,
        // Memory without a limit has none with swap either, unless that is given too.
        Swap = given.Swap ?? (given.Limit == -1 ? null : had.Swap),
        Kernel = given.Kernel ?? had.Kernel,
        KernelTcp = given.KernelTcp ?? had.KernelTcp,
        Swappiness = given.Swappiness ?? had.Swappiness,
        DisableOomKiller = given.DisableOomKiller ?? had.DisableOomKiller,
        UseHierarchy = given.UseHierarchy ?? had.UseHierarchy,
        CheckBeforeUpdate = given.CheckBeforeUpdate ?? had.CheckBeforeUpdate,
    };

    private static CpuResources Of(CpuResources had, CpuResources? given) => given is null ? had : new CpuResources
    {
        Shares = given.Shares ?? had.Shares,
        Quota = given.Quota ?? had.Quota,
        Burst = given.Burst ?? had.Burst,
        Period = given.Period ?? had.Period,
        RealtimeRuntime = given.RealtimeRuntime ?? had.RealtimeRuntime,
        RealtimePeriod = given.RealtimePeriod ?? had.RealtimePeriod,
        Cpus = string.IsNullOrEmpty(given.Cpus) ? had.Cpus : given.Cpus,
        Mems = string.IsNullOrEmpty(given.Mems) ? had.Mems : given.Mems,
        Idle = given.Idle ?? had.Idle,
    };

    private static BlockIoResources Of(BlockIoResources had, BlockIoResources? given) => given is null ? had : new BlockIoResources
    {
        Weight = given.Weight ?? had.Weight,
        LeafWeight = given.LeafWeight ?? had.LeafWeight,
        WeightDevice = Of(had.WeightDevice, given.WeightDevice),
        ThrottleReadBpsDevice = Of(had.ThrottleReadBpsDevice, given.ThrottleReadBpsDevice),
        ThrottleWriteBpsDevice = Of(had.ThrottleWriteBpsDevice, given.ThrottleWriteBpsDevice),
        ThrottleReadIopsDevice = Of(had.ThrottleReadIopsDevice, given.ThrottleReadIopsDevice),
        ThrottleWriteIopsDevice = Of(had.ThrottleWriteIopsDevice, given.ThrottleWriteIopsDevice),
    };

    private static List<WeightDevice> Of(List<WeightDevice> had, List<WeightDevice> given)
    {
        List<WeightDevice> merged = [.. had];
        foreach (WeightDevice device in given)
        {
            int at = merged.FindIndex(one => one.Major == device.Major && one.Minor == device.Minor);
            if (at < 0)
            {
                merged.Add(device);
            }
            else
            {
                merged[at] = device with { Weight = device.Weight ?? merged[at].Weight, LeafWeight = device.LeafWeight ?? merged[at].LeafWeight };
            }
        }

        return merged;
    }

    private static List<ThrottleDevice> Of(List<ThrottleDevice> had, List<ThrottleDevice> given)
    {
        List<ThrottleDevice> merged = [.. had];
        foreach (ThrottleDevice device in given)
        {
            merged.RemoveAll(one => one.Major == device.Major && one.Minor == device.Minor);
            merged.Add(device);
        }

        return merged;
    }

    private static List<HugepageLimit> Of(List<HugepageLimit> had, List<HugepageLimit> given)
    {
        List<HugepageLimit> merged = [.. had];
        foreach (HugepageLimit limit in given)
        {
            merged.RemoveAll(one => one.PageSize == limit.PageSize);
            merged.Add(limit);
        }

        return merged;
    }

    private static Dictionary<string, T> Of<T>(Dictionary<string, T> had, Dictionary<string, T> given)
    {
        Dictionary<string, T> merged = new(had);
        foreach ((string name, T value) in given)
        {
            merged[name] = value;
        }

        return merged;
    }
}
