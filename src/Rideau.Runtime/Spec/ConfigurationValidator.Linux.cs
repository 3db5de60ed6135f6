using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <content>Mounts, paths, devices, cgroups and the kernel's odds and ends. spec: config-linux.md</content>
public static partial class ConfigurationValidator
{
    private static void Mounts(List<Mount> mounts, Linux linux, NamespaceSet namespaces, ValidationOptions options, Log log)
    {
        for (int i = 0; i < mounts.Count; i++)
        {
            Mount mount = mounts[i];
            string at = $"mounts[{i}]";
            if (mount.Destination.Length == 0)
            {
                throw Wrong($"{at}.destination", "missing or empty", "give the place in the container, beginning with /");
            }

            if (!mount.Destination.StartsWith('/'))
            {
                log.Warning($"{at}.destination: \"{mount.Destination}\" is not an absolute path, taking it as relative to /");
            }

            bool asked = mount.Options.Contains("idmap") || mount.Options.Contains("ridmap");
            bool given = mount.UidMappings.Count > 0 || mount.GidMappings.Count > 0;
            if (!asked && !given)
            {
                continue;
            }

            if (!mount.Options.Contains("bind") && !mount.Options.Contains("rbind"))
            {
                throw Wrong(at, "only bind mounts can be idmapped", "add \"bind\" or \"rbind\" to its options, or remove its mappings");
            }

            if (options.Rootless)
            {
                throw Wrong(at, "idmapped mounts need privileges", "run as root, or remove the mappings");
            }

            if (!given && !namespaces.Has("user"))
            {
                throw Wrong(at, "an idmapped mount without mappings takes those of the user namespace, and there is none", "add uidMappings and gidMappings to it");
            }

            if (given && (mount.UidMappings.Count == 0 || mount.GidMappings.Count == 0))
            {
                throw Wrong(at, $"{(mount.UidMappings.Count == 0 ? "uidMappings" : "gidMappings")} is missing", "an idmapped mount needs both lists");
            }

            Mappings(mount.UidMappings, $"{at}.uidMappings");
            Mappings(mount.GidMappings, $"{at}.gidMappings");
        }
    }

    private static void Paths(Linux linux, NamespaceSet namespaces, ValidationOptions options)
    {
        AbsolutePaths(linux.MaskedPaths, "linux.maskedPaths");
        AbsolutePaths(linux.ReadonlyPaths, "linux.readonlyPaths");
        if (string.IsNullOrEmpty(linux.RootfsPropagation))
        {
            return;
        }

        string word = linux.RootfsPropagation;
        if (word is not ("shared" or "rshared" or "slave" or "rslave" or "private" or "rprivate" or "unbindable" or "runbindable"))
        {
            throw Wrong("linux.rootfsPropagation", $"unknown propagation \"{word}\"", "one of shared, slave, private, unbindable, each with an r in front for all mounts below");
        }

        if (options.NoPivot && word is ("private" or "rprivate"))
        {
            throw Wrong("linux.rootfsPropagation", $"\"{word}\" is not safe without pivot_root", "leave out --no-pivot, or use rslave");
        }
    }

    private static void AbsolutePaths(List<string> paths, string at)
    {
        for (int i = 0; i < paths.Count; i++)
        {
            if (!paths[i].StartsWith('/'))
            {
                throw Wrong($"{at}[{i}]", $"\"{paths[i]}\" is not an absolute path", "give it as the container sees it, as /proc/kcore");
            }
        }
    }

    private static void Devices(List<Device> devices)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            Device device = devices[i];
            if (device.Type is not ("c" or "u" or "b" or "p"))
            {
                throw Wrong($"linux.devices[{i}].type", device.Type.Length == 0 ? "missing or empty" : $"unknown type \"{device.Type}\"", "one of c (character), b (block), u (unbuffered character), p (FIFO)");
            }

            if (!device.Path.StartsWith('/'))
            {
                throw Wrong($"linux.devices[{i}].path", $"\"{device.Path}\" is not an absolute path", "give it as the container sees it, as /dev/fuse");
            }

            // A dev_t of the kernel has 12 and 20 bits.
            if (device.Type != "p" && (device.Major is < 0 or > 0xfff || device.Minor is < 0 or > 0xfffff))
            {
                throw Wrong($"linux.devices[{i}]", $"{device.Major}:{device.Minor} is not a device number", "major goes to 4095, minor to 1048575");
            }
        }
    }

    private static void NetDevices(Dictionary<string, NetDevice> devices, NamespaceSet namespaces, ValidationOptions options)
    {
        if (devices.Count == 0)
        {
            return;
        }

        if (!namespaces.Has("network"))
        {
            throw Wrong("linux.netDevices", "network devices are moved into a network namespace, and there is none", "add {\"type\": \"network\"} to linux.namespaces");
        }

        if (options.Rootless)
        {
            throw Wrong("linux.netDevices", "moving network devices needs privileges", "run as root, or remove the devices");
        }

        foreach (KeyValuePair<string, NetDevice> device in devices)
        {
            DeviceName(device.Key, $"linux.netDevices[\"{device.Key}\"]");
            if (!string.IsNullOrEmpty(device.Value.Name))
            {
                DeviceName(device.Value.Name, $"linux.netDevices[\"{device.Key}\"].name");
            }
        }
    }

    // dev_valid_name() of the kernel; IFNAMSIZ is 16 with its NUL.
    private static void DeviceName(string name, string at)
    {
        bool blank = false;
        foreach (char c in name)
        {
            blank |= c is '/' or ':' || char.IsWhiteSpace(c);
        }

        if (name.Length is 0 or > 15 || name is "." or ".." || blank)
        {
            throw Wrong(at, $"\"{name}\" cannot be a network device's name", "1 to 15 characters without space, slash and colon");
        }
    }

    private static void CgroupsPath(string? path, ValidationOptions options)
    {
        if (string.IsNullOrEmpty(path) || !options.SystemdCgroup)
        {
            return;
        }

        if (path.AsSpan().Count(':') != 2)
        {
            throw Wrong("linux.cgroupsPath", $"\"{path}\" is not of the form \"slice:prefix:name\", which systemd needs", "write it as \"system.slice:rideau:web\", or leave out --systemd-cgroup");
        }
    }

    private static void CheckResources(Resources? resources, string at)
    {
        if (resources is null)
        {
            return;
        }

        for (int i = 0; i < resources.Devices.Count; i++)
        {
            DeviceRule rule = resources.Devices[i];
            if (!string.IsNullOrEmpty(rule.Type) && rule.Type is not ("a" or "b" or "c"))
            {
                throw Wrong($"{at}devices[{i}].type", $"unknown type \"{rule.Type}\"", "one of a (all), c (character), b (block)");
            }

            if (string.IsNullOrEmpty(rule.Access) || rule.Access.AsSpan().ContainsAnyExcept('r', 'w', 'm'))
            {
                throw Wrong($"{at}devices[{i}].access", string.IsNullOrEmpty(rule.Access) ? "missing or empty" : $"unknown access \"{rule.Access}\"", "letters of r (read), w (write), m (mknod)");
            }

            if (rule.Major < -1 || rule.Minor < -1)
            {
                throw Wrong($"{at}devices[{i}]", "a device number is 0 or more", "leave it out for all of them");
            }
        }

        for (int i = 0; i < (resources.BlockIo?.WeightDevice.Count ?? 0); i++)
        {
            if (resources.BlockIo!.WeightDevice[i] is { Weight: null, LeafWeight: null })
            {
                throw Wrong($"{at}blockIO.weightDevice[{i}]", "neither weight nor leafWeight is given", "give one of them, or remove the entry");
            }
        }

        foreach ((string device, RdmaLimit limit) in resources.Rdma)
        {
            if (limit is { HcaHandles: null, HcaObjects: null })
            {
                throw Wrong($"{at}rdma[\"{device}\"]", "neither hcaHandles nor hcaObjects is given", "give one of them, or remove the entry");
            }
        }

        NumberList(resources.Cpu?.Cpus, at + "cpu.cpus");
        NumberList(resources.Cpu?.Mems, at + "cpu.mems");
    }

    private static void Kernel(Linux linux, Log log)
    {
        if (linux.Personality is { } personality)
        {
            if (personality.Domain is not ("LINUX" or "LINUX32"))
            {
                throw Wrong("linux.personality.domain", $"unknown domain \"{personality.Domain}\"", "one of LINUX, LINUX32");
            }

            if (personality.Flags.Count > 0)
            {
                log.Warning("linux.personality.flags: the specification defines none, ignoring");
            }
        }

        if (linux.IntelRdt?.ClosId is { } clos && (clos is "." or ".." || (clos.Length > 1 && clos.Contains('/'))))
        {
            throw Wrong("linux.intelRdt.closID", $"\"{clos}\" cannot be the name of a directory", "a name without a slash");
        }

        IntelRdtLines(linux.IntelRdt);
        MemoryPolicy(linux.MemoryPolicy);
    }

    // spec: config-linux.md#intelrdt. A newline would be another line of the file.
    private static void IntelRdtLines(IntelRdt? rdt)
    {
        if (rdt?.MemBwSchema is { Length: > 0 } bandwidth && (!bandwidth.StartsWith("MB:", StringComparison.Ordinal) || bandwidth.Contains('\n', StringComparison.Ordinal)))
        {
            throw Wrong("linux.intelRdt.memBwSchema", $"\"{bandwidth}\" is no line that begins with MB:", "as in \"MB:0=20;1=70\"");
        }

        for (int i = 0; i < rdt?.Schemata.Count; i++)
        {
            if (rdt.Schemata[i].Contains('\n', StringComparison.Ordinal))
            {
                throw Wrong($"linux.intelRdt.schemata[{i}]", "a newline is in it", "each line is an element of its own");
            }
        }
    }

    // man: set_mempolicy(2).
    private static void MemoryPolicy(MemoryPolicy? policy)
    {
        if (policy is null)
        {
            return;
        }

        NumberList(policy.Nodes, "linux.memoryPolicy.nodes");
        bool nodes = !string.IsNullOrEmpty(policy.Nodes);
        switch (policy.Mode)
        {
            case "MPOL_DEFAULT" or "MPOL_LOCAL" when nodes:
                throw Wrong("linux.memoryPolicy.nodes", $"{policy.Mode} takes no nodes", "remove them");
            case "MPOL_BIND" or "MPOL_INTERLEAVE" or "MPOL_PREFERRED_MANY" or "MPOL_WEIGHTED_INTERLEAVE" when !nodes:
                throw Wrong("linux.memoryPolicy.nodes", $"{policy.Mode} needs at least one node", "write them as \"0-1\"");
            case "MPOL_DEFAULT" or "MPOL_LOCAL" or "MPOL_PREFERRED" or "MPOL_BIND" or "MPOL_INTERLEAVE" or "MPOL_PREFERRED_MANY" or "MPOL_WEIGHTED_INTERLEAVE":
                break;
            default:
                throw Wrong("linux.memoryPolicy.mode", $"unknown mode \"{policy.Mode}\"", "a name as MPOL_BIND: set_mempolicy(2) lists them");
        }

        for (int i = 0; i < policy.Flags.Count; i++)
        {
            if (policy.Flags[i] is not ("MPOL_F_STATIC_NODES" or "MPOL_F_RELATIVE_NODES" or "MPOL_F_NUMA_BALANCING"))
            {
                throw Wrong($"linux.memoryPolicy.flags[{i}]", $"unknown flag \"{policy.Flags[i]}\"", "one of MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING");
            }
        }
    }
}
