using System.Collections.Generic;

namespace Rideau.Runtime.Statistics;

/// <summary>What a container uses, as its cgroups count it. Names and units are those of the field's "events".</summary>
public sealed class ContainerStatistics
{
    public CpuStatistics Cpu { get; } = new();
    public CpusetStatistics Cpuset { get; } = new();
    public MemoryStatistics Memory { get; } = new();
    public PidsStatistics Pids { get; set; }
    public BlockIoStatistics BlockIo { get; } = new();

    /// <summary>By the size of a page: "2MB".</summary>
    public SortedDictionary<string, HugepageStatistics> Hugepages { get; } = new(System.StringComparer.Ordinal);
}

/// <summary>Times in nanoseconds.</summary>
public sealed class CpuStatistics
{
    public ulong Total { get; set; }
    public ulong Kernel { get; set; }
    public ulong User { get; set; }

    /// <summary>CPU by CPU: cgroup v1 alone has these three; null elsewhere.</summary>
    public List<ulong>? PerCpu { get; set; }
    public List<ulong>? PerCpuKernel { get; set; }
    public List<ulong>? PerCpuUser { get; set; }
    public ulong Periods { get; set; }
    public ulong ThrottledPeriods { get; set; }
    public ulong ThrottledTime { get; set; }
    public Pressure? Pressure { get; set; }
}

/// <summary>cgroup v1 alone; all zero elsewhere.</summary>
public sealed class CpusetStatistics
{
    public List<ushort> Cpus { get; set; } = [];
    public List<ushort> Mems { get; set; } = [];
    public ulong CpuExclusive { get; set; }
    public ulong MemHardwall { get; set; }
    public ulong MemExclusive { get; set; }
    public ulong MemoryMigrate { get; set; }
    public ulong MemorySpreadPage { get; set; }
    public ulong MemorySpreadSlab { get; set; }
    public ulong MemoryPressure { get; set; }
    public ulong SchedLoadBalance { get; set; }
    public long SchedRelaxDomainLevel { get; set; }
}

/// <summary>Bytes; a limit of <see cref="ulong.MaxValue"/> is none on cgroup v2.</summary>
public readonly record struct MemoryCount(ulong Usage, ulong Max, ulong Failures, ulong Limit);

public sealed class MemoryStatistics
{
    public ulong Cache { get; set; }
    public MemoryCount Usage { get; set; }

    /// <summary>Memory and swap together.</summary>
    public MemoryCount Swap { get; set; }
    public MemoryCount Kernel { get; set; }
    public MemoryCount KernelTcp { get; set; }

    /// <summary>memory.stat.</summary>
    public SortedDictionary<string, ulong> Raw { get; } = new(System.StringComparer.Ordinal);
    public Pressure? Pressure { get; set; }
}

/// <summary>A limit of 0 is none.</summary>
public readonly record struct PidsStatistics(ulong Current, ulong Limit);

public readonly record struct BlockIoCount(ulong Major, ulong Minor, string Operation, ulong Value);

public sealed class BlockIoStatistics
{
    public List<BlockIoCount> ServiceBytes { get; set; } = [];
    public List<BlockIoCount> Serviced { get; set; } = [];
    public List<BlockIoCount> Queued { get; set; } = [];
    public List<BlockIoCount> ServiceTime { get; set; } = [];
    public List<BlockIoCount> WaitTime { get; set; } = [];
    public List<BlockIoCount> Merged { get; set; } = [];
    public List<BlockIoCount> Time { get; set; } = [];
    public List<BlockIoCount> Sectors { get; set; } = [];
    public Pressure? Pressure { get; set; }
}

public readonly record struct HugepageStatistics(ulong Usage, ulong Max, ulong Failures);

/// <summary>Shares of time in percent over 10, 60 and 300 seconds; the total in microseconds.</summary>
public readonly record struct PressureLine(double Average10, double Average60, double Average300, ulong Total);

/// <summary>Pressure stall information: the time in which some, or all, processes waited.</summary>
public sealed record Pressure(PressureLine Some, PressureLine Full);
