using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rideau.Runtime.Statistics;

/// <summary>Lines of "events", in the names, the order and with the omissions of the field's.</summary>
public static class StatisticsJson
{
    /// <summary>A line with its newline: {"type":"oom","id":"web"}.</summary>
    public static byte[] OutOfMemory(string id) => Event("oom", id, null);

    /// <summary>A line with its newline: {"type":"stats","id":"web","data":{...}}.</summary>
    public static byte[] Statistics(string id, ContainerStatistics statistics) => Event("stats", id, statistics);

    private static byte[] Event(string type, string id, ContainerStatistics? statistics)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            json.WriteString("id"u8, id);
            if (statistics is not null)
            {
                json.WriteStartObject("data"u8);
                Data(json, statistics);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Data(Utf8JsonWriter json, ContainerStatistics statistics)
    {
        Cpu(json, statistics.Cpu);
        Cpuset(json, statistics.Cpuset);
        Memory(json, statistics.Memory);
        json.WriteStartObject("pids"u8);
        Given(json, "current", statistics.Pids.Current);
        Given(json, "limit", statistics.Pids.Limit);
        json.WriteEndObject();
        BlockIo(json, statistics.BlockIo);
        json.WriteStartObject("hugetlb"u8);
        foreach ((string size, HugepageStatistics pages) in statistics.Hugepages)
        {
            json.WriteStartObject(size);
            Given(json, "usage", pages.Usage);
            Given(json, "max", pages.Max);
            json.WriteNumber("failcnt"u8, pages.Failures);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("intel_rdt"u8);
        json.WriteEndObject();
        // Devices of the configurations that were there before the specification's.
        json.WriteNull("network_interfaces"u8);
    }

    private static void Cpu(Utf8JsonWriter json, CpuStatistics cpu)
    {
        json.WriteStartObject("cpu"u8);
        if (cpu.PerCpu is not null || cpu.Total != 0 || cpu.Kernel != 0 || cpu.User != 0)
        {
            json.WriteStartObject("usage"u8);
            Given(json, "total", cpu.Total);
            Given(json, "percpu", cpu.PerCpu);
            Given(json, "percpu_kernel", cpu.PerCpuKernel);
            Given(json, "percpu_user", cpu.PerCpuUser);
            json.WriteNumber("kernel"u8, cpu.Kernel);
            json.WriteNumber("user"u8, cpu.User);
            json.WriteEndObject();
        }

        if (cpu.Periods != 0 || cpu.ThrottledPeriods != 0 || cpu.ThrottledTime != 0)
        {
            json.WriteStartObject("throttling"u8);
            Given(json, "periods", cpu.Periods);
            Given(json, "throttledPeriods", cpu.ThrottledPeriods);
            Given(json, "throttledTime", cpu.ThrottledTime);
            json.WriteEndObject();
        }

        Pressure(json, cpu.Pressure);
        json.WriteEndObject();
    }

    private static void Cpuset(Utf8JsonWriter json, CpusetStatistics cpuset)
    {
        json.WriteStartObject("cpuset"u8);
        Given(json, "cpus", cpuset.Cpus);
        json.WriteNumber("cpu_exclusive"u8, cpuset.CpuExclusive);
        Given(json, "mems", cpuset.Mems);
        json.WriteNumber("mem_hardwall"u8, cpuset.MemHardwall);
        json.WriteNumber("mem_exclusive"u8, cpuset.MemExclusive);
        json.WriteNumber("memory_migrate"u8, cpuset.MemoryMigrate);
        json.WriteNumber("memory_spread_page"u8, cpuset.MemorySpreadPage);
        json.WriteNumber("memory_spread_slab"u8, cpuset.MemorySpreadSlab);
        json.WriteNumber("memory_pressure"u8, cpuset.MemoryPressure);
        json.WriteNumber("sched_load_balance"u8, cpuset.SchedLoadBalance);
        json.WriteNumber("sched_relax_domain_level"u8, cpuset.SchedRelaxDomainLevel);
        json.WriteEndObject();
    }

    private static void Memory(Utf8JsonWriter json, MemoryStatistics memory)
    {
        json.WriteStartObject("memory"u8);
        Given(json, "cache", memory.Cache);
        Given(json, "usage", memory.Usage);
        Given(json, "swap", memory.Swap);
        Given(json, "kernel", memory.Kernel);
        Given(json, "kernelTCP", memory.KernelTcp);
        if (memory.Raw.Count > 0)
        {
            json.WriteStartObject("raw"u8);
            foreach ((string name, ulong value) in memory.Raw)
            {
                json.WriteNumber(name, value);
            }

            json.WriteEndObject();
        }

        Pressure(json, memory.Pressure);
        json.WriteEndObject();
    }

    private static void BlockIo(Utf8JsonWriter json, BlockIoStatistics io)
    {
        json.WriteStartObject("blkio"u8);
        Given(json, "ioServiceBytesRecursive", io.ServiceBytes);
        Given(json, "ioServicedRecursive", io.Serviced);
        Given(json, "ioQueueRecursive", io.Queued);
        Given(json, "ioServiceTimeRecursive", io.ServiceTime);
        Given(json, "ioWaitTimeRecursive", io.WaitTime);
        Given(json, "ioMergedRecursive", io.Merged);
        Given(json, "ioTimeRecursive", io.Time);
        Given(json, "sectorsRecursive", io.Sectors);
        Pressure(json, io.Pressure);
        json.WriteEndObject();
    }

    private static void Given(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void Given(Utf8JsonWriter json, string name, List<ulong>? values)
    {
        if (values is { Count: > 0 })
        {
            json.WriteStartArray(name);
            values.ForEach(json.WriteNumberValue);
            json.WriteEndArray();
        }
    }

    private static void Given(Utf8JsonWriter json, string name, List<ushort> values)
    {
        if (values.Count > 0)
        {
            json.WriteStartArray(name);
            values.ForEach(value => json.WriteNumberValue((uint)value));
            json.WriteEndArray();
        }
    }

    private static void Given(Utf8JsonWriter json, string name, MemoryCount count)
    {
        if (count == default)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("limit"u8, count.Limit);
        Given(json, "usage", count.Usage);
        Given(json, "max", count.Max);
        json.WriteNumber("failcnt"u8, count.Failures);
        json.WriteEndObject();
    }

    private static void Given(Utf8JsonWriter json, string name, List<BlockIoCount> counts)
    {
        if (counts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (BlockIoCount count in counts)
        {
            json.WriteStartObject();
            Given(json, "major", count.Major);
            Given(json, "minor", count.Minor);
            if (count.Operation.Length > 0)
            {
                json.WriteString("op"u8, count.Operation);
            }

            Given(json, "value", count.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Pressure(Utf8JsonWriter json, Pressure? pressure)
    {
        if (pressure is not null)
        {
            json.WriteStartObject("psi"u8);
            Pressure(json, "some", pressure.Some);
            Pressure(json, "full", pressure.Full);
            json.WriteEndObject();
        }
    }

    private static void Pressure(Utf8JsonWriter json, string name, PressureLine line)
    {
        json.WriteStartObject(name);
        json.WriteNumber("avg10"u8, line.Average10);
        json.WriteNumber("avg60"u8, line.Average60);
        json.WriteNumber("avg300"u8, line.Average300);
        json.WriteNumber("total"u8, line.Total);
        json.WriteEndObject();
    }
}
