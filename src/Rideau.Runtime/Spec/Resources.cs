using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config-linux.md#control-groups</summary>
public sealed class Resources
{
    public List<DeviceRule> Devices { get; set; } = [];
    public MemoryResources? Memory { get; set; }
    public CpuResources? Cpu { get; set; }
    public PidsResources? Pids { get; set; }
    public BlockIoResources? BlockIo { get; set; }
    public List<HugepageLimit> HugepageLimits { get; set; } = [];
    public NetworkResources? Network { get; set; }
    public Dictionary<string, RdmaLimit> Rdma { get; set; } = [];
    public Dictionary<string, string> Unified { get; set; } = [];
}

/// <summary>spec: config-linux.md#device-allowed-list; type "a", "c" or "b"; a null number means all</summary>
public readonly record struct DeviceRule(bool Allow, string? Type, long? Major, long? Minor, string? Access);

/// <summary>Bytes; -1 is no limit. spec: config-linux.md#memory</summary>
public sealed class MemoryResources
{
    public long? Limit { get; set; }
    public long? Reservation { get; set; }
    public long? Swap { get; set; }
    public long? Kernel { get; set; }
    public long? KernelTcp { get; set; }
    public ulong? Swappiness { get; set; }
    public bool? DisableOomKiller { get; set; }
    public bool? UseHierarchy { get; set; }
    public bool? CheckBeforeUpdate { get; set; }
}

/// <summary>Times in microseconds. spec: config-linux.md#cpu</summary>
public sealed class CpuResources
{
    public ulong? Shares { get; set; }
    public long? Quota { get; set; }
    public ulong? Burst { get; set; }
    public ulong? Period { get; set; }
    public long? RealtimeRuntime { get; set; }
    public ulong? RealtimePeriod { get; set; }
    public string? Cpus { get; set; }
    public string? Mems { get; set; }
    public long? Idle { get; set; }
}

/// <summary>-1 or (older files) 0 is no limit. spec: config-linux.md#pids</summary>
public readonly record struct PidsResources(long? Limit);

/// <summary>spec: config-linux.md#block-io</summary>
public sealed class BlockIoResources
{
    public ushort? Weight { get; set; }
    public ushort? LeafWeight { get; set; }
    public List<WeightDevice> WeightDevice { get; set; } = [];
    public List<ThrottleDevice> ThrottleReadBpsDevice { get; set; } = [];
    public List<ThrottleDevice> ThrottleWriteBpsDevice { get; set; } = [];
    public List<ThrottleDevice> ThrottleReadIopsDevice { get; set; } = [];
    public List<ThrottleDevice> ThrottleWriteIopsDevice { get; set; } = [];
}

public readonly record struct WeightDevice(long Major, long Minor, ushort? Weight, ushort? LeafWeight);

public readonly record struct ThrottleDevice(long Major, long Minor, ulong Rate);

/// <summary>spec: config-linux.md#huge-page-limits; page size as "2MB", limit in bytes</summary>
public readonly record struct HugepageLimit(string PageSize, ulong Limit);

/// <summary>spec: config-linux.md#network</summary>
public sealed class NetworkResources
{
    public uint? ClassId { get; set; }
    public List<InterfacePriority> Priorities { get; set; } = [];
}

public readonly record struct InterfacePriority(string Name, uint Priority);

/// <summary>spec: config-linux.md#rdma</summary>
public readonly record struct RdmaLimit(uint? HcaHandles, uint? HcaObjects);
