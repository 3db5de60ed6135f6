using System;
using System.Collections.Generic;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Spec;

/// <content>Namespaces and what needs one. spec: config-linux.md#namespaces</content>
public static partial class ConfigurationValidator
{
    // UID_GID_MAP_MAX_EXTENTS of the kernel.
    private const int MostMappings = 340;

    private static NamespaceSet Namespaces(Linux linux)
    {
        for (int i = 0; i < linux.Namespaces.Count; i++)
        {
            (string type, string? path) = linux.Namespaces[i];
            if (type is not ("pid" or "network" or "mount" or "ipc" or "uts" or "user" or "cgroup" or "time"))
            {
                throw Wrong($"linux.namespaces[{i}].type", type.Length == 0 ? "missing or empty" : $"unknown namespace \"{type}\"", "one of pid, network, mount, ipc, uts, user, cgroup, time");
            }

            if (path is not null && !path.StartsWith('/'))
            {
                throw Wrong($"linux.namespaces[{i}].path", $"\"{path}\" is not an absolute path", "name the namespace's file by its absolute path");
            }

            for (int j = 0; j < i; j++)
            {
                if (linux.Namespaces[j].Type == type)
                {
                    throw Wrong($"linux.namespaces[{i}].type", $"\"{type}\" is given twice", "remove one of them");
                }
            }
        }

        var namespaces = new NamespaceSet(linux.Namespaces);
        return namespaces.Has("mount")
            ? namespaces
            : throw Wrong("linux.namespaces", "a container needs a mount namespace: its mounts would be made on the machine", "add {\"type\": \"mount\"}");
    }

    private static void UserNamespace(Linux linux, NamespaceSet namespaces, Process process, ValidationOptions options, Log log)
    {
        bool mapped = linux.UidMappings.Count > 0 || linux.GidMappings.Count > 0;
        if (!namespaces.Has("user"))
        {
            if (mapped)
            {
                throw Wrong(linux.UidMappings.Count > 0 ? "linux.uidMappings" : "linux.gidMappings", "mappings need a user namespace", "add {\"type\": \"user\"} to linux.namespaces, or remove the mappings");
            }

            if (options.Rootless)
            {
                throw Wrong("linux.namespaces", "a container without privileges needs a user namespace", "add {\"type\": \"user\"} with uidMappings and gidMappings, or make the file with \"spec --rootless\"");
            }

            return;
        }

        Mappings(linux.UidMappings, "linux.uidMappings");
        Mappings(linux.GidMappings, "linux.gidMappings");
        if (namespaces.PathOf("user") is { } path)
        {
            if (mapped)
            {
                log.Warning($"linux.namespaces: the user namespace \"{path}\" is joined: its own mappings count, linux.uidMappings and linux.gidMappings are not written");
            }

            return;
        }

        if (linux.UidMappings.Count == 0)
        {
            throw Wrong("linux.uidMappings", "a new user namespace needs mappings", "add [{\"containerID\": 0, \"hostID\": UID, \"size\": COUNT}]");
        }

        if (linux.GidMappings.Count == 0)
        {
            throw Wrong("linux.gidMappings", "a new user namespace needs mappings", "add [{\"containerID\": 0, \"hostID\": GID, \"size\": COUNT}]");
        }

        Mapped(linux.UidMappings, 0, "linux.uidMappings", "user");
        Mapped(linux.GidMappings, 0, "linux.gidMappings", "group");
        Mapped(linux.UidMappings, process.User.Uid, "process.user.uid", "user");
        Mapped(linux.GidMappings, process.User.Gid, "process.user.gid", "group");
        for (int i = 0; i < process.User.AdditionalGids.Count; i++)
        {
            Mapped(linux.GidMappings, process.User.AdditionalGids[i], $"process.user.additionalGids[{i}]", "group");
        }
    }

    private static void Mappings(List<IdMapping> mappings, string at)
    {
        if (mappings.Count > MostMappings)
        {
            throw Wrong(at, $"{mappings.Count} mappings, more than the kernel's {MostMappings}", "join neighbouring ranges");
        }

        for (int i = 0; i < mappings.Count; i++)
        {
            IdMapping mapping = mappings[i];
            if (mapping.Size == 0)
            {
                throw Wrong($"{at}[{i}].size", "missing or zero", "give the number of ids that are mapped");
            }

            // The last id, 4294967295, is the kernel's "no id".
            if ((ulong)mapping.ContainerId + mapping.Size > uint.MaxValue || (ulong)mapping.HostId + mapping.Size > uint.MaxValue)
            {
                throw Wrong($"{at}[{i}].size", $"the range of {mapping.Size} ids ends behind the last id", "make it smaller");
            }

            for (int j = 0; j < i; j++)
            {
                if (Overlap(mapping.ContainerId, mappings[j].ContainerId, mapping.Size, mappings[j].Size) || Overlap(mapping.HostId, mappings[j].HostId, mapping.Size, mappings[j].Size))
                {
                    throw Wrong($"{at}[{i}]", $"overlaps with {at}[{j}]", "an id can be mapped once");
                }
            }
        }
    }

    private static bool Overlap(uint first, uint second, uint firstSize, uint secondSize) =>
        first < (ulong)second + secondSize && second < (ulong)first + firstSize;

    private static void Mapped(List<IdMapping> mappings, uint id, string at, string kind)
    {
        foreach (IdMapping mapping in mappings)
        {
            if (id >= mapping.ContainerId && id - mapping.ContainerId < mapping.Size)
            {
                return;
            }
        }

        string list = kind == "user" ? "linux.uidMappings" : "linux.gidMappings";
        throw Wrong(at, $"{kind} {id} of the container is not mapped", $"add a range with it to {list}");
    }

    private static void TimeNamespace(Linux linux, NamespaceSet namespaces)
    {
        if (linux.TimeOffsets.Count == 0)
        {
            return;
        }

        if (!namespaces.Has("time"))
        {
            throw Wrong("linux.timeOffsets", "offsets need a time namespace", "add {\"type\": \"time\"} to linux.namespaces, or remove the offsets");
        }

        if (namespaces.PathOf("time") is { } path)
        {
            throw Wrong("linux.timeOffsets", $"the time namespace \"{path}\" is joined and has its own offsets", "remove the offsets or the path");
        }

        foreach (KeyValuePair<string, TimeOffset> offset in linux.TimeOffsets)
        {
            if (offset.Key is not ("monotonic" or "boottime"))
            {
                throw Wrong("linux.timeOffsets", $"unknown clock \"{offset.Key}\"", "one of monotonic, boottime");
            }

            if (offset.Value.Nanoseconds >= 1_000_000_000)
            {
                throw Wrong($"linux.timeOffsets.{offset.Key}.nanosecs", $"{offset.Value.Nanoseconds} is a second or more", "give whole seconds in \"secs\"");
            }
        }
    }

    private static void Sysctl(Dictionary<string, string> settings, NamespaceSet namespaces)
    {
        foreach (string key in settings.Keys)
        {
            string name = DottedName(key);
            string at = $"linux.sysctl[\"{key}\"]";
            if (!IsSettingName(name))
            {
                throw Wrong(at, "not the name of a setting", "a name as net.ipv4.ip_forward");
            }

            if (name is "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax" or "kernel.shmmni" or "kernel.shm_rmid_forced"
                || name.StartsWith("fs.mqueue.", StringComparison.Ordinal))
            {
                Needs(namespaces.Has("ipc"), at, "ipc");
            }
            else if (name.StartsWith("net.", StringComparison.Ordinal))
            {
                Needs(namespaces.Has("network") && !IsCallersNetwork(namespaces.PathOf("network")), at, "network");
            }
            else if (name == "kernel.hostname")
            {
                throw Wrong(at, "the host name has a field of its own", "use \"hostname\"");
            }
            else if (name == "kernel.domainname")
            {
                Needs(namespaces.Has("uts"), at, "uts");
            }
            else if (name.StartsWith("user.", StringComparison.Ordinal))
            {
                Needs(namespaces.Has("user"), at, "user");
            }
            else
            {
                throw Wrong(at, "not in a separate kernel namespace: it would change the host", "set it on the host");
            }
        }
    }

    // A slash is a dot of the file's name here: "net.//.kernel.panic" is the path net/../kernel/panic, which only begins in "net".
    private static bool IsSettingName(ReadOnlySpan<char> name)
    {
        foreach (Range range in name.Split('.'))
        {
            if (name[range] is "" or "/" or "//")
            {
                return false;
            }
        }

        return true;
    }

    private static void Needs(bool has, string at, string type)
    {
        if (!has)
        {
            throw Wrong(at, $"not allowed in the host's {type} namespace", $"add {{\"type\": \"{type}\"}} to linux.namespaces, or remove the setting");
        }
    }

    // man: sysctl(8): where a slash comes first, slashes separate, and a dot is a dot in a name: net/ipv4/conf/eth0.100/forwarding.
    private static string DottedName(string key)
    {
        int separator = key.AsSpan().IndexOfAny('.', '/');
        return separator < 0 || key[separator] == '.'
            ? key
            : string.Create(key.Length, key, static (span, text) =>
            {
                for (int i = 0; i < text.Length; i++)
                {
                    span[i] = text[i] switch { '.' => '/', '/' => '.', char c => c };
                }
            });
    }

    // A path that cannot be looked at is refused where it is joined.
    private static bool IsCallersNetwork(string? path) =>
        path is not null
        && Files.TryStatus(path, out FileStatus joined) == 0
        && Files.TryStatus("/proc/self/ns/net", out FileStatus own) == 0
        && joined.Inode == own.Inode && joined.DeviceMajor == own.DeviceMajor && joined.DeviceMinor == own.DeviceMinor;
}
