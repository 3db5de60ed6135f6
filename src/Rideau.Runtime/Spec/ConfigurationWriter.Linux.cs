using System.Collections.Generic;
using System.Text.Json;

namespace Rideau.Runtime.Spec;

/// <content>The "linux" object but for its resources. spec: config-linux.md</content>
public static partial class ConfigurationWriter
{
    private static void Linux(Utf8JsonWriter json, Linux linux)
    {
        IdMappings(json, "uidMappings"u8, linux.UidMappings);
        IdMappings(json, "gidMappings"u8, linux.GidMappings);
        StringMap(json, "sysctl"u8, linux.Sysctl);
        if (linux.Resources is { } resources)
        {
            json.WritePropertyName("resources"u8);
            Resources(json, resources);
        }

        Text(json, "cgroupsPath"u8, linux.CgroupsPath);
        Namespaces(json, linux.Namespaces);
        Devices(json, linux.Devices);
        NetDevices(json, linux.NetDevices);
        Seccomp(json, linux.Seccomp);
        Text(json, "rootfsPropagation"u8, linux.RootfsPropagation);
        Strings(json, "maskedPaths"u8, linux.MaskedPaths);
        Strings(json, "readonlyPaths"u8, linux.ReadonlyPaths);
        Text(json, "mountLabel"u8, linux.MountLabel);
        IntelRdt(json, linux.IntelRdt);
        MemoryPolicy(json, linux.MemoryPolicy);
        if (linux.Personality is { } personality)
        {
            json.WriteStartObject("personality"u8);
            json.WriteString("domain"u8, personality.Domain);
            Strings(json, "flags"u8, personality.Flags);
            json.WriteEndObject();
        }

        TimeOffsets(json, linux.TimeOffsets);
    }

    private static void Namespaces(Utf8JsonWriter json, List<Namespace> namespaces)
    {
        if (namespaces.Count == 0)
        {
            return;
        }

        json.WriteStartArray("namespaces"u8);
        foreach (Namespace entry in namespaces)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, entry.Type);
            Text(json, "path"u8, entry.Path);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Devices(Utf8JsonWriter json, List<Device> devices)
    {
        if (devices.Count == 0)
        {
            return;
        }

        json.WriteStartArray("devices"u8);
        foreach (Device device in devices)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, device.Path);
            json.WriteString("type"u8, device.Type);
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            Number(json, "fileMode"u8, (long?)device.FileMode);
            Number(json, "uid"u8, (long?)device.Uid);
            Number(json, "gid"u8, (long?)device.Gid);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void NetDevices(Utf8JsonWriter json, Dictionary<string, NetDevice> devices)
    {
        if (devices.Count == 0)
        {
            return;
        }

        json.WriteStartObject("netDevices"u8);
        foreach (KeyValuePair<string, NetDevice> device in devices)
        {
            json.WriteStartObject(device.Key);
            Text(json, "name"u8, device.Value.Name);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Seccomp(Utf8JsonWriter json, Seccomp? seccomp)
    {
        if (seccomp is null)
        {
            return;
        }

        json.WriteStartObject("seccomp"u8);
        json.WriteString("defaultAction"u8, seccomp.DefaultAction);
        Number(json, "defaultErrnoRet"u8, (long?)seccomp.DefaultErrnoRet);
        Strings(json, "architectures"u8, seccomp.Architectures);
        if (seccomp.FlagsGiven && seccomp.Flags.Count == 0)
        {
            json.WriteStartArray("flags"u8);
            json.WriteEndArray();
        }

        Strings(json, "flags"u8, seccomp.Flags);
        Text(json, "listenerPath"u8, seccomp.ListenerPath);
        Text(json, "listenerMetadata"u8, seccomp.ListenerMetadata);
        if (seccomp.Syscalls.Count > 0)
        {
            json.WriteStartArray("syscalls"u8);
            foreach (SeccompRule rule in seccomp.Syscalls)
            {
                SeccompRule(json, rule);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void SeccompRule(Utf8JsonWriter json, SeccompRule rule)
    {
        json.WriteStartObject();
        Strings(json, "names"u8, rule.Names);
        json.WriteString("action"u8, rule.Action);
        Number(json, "errnoRet"u8, (long?)rule.ErrnoRet);
        if (rule.Args.Count > 0)
        {
            json.WriteStartArray("args"u8);
            foreach (SeccompArgument argument in rule.Args)
            {
                json.WriteStartObject();
                json.WriteNumber("index"u8, argument.Index);
                json.WriteNumber("value"u8, argument.Value);
                NumberButZero(json, "valueTwo"u8, argument.ValueTwo);
                json.WriteString("op"u8, argument.Operator);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void IntelRdt(Utf8JsonWriter json, IntelRdt? rdt)
    {
        if (rdt is null)
        {
            return;
        }

        json.WriteStartObject("intelRdt"u8);
        Text(json, "closID"u8, rdt.ClosId);
        Strings(json, "schemata"u8, rdt.Schemata);
        Text(json, "l3CacheSchema"u8, rdt.L3CacheSchema);
        Text(json, "memBwSchema"u8, rdt.MemBwSchema);
        True(json, "enableMonitoring"u8, rdt.EnableMonitoring);
        json.WriteEndObject();
    }

    private static void MemoryPolicy(Utf8JsonWriter json, MemoryPolicy? policy)
    {
        if (policy is null)
        {
            return;
        }

        json.WriteStartObject("memoryPolicy"u8);
        json.WriteString("mode"u8, policy.Mode);
        Text(json, "nodes"u8, policy.Nodes);
        Strings(json, "flags"u8, policy.Flags);
        json.WriteEndObject();
    }

    private static void TimeOffsets(Utf8JsonWriter json, Dictionary<string, TimeOffset> offsets)
    {
        if (offsets.Count == 0)
        {
            return;
        }

        json.WriteStartObject("timeOffsets"u8);
        foreach (KeyValuePair<string, TimeOffset> offset in offsets)
        {
            json.WriteStartObject(offset.Key);
            Number(json, "secs"u8, offset.Value.Seconds == 0 ? null : (long?)offset.Value.Seconds);
            NumberButZero(json, "nanosecs"u8, offset.Value.Nanoseconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
