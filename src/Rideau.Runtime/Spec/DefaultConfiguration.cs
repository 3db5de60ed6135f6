using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>What "spec" writes: a shell in new namespaces with few capabilities, to be edited.</summary>
public static class DefaultConfiguration
{
    /// <summary>The version of the specification that is written, and the newest that is known.</summary>
    public const string OciVersion = "1.3.0";

    /// <summary>For root.</summary>
    /// <param name="withCgroupNamespace">True where cgroup v2 is all there is: on v1 the field leaves it out.</param>
    public static Configuration Create(bool withCgroupNamespace)
    {
        Configuration configuration = new()
        {
            OciVersion = OciVersion,
            Process = Shell(),
            Root = new Root { Path = "rootfs", Readonly = true },
            Hostname = "rideau",
            Mounts = Mounts(),
            Linux = new Linux
            {
                Resources = new Resources { Devices = [new DeviceRule(false, null, null, null, "rwm")] },
                Namespaces = [new("pid", null), new("network", null), new("ipc", null), new("uts", null), new("mount", null)],
                MaskedPaths =
                [
                    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                    "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
                ],
                ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            },
        };
        if (withCgroupNamespace)
        {
            configuration.Linux.Namespaces.Add(new Namespace("cgroup", null));
        }

        return configuration;
    }

    /// <summary>For a user without privileges: a user namespace of one id, the host's network, its /sys, and no limits.</summary>
    public static Configuration CreateRootless(bool withCgroupNamespace, uint uid, uint gid)
    {
        Configuration configuration = Create(withCgroupNamespace);
        Linux linux = configuration.Linux!;
        linux.Resources = null;
        linux.Namespaces.RemoveAll(static entry => entry.Type == "network");
        linux.Namespaces.Add(new Namespace("user", null));
        linux.UidMappings = [new IdMapping(0, uid, 1)];
        linux.GidMappings = [new IdMapping(0, gid, 1)];
        foreach (Mount mount in configuration.Mounts)
        {
            // A sysfs of its own belongs to a network namespace of its own; and group 5 is not mapped.
            if (mount.Destination == "/sys")
            {
                mount.Type = "none";
                mount.Source = "/sys";
                mount.Options.Insert(0, "rbind");
            }

            mount.Options.Remove("gid=5");
        }

        return configuration;
    }

    private static Process Shell() => new()
    {
        Terminal = true,
        Args = ["sh"],
        Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        Cwd = "/",
        NoNewPrivileges = true,
        Capabilities = new Capabilities { Bounding = Few(), Effective = Few(), Permitted = Few() },
        Rlimits = [new Rlimit("RLIMIT_NOFILE", 1024, 1024)],
    };

    private static List<string> Few() => ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    private static List<Mount> Mounts() =>
    [
        Mount("/proc", "proc", "proc"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    private static Mount Mount(string destination, string type, string source, params List<string> options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };
}
