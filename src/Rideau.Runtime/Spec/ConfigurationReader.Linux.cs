using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <content>The "linux" object but for its resources and seccomp. spec: config-linux.md</content>
public static partial class ConfigurationReader
{
    private static Linux Linux(ref JsonCursor json, ConfigurationUse use)
    {
        Linux linux = new();
        while (json.NextName())
        {
            if (json.NameIs("namespaces"u8)) { linux.Namespaces = Namespaces(ref json); }
            else if (json.NameIs("uidMappings"u8)) { linux.UidMappings = IdMappings(ref json); }
            else if (json.NameIs("gidMappings"u8)) { linux.GidMappings = IdMappings(ref json); }
            else if (json.NameIs("seccomp"u8)) { linux.Seccomp = json.Object() ? Seccomp(ref json) : null; }
            else if (json.NameIs("personality"u8)) { linux.Personality = json.Object() ? Personality(ref json) : null; }
            else if (json.NameIs("intelRdt"u8)) { linux.IntelRdt = json.Object() ? IntelRdt(ref json) : null; }
            else if (json.NameIs("memoryPolicy"u8)) { linux.MemoryPolicy = json.Object() ? MemoryPolicy(ref json) : null; }
            else if (use != ConfigurationUse.Whole) { json.Skip(); }
            else if (json.NameIs("timeOffsets"u8)) { linux.TimeOffsets = TimeOffsets(ref json); }
            else if (json.NameIs("devices"u8)) { linux.Devices = Devices(ref json); }
            else if (json.NameIs("netDevices"u8)) { linux.NetDevices = NetDevices(ref json); }
            else if (json.NameIs("cgroupsPath"u8)) { linux.CgroupsPath = json.String(); }
            else if (json.NameIs("resources"u8)) { linux.Resources = json.Object() ? Resources(ref json) : null; }
            else if (json.NameIs("rootfsPropagation"u8)) { linux.RootfsPropagation = json.String(); }
            else if (json.NameIs("sysctl"u8)) { linux.Sysctl = StringMap(ref json); }
            else if (json.NameIs("maskedPaths"u8)) { linux.MaskedPaths = Strings(ref json); }
            else if (json.NameIs("readonlyPaths"u8)) { linux.ReadonlyPaths = Strings(ref json); }
            else if (json.NameIs("mountLabel"u8)) { linux.MountLabel = json.String(); }
            else { json.Skip(); }
        }

        return linux;
    }

    private static List<Namespace> Namespaces(ref JsonCursor json)
    {
        List<Namespace> namespaces = [];
        if (!json.List())
        {
            return namespaces;
        }

        while (json.NextElement(namespaces.Count) && json.ObjectElement())
        {
            string type = "";
            string? path = null;
            while (json.NextName())
            {
                if (json.NameIs("type"u8)) { type = json.String() ?? ""; }
                else if (json.NameIs("path"u8)) { path = json.String(); }
                else { json.Skip(); }
            }

            // The specification gives an empty path no meaning; engines write it for "a new one".
            namespaces.Add(new Namespace(type, path is { Length: 0 } ? null : path));
        }

        return namespaces;
    }

    private static Dictionary<string, TimeOffset> TimeOffsets(ref JsonCursor json)
    {
        Dictionary<string, TimeOffset> offsets = [];
        if (!json.Object())
        {
            return offsets;
        }

        while (json.NextKey(offsets.Count, out string clock))
        {
            long seconds = 0;
            uint nanoseconds = 0;
            bool given = json.Object();
            while (given && json.NextName())
            {
                if (json.NameIs("secs"u8)) { seconds = json.Int64() ?? 0; }
                else if (json.NameIs("nanosecs"u8)) { nanoseconds = json.UInt32() ?? 0; }
                else { json.Skip(); }
            }

            offsets[clock] = new TimeOffset(seconds, nanoseconds);
        }

        return offsets;
    }

    private static List<Device> Devices(ref JsonCursor json)
    {
        List<Device> devices = [];
        if (!json.List())
        {
            return devices;
        }

        while (json.NextElement(devices.Count) && json.ObjectElement())
        {
            Device device = new();
            while (json.NextName())
            {
                if (json.NameIs("type"u8)) { device.Type = json.String() ?? ""; }
                else if (json.NameIs("path"u8)) { device.Path = json.String() ?? ""; }
                else if (json.NameIs("major"u8)) { device.Major = json.Int64() ?? 0; }
                else if (json.NameIs("minor"u8)) { device.Minor = json.Int64() ?? 0; }
                else if (json.NameIs("fileMode"u8)) { device.FileMode = json.UInt32(); }
                else if (json.NameIs("uid"u8)) { device.Uid = json.UInt32(); }
                else if (json.NameIs("gid"u8)) { device.Gid = json.UInt32(); }
                else { json.Skip(); }
            }

            devices.Add(device);
        }

        return devices;
    }

    private static Dictionary<string, NetDevice> NetDevices(ref JsonCursor json)
    {
        Dictionary<string, NetDevice> devices = [];
        if (!json.Object())
        {
            return devices;
        }

        while (json.NextKey(devices.Count, out string device))
        {
            string? name = null;
            bool given = json.Object();
            while (given && json.NextName())
            {
                if (json.NameIs("name"u8)) { name = json.String(); }
                else { json.Skip(); }
            }

            devices[device] = new NetDevice(name);
        }

        return devices;
    }

    private static Personality Personality(ref JsonCursor json)
    {
        Personality personality = new();
        while (json.NextName())
        {
            if (json.NameIs("domain"u8)) { personality.Domain = json.String() ?? ""; }
            else if (json.NameIs("flags"u8)) { personality.Flags = Strings(ref json); }
            else { json.Skip(); }
        }

        return personality;
    }

    private static IntelRdt IntelRdt(ref JsonCursor json)
    {
        IntelRdt rdt = new();
        while (json.NextName())
        {
            if (json.NameIs("closID"u8)) { rdt.ClosId = json.String(); }
            else if (json.NameIs("schemata"u8)) { rdt.Schemata = Strings(ref json); }
            else if (json.NameIs("l3CacheSchema"u8)) { rdt.L3CacheSchema = json.String(); }
            else if (json.NameIs("memBwSchema"u8)) { rdt.MemBwSchema = json.String(); }
            else if (json.NameIs("enableMonitoring"u8)) { rdt.EnableMonitoring = json.Boolean() ?? false; }
            else { json.Skip(); }
        }

        return rdt;
    }

    private static MemoryPolicy MemoryPolicy(ref JsonCursor json)
    {
        MemoryPolicy policy = new();
        while (json.NextName())
        {
            if (json.NameIs("mode"u8)) { policy.Mode = json.String() ?? ""; }
            else if (json.NameIs("nodes"u8)) { policy.Nodes = json.String(); }
            else if (json.NameIs("flags"u8)) { policy.Flags = Strings(ref json); }
            else { json.Skip(); }
        }

        return policy;
    }
}
