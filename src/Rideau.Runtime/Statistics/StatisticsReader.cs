using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Statistics;

/// <summary>Reads what a container uses out of its groups: each controller where the machine has it.</summary>
internal static class StatisticsReader
{
    internal static ContainerStatistics Read(List<CgroupDirectory> directories)
    {
        var statistics = new ContainerStatistics();
        CgroupDirectory? unified = directories.Find(directory => directory.IsUnified);
        CgroupDirectory? V1(string controller) => directories.Find(directory => directory.Hierarchy.Has(controller));
        ReadCpu(statistics, V1, unified);
        if (V1("cpuset") is { } cpuset)
        {
            Version1Counts.Cpuset(cpuset, statistics.Cpuset);
        }

        Choose(V1("memory"), unified, d => Version1Counts.Memory(d, statistics.Memory), d => Version2Counts.Memory(d, statistics.Memory));
        Choose(V1("pids"), unified, d => Version1Counts.Pids(d, statistics), d => Version2Counts.Pids(d, statistics));
        Choose(V1("blkio"), unified, d => Version1Counts.BlockIo(d, statistics.BlockIo), d => Version2Counts.BlockIo(d, statistics.BlockIo));
        foreach (string size in HugepageSizes())
        {
            Choose(V1("hugetlb"), unified, d => Version1Counts.Hugepages(d, size, statistics), d => Version2Counts.Hugepages(d, size, statistics));
        }

        // v1 counts no pressure; beside it v2 does.
        if (unified is not null)
        {
            Version2Counts.Pressures(unified, statistics);
        }

        return statistics;
    }

    private static void ReadCpu(ContainerStatistics statistics, Func<string, CgroupDirectory?> version1, CgroupDirectory? unified)
    {
        CgroupDirectory? accounting = version1("cpuacct");
        CgroupDirectory? cpu = version1("cpu");
        if (accounting is null && cpu is null)
        {
            Choose(null, unified, _ => { }, d => Version2Counts.Cpu(d, statistics.Cpu));
            return;
        }

        Choose(accounting, null, d => Version1Counts.CpuAccounting(d, statistics.Cpu), _ => { });
        Choose(cpu, null, d => Version1Counts.Cpu(d, statistics.Cpu), _ => { });
    }

    private static void Choose(CgroupDirectory? version1, CgroupDirectory? unified, Action<CgroupDirectory> ofVersion1, Action<CgroupDirectory> ofVersion2)
    {
        if (version1 is not null)
        {
            ofVersion1(version1);
        }
        else if (unified is not null)
        {
            ofVersion2(unified);
        }
    }

    // "hugepages-2048kB" is "2MB" in the names of a cgroup's files.
    private static IEnumerable<string> HugepageSizes()
    {
        foreach (string name in DirectoryListing.Names("/sys/kernel/mm/hugepages"))
        {
            if (name.StartsWith("hugepages-", StringComparison.Ordinal) && name.EndsWith("kB", StringComparison.Ordinal)
                && ulong.TryParse(name.AsSpan(10, name.Length - 12), NumberStyles.None, CultureInfo.InvariantCulture, out ulong kilobytes))
            {
                yield return kilobytes >= 1 << 20 ? $"{kilobytes >> 20}GB" : kilobytes >= 1 << 10 ? $"{kilobytes >> 10}MB" : $"{kilobytes}KB";
            }
        }
    }
}
