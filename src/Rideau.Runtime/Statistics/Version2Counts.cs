using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Statistics;

/// <summary>What the controllers of cgroup v2 count, in the names that v1 has for it.</summary>
internal static class Version2Counts
{
    internal static void Cpu(CgroupDirectory directory, CpuStatistics cpu)
    {
        // cpu.stat is there without the controller, but for the throttling.
        string? text = CgroupFiles.Text(directory, "cpu.stat");
        cpu.Total = CgroupFiles.Value(text, "usage_usec") * 1000;
        cpu.User = CgroupFiles.Value(text, "user_usec") * 1000;
        cpu.Kernel = CgroupFiles.Value(text, "system_usec") * 1000;
        cpu.Periods = CgroupFiles.Value(text, "nr_periods");
        cpu.ThrottledPeriods = CgroupFiles.Value(text, "nr_throttled");
        cpu.ThrottledTime = CgroupFiles.Value(text, "throttled_usec") * 1000;
    }

    internal static void Memory(CgroupDirectory directory, MemoryStatistics memory)
    {
        foreach ((string name, ulong value) in CgroupFiles.Pairs(CgroupFiles.Text(directory, "memory.stat")))
        {
            memory.Raw[name] = value;
        }

        memory.Cache = memory.Raw.GetValueOrDefault("file");
        MemoryCount usage = Count(directory, "memory");
        MemoryCount swap = Count(directory, "memory.swap");
        memory.Usage = usage;
        // v1 counts memory and swap together. The most of the sum is not the sum of the most, so it is left out.
        memory.Swap = swap with
        {
            Usage = swap.Usage + usage.Usage,
            Limit = swap.Limit == ulong.MaxValue || usage.Limit == ulong.MaxValue ? ulong.MaxValue : swap.Limit + usage.Limit,
            Max = 0,
        };
    }

    internal static void Pids(CgroupDirectory directory, ContainerStatistics statistics)
    {
        if (CgroupFiles.Number(directory, "pids.current") is { } current)
        {
            ulong limit = CgroupFiles.Number(directory, "pids.max") ?? 0;
            statistics.Pids = new PidsStatistics(current, limit == ulong.MaxValue ? 0 : limit);
            return;
        }

        var pids = new SortedSet<int>();
        directory.CollectProcesses(pids);
        statistics.Pids = new PidsStatistics((ulong)pids.Count, 0);
    }

    internal static void Hugepages(CgroupDirectory directory, string size, ContainerStatistics statistics)
    {
        if ((CgroupFiles.Number(directory, $"hugetlb.{size}.rsvd.current") ?? CgroupFiles.Number(directory, $"hugetlb.{size}.current")) is { } usage)
        {
            statistics.Hugepages[size] = new HugepageStatistics(usage, 0, CgroupFiles.Value(CgroupFiles.Text(directory, $"hugetlb.{size}.events"), "max"));
        }
    }

    // "8:0 rbytes=90112 wbytes=299008 rios=10 wios=5 dbytes=0 dios=0"
    internal static void BlockIo(CgroupDirectory directory, BlockIoStatistics io)
    {
        foreach (string line in CgroupFiles.Lines(CgroupFiles.Text(directory, "io.stat")))
        {
            string[] fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || !ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong major)
                || !ulong.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong minor))
            {
                continue;
            }

            foreach (string field in fields[2..])
            {
                int equals = field.IndexOf('=', StringComparison.Ordinal);
                if (!ulong.TryParse(field.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
                {
                    continue;
                }

                switch (field[..Math.Max(equals, 0)])
                {
                    case "rbytes": io.ServiceBytes.Add(new BlockIoCount(major, minor, "Read", value)); break;
                    case "wbytes": io.ServiceBytes.Add(new BlockIoCount(major, minor, "Write", value)); break;
                    case "rios": io.Serviced.Add(new BlockIoCount(major, minor, "Read", value)); break;
                    case "wios": io.Serviced.Add(new BlockIoCount(major, minor, "Write", value)); break;
                }
            }
        }
    }

    internal static void Pressures(CgroupDirectory directory, ContainerStatistics statistics)
    {
        statistics.Cpu.Pressure = CgroupFiles.Pressure(directory, "cpu.pressure");
        statistics.Memory.Pressure = CgroupFiles.Pressure(directory, "memory.pressure");
        statistics.BlockIo.Pressure = CgroupFiles.Pressure(directory, "io.pressure");
    }

    private static MemoryCount Count(CgroupDirectory directory, string prefix) => CgroupFiles.Number(directory, prefix + ".current") is not { } usage
        ? default
        : new MemoryCount(usage, CgroupFiles.Number(directory, prefix + ".peak") ?? 0, 0, CgroupFiles.Number(directory, prefix + ".max") ?? 0);
}
