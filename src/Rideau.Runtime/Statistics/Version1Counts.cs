using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Statistics;

/// <summary>What the controllers of cgroup v1 count; each has a directory of its own.</summary>
internal static class Version1Counts
{
    // USER_HZ, in which cpuacct.stat counts, is 100 on every architecture that .NET runs on.
    private const ulong NanosecondsOfTick = 10_000_000;

    internal static void Cpu(CgroupDirectory directory, CpuStatistics cpu)
    {
        string? text = CgroupFiles.Text(directory, "cpu.stat");
        cpu.Periods = CgroupFiles.Value(text, "nr_periods");
        cpu.ThrottledPeriods = CgroupFiles.Value(text, "nr_throttled");
        cpu.ThrottledTime = CgroupFiles.Value(text, "throttled_time");
    }

    internal static void CpuAccounting(CgroupDirectory directory, CpuStatistics cpu)
    {
        string? text = CgroupFiles.Text(directory, "cpuacct.stat");
        cpu.User = CgroupFiles.Value(text, "user") * NanosecondsOfTick;
        cpu.Kernel = CgroupFiles.Value(text, "system") * NanosecondsOfTick;
        cpu.Total = CgroupFiles.Number(directory, "cpuacct.usage") ?? 0;
        cpu.PerCpu = [];
        cpu.PerCpuKernel = [];
        cpu.PerCpuUser = [];
        foreach (string value in (CgroupFiles.Text(directory, "cpuacct.usage_percpu") ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            cpu.PerCpu.Add(Number(value));
        }

        // "cpu user system", then a line for each CPU.
        foreach (string line in CgroupFiles.Lines(CgroupFiles.Text(directory, "cpuacct.usage_all")))
        {
            if (char.IsAsciiDigit(line[0]) && line.Split(' ') is [_, var user, var system, ..])
            {
                cpu.PerCpuUser.Add(Number(user));
                cpu.PerCpuKernel.Add(Number(system));
            }
        }
    }

    internal static void Cpuset(CgroupDirectory directory, CpusetStatistics cpuset)
    {
        ulong Flag(string name) => CgroupFiles.Number(directory, "cpuset." + name) ?? 0;
        cpuset.Cpus = CgroupFiles.List(directory.Read("cpuset.cpus"));
        cpuset.Mems = CgroupFiles.List(directory.Read("cpuset.mems"));
        cpuset.CpuExclusive = Flag("cpu_exclusive");
        cpuset.MemHardwall = Flag("mem_hardwall");
        cpuset.MemExclusive = Flag("mem_exclusive");
        cpuset.MemoryMigrate = Flag("memory_migrate");
        cpuset.MemorySpreadPage = Flag("memory_spread_page");
        cpuset.MemorySpreadSlab = Flag("memory_spread_slab");
        cpuset.MemoryPressure = Flag("memory_pressure");
        cpuset.SchedLoadBalance = Flag("sched_load_balance");
        cpuset.SchedRelaxDomainLevel = long.TryParse(directory.Read("cpuset.sched_relax_domain_level"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long level) ? level : 0;
    }

    internal static void Memory(CgroupDirectory directory, MemoryStatistics memory)
    {
        foreach ((string name, ulong value) in CgroupFiles.Pairs(CgroupFiles.Text(directory, "memory.stat")))
        {
            memory.Raw[name] = value;
        }

        memory.Cache = memory.Raw.GetValueOrDefault("cache");
        memory.Usage = Count(directory, "memory");
        memory.Swap = Count(directory, "memory.memsw");
        memory.Kernel = Count(directory, "memory.kmem");
        memory.KernelTcp = Count(directory, "memory.kmem.tcp");
    }

    internal static void Pids(CgroupDirectory directory, ContainerStatistics statistics)
    {
        ulong limit = CgroupFiles.Number(directory, "pids.max") ?? 0;
        statistics.Pids = new PidsStatistics(CgroupFiles.Number(directory, "pids.current") ?? 0, limit == ulong.MaxValue ? 0 : limit);
    }

    internal static void Hugepages(CgroupDirectory directory, string size, ContainerStatistics statistics)
    {
        foreach (string prefix in new[] { $"hugetlb.{size}.rsvd", $"hugetlb.{size}" })
        {
            if (CgroupFiles.Number(directory, prefix + ".usage_in_bytes") is { } usage)
            {
                statistics.Hugepages[size] = new HugepageStatistics(
                    usage,
                    CgroupFiles.Number(directory, prefix + ".max_usage_in_bytes") ?? 0,
                    CgroupFiles.Number(directory, prefix + ".failcnt") ?? 0);
                return;
            }
        }
    }

    // Which scheduler of block devices counts depends on the kernel; the first that counts has it all.
    internal static void BlockIo(CgroupDirectory directory, BlockIoStatistics io)
    {
        foreach (string kind in new[] { "blkio.bfq.", "blkio.", "blkio.throttle." })
        {
            if (Lines(directory, kind + "io_serviced_recursive") is { Count: > 0 } serviced)
            {
                io.Serviced = serviced;
                io.ServiceBytes = Lines(directory, kind + "io_service_bytes_recursive");
                if (kind != "blkio.throttle.")
                {
                    io.Queued = Lines(directory, kind + "io_queued_recursive");
                    io.ServiceTime = Lines(directory, kind + "io_service_time_recursive");
                    io.WaitTime = Lines(directory, kind + "io_wait_time_recursive");
                    io.Merged = Lines(directory, kind + "io_merged_recursive");
                    io.Time = Lines(directory, kind + "time_recursive");
                    io.Sectors = Lines(directory, kind + "sectors_recursive");
                }

                return;
            }
        }

        io.Serviced = Lines(directory, "blkio.throttle.io_serviced");
        io.ServiceBytes = Lines(directory, "blkio.throttle.io_service_bytes");
    }

    // "8:0 Read 1282048", "8:0 6792"; the last line, "Total N", is of no device.
    private static List<BlockIoCount> Lines(CgroupDirectory directory, string file)
    {
        var counts = new List<BlockIoCount>();
        foreach (string line in CgroupFiles.Lines(CgroupFiles.Text(directory, file)))
        {
            string[] fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is 3 or 4)
            {
                counts.Add(new BlockIoCount(Number(fields[0]), Number(fields[1]), fields.Length == 4 ? fields[2] : "", Number(fields[^1])));
            }
        }

        return counts;
    }

    private static MemoryCount Count(CgroupDirectory directory, string prefix) => CgroupFiles.Number(directory, prefix + ".usage_in_bytes") is not { } usage
        ? default
        : new MemoryCount(
            usage,
            CgroupFiles.Number(directory, prefix + ".max_usage_in_bytes") ?? 0,
            CgroupFiles.Number(directory, prefix + ".failcnt") ?? 0,
            CgroupFiles.Number(directory, prefix + ".limit_in_bytes") ?? 0);

    private static ulong Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0;
}
