using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Rideau.Runtime.Spec;

/// <content>The "linux.resources" object. spec: config-linux.md#control-groups</content>
public static partial class ConfigurationWriter
{
    private static void Resources(Utf8JsonWriter json, Resources resources)
    {
        json.WriteStartObject();
        DeviceRules(json, resources.Devices);
        Memory(json, resources.Memory);
        Cpu(json, resources.Cpu);
        if (resources.Pids is { } pids)
        {
            json.WriteStartObject("pids"u8);
            Number(json, "limit"u8, pids.Limit);
            json.WriteEndObject();
        }

        BlockIo(json, resources.BlockIo);
        HugepageLimits(json, resources.HugepageLimits);
        Network(json, resources.Network);
        Rdma(json, resources.Rdma);
        StringMap(json, "unified"u8, resources.Unified);
        json.WriteEndObject();
    }

    private static void DeviceRules(Utf8JsonWriter json, List<DeviceRule> rules)
    {
        if (rules.Count == 0)
        {
            return;
        }

        json.WriteStartArray("devices"u8);
        foreach (DeviceRule rule in rules)
        {
            json.WriteStartObject();
            json.WriteBoolean("allow"u8, rule.Allow);
            Text(json, "type"u8, rule.Type);
            Number(json, "major"u8, rule.Major);
            Number(json, "minor"u8, rule.Minor);
            Text(json, "access"u8, rule.Access);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Memory(Utf8JsonWriter json, MemoryResources? memory)
    {
        if (memory is null)
        {
            return;
        }

        json.WriteStartObject("memory"u8);
        Number(json, "limit"u8, memory.Limit);
        Number(json, "reservation"u8, memory.Reservation);
        Number(json, "swap"u8, memory.Swap);
        Number(json, "kernel"u8, memory.Kernel);
        Number(json, "kernelTCP"u8, memory.KernelTcp);
        Number(json, "swappiness"u8, memory.Swappiness);
        Boolean(json, "disableOOMKiller"u8, memory.DisableOomKiller);
        Boolean(json, "useHierarchy"u8, memory.UseHierarchy);
        Boolean(json, "checkBeforeUpdate"u8, memory.CheckBeforeUpdate);
        json.WriteEndObject();
    }

    private static void Cpu(Utf8JsonWriter json, CpuResources? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        json.WriteStartObject("cpu"u8);
        Number(json, "shares"u8, cpu.Shares);
        Number(json, "quota"u8, cpu.Quota);
        Number(json, "burst"u8, cpu.Burst);
        Number(json, "period"u8, cpu.Period);
        Number(json, "realtimeRuntime"u8, cpu.RealtimeRuntime);
        Number(json, "realtimePeriod"u8, cpu.RealtimePeriod);
        Text(json, "cpus"u8, cpu.Cpus);
        Text(json, "mems"u8, cpu.Mems);
        Number(json, "idle"u8, cpu.Idle);
        json.WriteEndObject();
    }

    private static void BlockIo(Utf8JsonWriter json, BlockIoResources? blockIo)
    {
        if (blockIo is null)
        {
            return;
        }

        json.WriteStartObject("blockIO"u8);
        Number(json, "weight"u8, (long?)blockIo.Weight);
        Number(json, "leafWeight"u8, (long?)blockIo.LeafWeight);
        if (blockIo.WeightDevice.Count > 0)
        {
            json.WriteStartArray("weightDevice"u8);
            foreach (WeightDevice device in blockIo.WeightDevice)
            {
                json.WriteStartObject();
                json.WriteNumber("major"u8, device.Major);
                json.WriteNumber("minor"u8, device.Minor);
                Number(json, "weight"u8, (long?)device.Weight);
                Number(json, "leafWeight"u8, (long?)device.LeafWeight);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        ThrottleDevices(json, "throttleReadBpsDevice"u8, blockIo.ThrottleReadBpsDevice);
        ThrottleDevices(json, "throttleWriteBpsDevice"u8, blockIo.ThrottleWriteBpsDevice);
        ThrottleDevices(json, "throttleReadIOPSDevice"u8, blockIo.ThrottleReadIopsDevice);
        ThrottleDevices(json, "throttleWriteIOPSDevice"u8, blockIo.ThrottleWriteIopsDevice);
        json.WriteEndObject();
    }

    private static void ThrottleDevices(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<ThrottleDevice> devices)
    {
        if (devices.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (ThrottleDevice device in devices)
        {
            json.WriteStartObject();
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            json.WriteNumber("rate"u8, device.Rate);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void HugepageLimits(Utf8JsonWriter json, List<HugepageLimit> limits)
    {
        if (limits.Count == 0)
        {
            return;
        }

        json.WriteStartArray("hugepageLimits"u8);
        foreach (HugepageLimit limit in limits)
        {
            json.WriteStartObject();
            json.WriteString("pageSize"u8, limit.PageSize);
            json.WriteNumber("limit"u8, limit.Limit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Network(Utf8JsonWriter json, NetworkResources? network)
    {
        if (network is null)
        {
            return;
        }

        json.WriteStartObject("network"u8);
        Number(json, "classID"u8, (long?)network.ClassId);
        if (network.Priorities.Count > 0)
        {
            json.WriteStartArray("priorities"u8);
            foreach (InterfacePriority priority in network.Priorities)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, priority.Name);
                json.WriteNumber("priority"u8, priority.Priority);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Rdma(Utf8JsonWriter json, Dictionary<string, RdmaLimit> limits)
    {
        if (limits.Count == 0)
        {
            return;
        }

        json.WriteStartObject("rdma"u8);
        foreach (KeyValuePair<string, RdmaLimit> limit in limits)
        {
            json.WriteStartObject(limit.Key);
            Number(json, "hcaHandles"u8, (long?)limit.Value.HcaHandles);
            Number(json, "hcaObjects"u8, (long?)limit.Value.HcaObjects);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
