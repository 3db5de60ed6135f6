using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config-linux.md</summary>
public sealed class Linux
{
    public List<Namespace> Namespaces { get; set; } = [];
    public List<IdMapping> UidMappings { get; set; } = [];
    public List<IdMapping> GidMappings { get; set; } = [];
    /// <summary>Keys "monotonic" and "boottime".</summary>
    public Dictionary<string, TimeOffset> TimeOffsets { get; set; } = [];
    public List<Device> Devices { get; set; } = [];
    public Dictionary<string, NetDevice> NetDevices { get; set; } = [];
    public string? CgroupsPath { get; set; }
    public Resources? Resources { get; set; }
    public string? RootfsPropagation { get; set; }
    public Seccomp? Seccomp { get; set; }
    public Dictionary<string, string> Sysctl { get; set; } = [];
    public List<string> MaskedPaths { get; set; } = [];
    public List<string> ReadonlyPaths { get; set; } = [];
    public string? MountLabel { get; set; }
    public Personality? Personality { get; set; }
    public IntelRdt? IntelRdt { get; set; }
    public MemoryPolicy? MemoryPolicy { get; set; }
}

/// <summary>spec: config-linux.md#namespaces; type as "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"</summary>
public readonly record struct Namespace(string Type, string? Path);

/// <summary>spec: config-linux.md#offset-for-time-namespace</summary>
public readonly record struct TimeOffset(long Seconds, uint Nanoseconds);

/// <summary>spec: config-linux.md#devices; type "c", "b", "u" or "p"</summary>
public sealed class Device
{
    public string Type { get; set; } = "";
    public string Path { get; set; } = "";
    public long Major { get; set; }
    public long Minor { get; set; }
    public uint? FileMode { get; set; }
    public uint? Uid { get; set; }
    public uint? Gid { get; set; }
}

/// <summary>spec: config-linux.md#network-devices</summary>
public readonly record struct NetDevice(string? Name);

/// <summary>spec: config-linux.md#personality</summary>
public sealed class Personality
{
    public string Domain { get; set; } = "";
    public List<string> Flags { get; set; } = [];
}

/// <summary>spec: config-linux.md#intelrdt</summary>
public sealed class IntelRdt
{
    public string? ClosId { get; set; }
    public List<string> Schemata { get; set; } = [];
    public string? L3CacheSchema { get; set; }
    public string? MemBwSchema { get; set; }
    public bool EnableMonitoring { get; set; }
}

/// <summary>spec: config-linux.md#memory-policy</summary>
public sealed class MemoryPolicy
{
    public string Mode { get; set; } = "";
    public string? Nodes { get; set; }
    public List<string> Flags { get; set; } = [];
}
