using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <content>The "linux.resources" object. spec: config-linux.md#control-groups</content>
public static partial class ConfigurationReader
{
    private static Resources Resources(ref JsonCursor json)
    {
        Resources resources = new();
        while (json.NextName())
        {
            if (json.NameIs("devices"u8)) { resources.Devices = DeviceRules(ref json); }
            else if (json.NameIs("memory"u8)) { resources.Memory = json.Object() ? Memory(ref json) : null; }
            else if (json.NameIs("cpu"u8)) { resources.Cpu = json.Object() ? Cpu(ref json) : null; }
            else if (json.NameIs("pids"u8)) { resources.Pids = json.Object() ? Pids(ref json) : null; }
            else if (json.NameIs("blockIO"u8)) { resources.BlockIo = json.Object() ? BlockIo(ref json) : null; }
            else if (json.NameIs("hugepageLimits"u8)) { resources.HugepageLimits = HugepageLimits(ref json); }
            else if (json.NameIs("network"u8)) { resources.Network = json.Object() ? Network(ref json) : null; }
            else if (json.NameIs("rdma"u8)) { resources.Rdma = Rdma(ref json); }
            else if (json.NameIs("unified"u8)) { resources.Unified = StringMap(ref json); }
            else { json.Skip(); }
        }

        return resources;
    }

    private static List<DeviceRule> DeviceRules(ref JsonCursor json)
    {
        List<DeviceRule> rules = [];
        if (!json.List())
        {
            return rules;
        }

        while (json.NextElement(rules.Count) && json.ObjectElement())
        {
            bool allow = false;
            string? type = null;
            long? major = null;
            long? minor = null;
            string? access = null;
            while (json.NextName())
            {
                if (json.NameIs("allow"u8)) { allow = json.Boolean() ?? false; }
                else if (json.NameIs("type"u8)) { type = json.String(); }
                else if (json.NameIs("major"u8)) { major = json.Int64(); }
                else if (json.NameIs("minor"u8)) { minor = json.Int64(); }
                else if (json.NameIs("access"u8)) { access = json.String(); }
                else { json.Skip(); }
            }

            rules.Add(new DeviceRule(allow, type, major, minor, access));
        }

        return rules;
    }

    private static MemoryResources Memory(ref JsonCursor json)
    {
        MemoryResources memory = new();
        while (json.NextName())
        {
            if (json.NameIs("limit"u8)) { memory.Limit = json.Int64(); }
            else if (json.NameIs("reservation"u8)) { memory.Reservation = json.Int64(); }
            else if (json.NameIs("swap"u8)) { memory.Swap = json.Int64(); }
            else if (json.NameIs("kernel"u8)) { memory.Kernel = json.Int64(); }
            else if (json.NameIs("kernelTCP"u8)) { memory.KernelTcp = json.Int64(); }
            else if (json.NameIs("swappiness"u8)) { memory.Swappiness = json.UInt64(); }
            else if (json.NameIs("disableOOMKiller"u8)) { memory.DisableOomKiller = json.Boolean(); }
            else if (json.NameIs("useHierarchy"u8)) { memory.UseHierarchy = json.Boolean(); }
            else if (json.NameIs("checkBeforeUpdate"u8)) { memory.CheckBeforeUpdate = json.Boolean(); }
            else { json.Skip(); }
        }

        return memory;
    }

    private static CpuResources Cpu(ref JsonCursor json)
    {
        CpuResources cpu = new();
        while (json.NextName())
        {
            if (json.NameIs("shares"u8)) { cpu.Shares = json.UInt64(); }
            else if (json.NameIs("quota"u8)) { cpu.Quota = json.Int64(); }
            else if (json.NameIs("burst"u8)) { cpu.Burst = json.UInt64(); }
            else if (json.NameIs("period"u8)) { cpu.Period = json.UInt64(); }
            else if (json.NameIs("realtimeRuntime"u8)) { cpu.RealtimeRuntime = json.Int64(); }
            else if (json.NameIs("realtimePeriod"u8)) { cpu.RealtimePeriod = json.UInt64(); }
            else if (json.NameIs("cpus"u8)) { cpu.Cpus = json.String(); }
            else if (json.NameIs("mems"u8)) { cpu.Mems = json.String(); }
            else if (json.NameIs("idle"u8)) { cpu.Idle = json.Int64(); }
            else { json.Skip(); }
        }

        return cpu;
    }

    private static PidsResources Pids(ref JsonCursor json)
    {
        long? limit = null;
        while (json.NextName())
        {
            if (json.NameIs("limit"u8)) { limit = json.Int64(); }
            else { json.Skip(); }
        }

        return new PidsResources(limit);
    }

    private static BlockIoResources BlockIo(ref JsonCursor json)
    {
        BlockIoResources blockIo = new();
        while (json.NextName())
        {
            if (json.NameIs("weight"u8)) { blockIo.Weight = json.UInt16(); }
            else if (json.NameIs("leafWeight"u8)) { blockIo.LeafWeight = json.UInt16(); }
            else if (json.NameIs("weightDevice"u8)) { blockIo.WeightDevice = WeightDevices(ref json); }
            else if (json.NameIs("throttleReadBpsDevice"u8)) { blockIo.ThrottleReadBpsDevice = ThrottleDevices(ref json); }
            else if (json.NameIs("throttleWriteBpsDevice"u8)) { blockIo.ThrottleWriteBpsDevice = ThrottleDevices(ref json); }
            else if (json.NameIs("throttleReadIOPSDevice"u8)) { blockIo.ThrottleReadIopsDevice = ThrottleDevices(ref json); }
            else if (json.NameIs("throttleWriteIOPSDevice"u8)) { blockIo.ThrottleWriteIopsDevice = ThrottleDevices(ref json); }
            else { json.Skip(); }
        }

        return blockIo;
    }

    private static List<WeightDevice> WeightDevices(ref JsonCursor json)
    {
        List<WeightDevice> devices = [];
        if (!json.List())
        {
            return devices;
        }

        while (json.NextElement(devices.Count) && json.ObjectElement())
        {
            long major = 0;
            long minor = 0;
            ushort? weight = null;
            ushort? leafWeight = null;
            while (json.NextName())
            {
                if (json.NameIs("major"u8)) { major = json.Int64() ?? 0; }
                else if (json.NameIs("minor"u8)) { minor = json.Int64() ?? 0; }
                else if (json.NameIs("weight"u8)) { weight = json.UInt16(); }
                else if (json.NameIs("leafWeight"u8)) { leafWeight = json.UInt16(); }
                else { json.Skip(); }
            }

            devices.Add(new WeightDevice(major, minor, weight, leafWeight));
        }

        return devices;
    }

    private static List<ThrottleDevice> ThrottleDevices(ref JsonCursor json)
    {
        List<ThrottleDevice> devices = [];
        if (!json.List())
        {
            return devices;
        }

        while (json.NextElement(devices.Count) && json.ObjectElement())
        {
            long major = 0;
            long minor = 0;
            ulong rate = 0;
            while (json.NextName())
            {
                if (json.NameIs("major"u8)) { major = json.Int64() ?? 0; }
                else if (json.NameIs("minor"u8)) { minor = json.Int64() ?? 0; }
                else if (json.NameIs("rate"u8)) { rate = json.UInt64() ?? 0; }
                else { json.Skip(); }
            }

            devices.Add(new ThrottleDevice(major, minor, rate));
        }

        return devices;
    }

    private static List<HugepageLimit> HugepageLimits(ref JsonCursor json)
    {
        List<HugepageLimit> limits = [];
        if (!json.List())
        {
            return limits;
        }

        while (json.NextElement(limits.Count) && json.ObjectElement())
        {
            string pageSize = "";
            ulong limit = 0;
            while (json.NextName())
            {
                if (json.NameIs("pageSize"u8)) { pageSize = json.String() ?? ""; }
                else if (json.NameIs("limit"u8)) { limit = json.UInt64() ?? 0; }
                else { json.Skip(); }
            }

            limits.Add(new HugepageLimit(pageSize, limit));
        }

        return limits;
    }

    private static NetworkResources Network(ref JsonCursor json)
    {
        NetworkResources network = new();
        while (json.NextName())
        {
            if (json.NameIs("classID"u8)) { network.ClassId = json.UInt32(); }
            else if (json.NameIs("priorities"u8)) { network.Priorities = InterfacePriorities(ref json); }
            else { json.Skip(); }
        }

        return network;
    }

    private static List<InterfacePriority> InterfacePriorities(ref JsonCursor json)
    {
        List<InterfacePriority> priorities = [];
        if (!json.List())
        {
            return priorities;
        }

        while (json.NextElement(priorities.Count) && json.ObjectElement())
        {
            string name = "";
            uint priority = 0;
            while (json.NextName())
            {
                if (json.NameIs("name"u8)) { name = json.String() ?? ""; }
                else if (json.NameIs("priority"u8)) { priority = json.UInt32() ?? 0; }
                else { json.Skip(); }
            }

            priorities.Add(new InterfacePriority(name, priority));
        }

        return priorities;
    }

    private static Dictionary<string, RdmaLimit> Rdma(ref JsonCursor json)
    {
        Dictionary<string, RdmaLimit> limits = [];
        if (!json.Object())
        {
            return limits;
        }

        while (json.NextKey(limits.Count, out string device))
        {
            uint? handles = null;
            uint? objects = null;
            bool given = json.Object();
            while (given && json.NextName())
            {
                if (json.NameIs("hcaHandles"u8)) { handles = json.UInt32(); }
                else if (json.NameIs("hcaObjects"u8)) { objects = json.UInt32(); }
                else { json.Skip(); }
            }

            limits[device] = new RdmaLimit(handles, objects);
        }

        return limits;
    }
}
