using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>cpu and cpuset.</summary>
internal sealed partial class LimitWriter
{
    private void WriteCpu(CpuResources? cpu)
    {
        if (cpu is null || (cpu.Shares ?? 0) == 0 && (cpu.Quota ?? 0) == 0 && (cpu.Period ?? 0) == 0 && cpu.Burst is null && cpu.Idle is null
            && (cpu.RealtimeRuntime ?? 0) == 0 && (cpu.RealtimePeriod ?? 0) == 0)
        {
            return;
        }

        CgroupDirectory directory = Find("cpu");
        if (directory.IsUnified)
        {
            WriteCpuVersion2(directory, cpu);
            return;
        }

        if (cpu.Shares is { } shares and not 0)
        {
            WriteShares(directory, shares);
        }

        WriteBandwidth(directory, cpu);
        if (cpu.Idle is { } idle)
        {
            Write("cpu", directory, "cpu.idle", Text(idle));
        }

        WriteRealtime(directory, cpu);
    }

    // v1 takes a value out of range and makes it fit, silently; that is not what was asked.
    private void WriteShares(CgroupDirectory directory, ulong shares)
    {
        Write("cpu", directory, "cpu.shares", Text(shares));
        if (shares is >= 2 and <= 262144)
        {
            return;
        }

        if (ulong.TryParse(directory.Read("cpu.shares"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong taken) && taken != shares)
        {
            throw ResourceFailure.Invalid("cpu", $"the {(shares > taken ? "maximum" : "minimum")} allowed cpu-shares is {taken}");
        }
    }

    // Which of period, burst and quota the kernel takes first depends on what is set: what it refuses is tried again after the quota.
    private void WriteBandwidth(CgroupDirectory directory, CpuResources cpu)
    {
        bool quota = cpu.Quota is not (null or 0);
        string? period = cpu.Period is not (null or 0) ? Text(cpu.Period.Value) : null;
        string? burst = cpu.Burst is { } b ? Text(b) : null;
        if (period is not null && TryOrRefuse(directory, "cpu.cfs_period_us", period, quota))
        {
            period = null;
        }

        if (burst is not null && TryOrRefuse(directory, "cpu.cfs_burst_us", burst, quota))
        {
            burst = null;
        }

        if (quota)
        {
            Write("cpu", directory, "cpu.cfs_quota_us", Text(cpu.Quota!.Value));
            if (period is not null)
            {
                Write("cpu", directory, "cpu.cfs_period_us", period);
            }

            if (burst is not null)
            {
                Write("cpu", directory, "cpu.cfs_burst_us", burst);
            }
        }
    }

    private void WriteRealtime(CgroupDirectory directory, CpuResources cpu)
    {
        bool runtime = cpu.RealtimeRuntime is not (null or 0);
        string? period = cpu.RealtimePeriod is not (null or 0) ? Text(cpu.RealtimePeriod.Value) : null;
        if (period is not null && TryOrRefuse(directory, "cpu.rt_period_us", period, runtime))
        {
            period = null;
        }

        if (runtime)
        {
            Write("cpu", directory, "cpu.rt_runtime_us", Text(cpu.RealtimeRuntime!.Value));
            if (period is not null)
            {
                Write("cpu", directory, "cpu.rt_period_us", period);
            }
        }
    }

    private void WriteCpuVersion2(CgroupDirectory directory, CpuResources cpu)
    {
        if (cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod is not (null or 0))
        {
            log.Warning("cgroup v2 has no limit of real-time time (linux.resources.cpu.realtimeRuntime, realtimePeriod), ignoring");
        }

        if (cpu.Idle is { } idle)
        {
            Write("cpu", directory, "cpu.idle", Text(idle));
        }

        // An idle group has no weight: the kernel refuses one.
        if (cpu.Shares is { } shares and not 0 && cpu.Idle is not 1)
        {
            Write("cpu", directory, "cpu.weight", Text(Version2Values.CpuWeight(shares)));
        }

        bool max = cpu.Quota is not (null or 0) || cpu.Period is not (null or 0);
        string? burst = cpu.Burst is { } b ? Text(b) : null;
        if (burst is not null && TryOrRefuse(directory, "cpu.max.burst", burst, max))
        {
            burst = null;
        }

        if (max)
        {
            Write("cpu", directory, "cpu.max", CpuMaxOf(directory, cpu));
            if (burst is not null)
            {
                Write("cpu", directory, "cpu.max.burst", burst);
            }
        }
    }

    // What is not given keeps its value: an update of the period alone must not take the quota away.
    private string CpuMaxOf(CgroupDirectory directory, CpuResources cpu)
    {
        long quota = cpu.Quota ?? 0;
        ulong period = cpu.Period ?? 0;
        if (!isNew && (quota == 0 || period == 0) && directory.Read("cpu.max")?.Split(' ') is [var currentQuota, var currentPeriod])
        {
            quota = quota != 0 ? quota : long.TryParse(currentQuota, NumberStyles.None, CultureInfo.InvariantCulture, out long q) ? q : -1;
            period = period != 0 ? period : ulong.TryParse(currentPeriod, NumberStyles.None, CultureInfo.InvariantCulture, out ulong p) ? p : 0;
        }

        return Version2Values.CpuMax(quota, period);
    }

    // True when written; false for EINVAL where another write may make it valid.
    private static bool TryOrRefuse(CgroupDirectory directory, string file, string value, bool again)
    {
        int errno = directory.TryWrite(file, value);
        return errno == 0 || (errno == Errno.EINVAL && again ? false : throw ResourceFailure.Of("cpu", directory.FileOf(file), value, errno));
    }

    private void WriteCpuset(CpuResources? cpu)
    {
        if (!string.IsNullOrEmpty(cpu?.Cpus))
        {
            Write("cpuset", Find("cpuset"), "cpuset.cpus", cpu.Cpus);
        }

        if (!string.IsNullOrEmpty(cpu?.Mems))
        {
            Write("cpuset", Find("cpuset"), "cpuset.mems", cpu.Mems);
        }
    }
}
