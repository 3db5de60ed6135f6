using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Systemd;

/// <summary>linux.resources as properties of a unit, so that systemd writes the same again whenever it writes the group's files.</summary>
/// <remarks>What systemd has no property for is written to the files alone. man: systemd.resource-control(5)</remarks>
internal sealed class ResourceProperties(UnitProperties properties, int systemdVersion)
{
    private const ulong DefaultPeriod = 100_000;
    private const int VersionOfIdle = 252;

    internal void Add(Resources resources)
    {
        AddMemory(resources.Memory);
        AddCpu(resources.Cpu);
        if (resources.Pids?.Limit is { } limit)
        {
            properties.Number("TasksMax", limit < 0 ? ulong.MaxValue : (ulong)Math.Max(1, limit));
        }

        AddBlockIo(resources.BlockIo);
        foreach ((string file, string value) in resources.Unified)
        {
            AddFile(file, value.Trim());
        }
    }

    /// <summary>The rules for devices. What systemd cannot say is left to the container's own program: then it says nothing.</summary>
    internal void AddDevices(List<DeviceRule> given)
    {
        List<(string, string)>? allowed = Allowed(DeviceAccessRule.Of(given));
        properties.Pairs("DeviceAllow", []);
        properties.Text("DevicePolicy", allowed is null ? "auto" : "strict");
        if (allowed is not null)
        {
            properties.Pairs("DeviceAllow", allowed);
        }
    }

    /// <summary>
    /// systemd keeps a quota as whole percents of a CPU: one between is made the next above, here and in the files, so that
    /// it is not another after the next daemon-reload.
    /// </summary>
    internal static void RoundQuota(CpuResources? cpu)
    {
        if (cpu?.Quota is > 0 and var quota)
        {
            ulong period = cpu.Period is null or 0 ? DefaultPeriod : cpu.Period.Value;
            cpu.Quota = (long)UInt128.Min((UInt128)PerSecond((ulong)quota, period) * period / 1_000_000, long.MaxValue);
        }
    }

    /// <summary>Takes a limit away. What counts per device stays: there is no list of the devices any more.</summary>
    internal static void Unset(UnitProperties properties, string name)
    {
        if (name is "AllowedCPUs" or "AllowedMemoryNodes")
        {
            properties.Bytes(name, []);
        }
        else if (!name.StartsWith("IO", StringComparison.Ordinal) || name == "IOWeight")
        {
            properties.Number(name, name is "MemoryLow" or "MemoryMin" ? 0 : ulong.MaxValue);
        }
    }

    // Microseconds a second, of whole percents.
    private static ulong PerSecond(ulong quota, ulong period)
    {
        UInt128 percents = (((UInt128)quota * 1_000_000 / period) + 9_999) / 10_000;
        return percents <= ulong.MaxValue / 10_000 ? (ulong)percents * 10_000 : ulong.MaxValue;
    }

    private void AddMemory(MemoryResources? memory)
    {
        if (memory is null)
        {
            return;
        }

        AddBytes("MemoryMax", memory.Limit);
        AddBytes("MemoryLow", memory.Reservation);
        if (Version2Values.Swap(memory.Swap ?? 0, memory.Limit ?? 0) is { } swap)
        {
            properties.Number("MemorySwapMax", swap == "max" ? ulong.MaxValue : ulong.Parse(swap, CultureInfo.InvariantCulture));
        }
    }

    private void AddBytes(string name, long? bytes)
    {
        if (bytes is not (null or 0))
        {
            properties.Number(name, bytes < 0 ? ulong.MaxValue : (ulong)bytes);
        }
    }

    private void AddCpu(CpuResources? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        bool idle = cpu.Idle == 1 && systemdVersion >= VersionOfIdle;
        if (idle)
        {
            properties.Number("CPUWeight", 0);
        }
        else if (cpu.Shares is { } shares and not 0)
        {
            properties.Number("CPUWeight", Version2Values.CpuWeight(shares));
        }

        if (cpu.Quota is not (null or 0) || cpu.Period is not (null or 0))
        {
            AddQuota(cpu.Quota ?? 0, cpu.Period ?? 0);
        }

        AddMask("AllowedCPUs", cpu.Cpus, "linux.resources.cpu.cpus");
        AddMask("AllowedMemoryNodes", cpu.Mems, "linux.resources.cpu.mems");
    }

    private void AddQuota(long quota, ulong period)
    {
        if (period != 0)
        {
            properties.Number("CPUQuotaPeriodUSec", period);
        }

        properties.Number("CPUQuotaPerSecUSec", quota > 0 ? PerSecond((ulong)quota, period == 0 ? DefaultPeriod : period) : ulong.MaxValue);
    }

    private void AddMask(string name, string? list, string where)
    {
        if (!string.IsNullOrEmpty(list))
        {
            properties.Bytes(name, CpuList.Parse(list, where));
        }
    }

    private void AddBlockIo(BlockIoResources? io)
    {
        if (io is null)
        {
            return;
        }

        if (io.Weight is { } weight and not 0)
        {
            properties.Number("IOWeight", (ulong)Version2Values.IoWeight(weight));
        }

        foreach (WeightDevice device in io.WeightDevice)
        {
            if (device.Weight is { } one and not 0)
            {
                properties.OfPath("IODeviceWeight", Node("block", device.Major, device.Minor), (ulong)Version2Values.IoWeight(one));
            }
        }

        AddThrottle("IOReadBandwidthMax", io.ThrottleReadBpsDevice);
        AddThrottle("IOWriteBandwidthMax", io.ThrottleWriteBpsDevice);
        AddThrottle("IOReadIOPSMax", io.ThrottleReadIopsDevice);
        AddThrottle("IOWriteIOPSMax", io.ThrottleWriteIopsDevice);
    }

    private void AddThrottle(string name, List<ThrottleDevice> devices)
    {
        foreach (ThrottleDevice device in devices)
        {
            properties.OfPath(name, Node("block", device.Major, device.Minor), device.Rate == 0 ? ulong.MaxValue : device.Rate);
        }
    }

    // A file of linux.resources.unified; what is not here, or is no number, the kernel judges when the file is written.
    private void AddFile(string file, string value)
    {
        string? name = file switch
        {
            "cpu.weight" => "CPUWeight",
            "io.weight" => "IOWeight",
            "memory.min" => "MemoryMin",
            "memory.low" => "MemoryLow",
            "memory.high" => "MemoryHigh",
            "memory.max" => "MemoryMax",
            "memory.swap.max" => "MemorySwapMax",
            "pids.max" => "TasksMax",
            _ => null,
        };
        if (name is not null)
        {
            ReadOnlySpan<char> text = file == "io.weight" && value.StartsWith("default ", StringComparison.Ordinal) ? value.AsSpan(8) : value;
            if (text is "max")
            {
                properties.Number(name, ulong.MaxValue);
            }
            else if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            {
                properties.Number(name, file == "pids.max" ? Math.Max(1, number) : number);
            }
        }
        else if (file == "cpu.idle" && value == "1" && systemdVersion >= VersionOfIdle)
        {
            properties.Number("CPUWeight", 0);
        }
        else if (file == "cpu.max")
        {
            string[] parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ulong period = 0;
            if (parts.Length is 1 or 2 && (parts.Length == 1 || ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out period)))
            {
                AddQuota(long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long quota) ? quota : 0, period);
            }
        }
        else if (file is "cpuset.cpus" or "cpuset.mems" && value.Length > 0)
        {
            properties.Bytes(file == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes", CpuList.Parse(value, $"linux.resources.unified[\"{file}\"]"));
        }
    }

    // The list that allows what the rules allow; null where all is allowed, or where no such list can say it.
    private static List<(string, string)>? Allowed(List<DeviceAccessRule> rules)
    {
        DeviceTable table;
        try
        {
            table = DeviceTable.Of(rules);
        }
        catch (ContainerException)
        {
            return null; // a hole in a wider rule
        }

        var allowed = new List<(string, string)>();
        foreach (DeviceAccessRule rule in table.Exceptions)
        {
            if (table.AllowsByDefault || (rule.Major < 0 && rule.Minor >= 0))
            {
                return null;
            }

            string kind = rule.Type == 'b' ? "block" : "char";
            allowed.Add((rule.Major < 0 ? kind + "-*" : rule.Minor < 0 ? $"{kind}-{rule.Major}" : Node(kind, rule.Major, rule.Minor), DeviceAccessRule.AccessText(rule.Access)));
        }

        return table.AllowsByDefault ? null : allowed;
    }

    private static string Node(string kind, long major, long minor) => string.Create(CultureInfo.InvariantCulture, $"/dev/{kind}/{major}:{minor}");
}
