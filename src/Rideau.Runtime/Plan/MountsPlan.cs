using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Plan;

/// <summary>The mounts of the configuration, in their order.</summary>
/// <remarks>
/// Every mount is made attached nowhere, gets its attributes there, and is then moved to a place that was opened inside the root.
/// spec: config.md#mounts · man: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2)
/// </remarks>
internal static class MountsPlan
{
    /// <summary>sizeof(struct mount_attr), its first version.</summary>
    public const int SizeOfMountAttr = 32;

    private static readonly string[] s_placesInProc =
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    public static void Add(PlanContext context)
    {
        List<Spec.Mount> mounts = context.Configuration.Mounts;
        string? systemdHierarchy = Spec.RunOciAnnotations.SystemdHierarchyMount(context.Configuration);
        for (int i = 0; i < mounts.Count; i++)
        {
            var work = new MountWork(context, mounts[i]);
            context.Plan.Begin($"mount {work.Name} on \"{work.Destination}\"");
            CheckDestination(work);
            if (work.Destination == systemdHierarchy)
            {
                CgroupMountsPlan.AddSystemdHierarchy(work);
                continue;
            }

            if (work.Options.IsBind)
            {
                BindMounts.Add(work);
                continue;
            }

            switch (work.Type)
            {
                case "cgroup" or "cgroup2":
                    CgroupMountsPlan.Add(work);
                    break;
                case "bind":
                    BindMounts.Add(work);
                    break;
                default:
                    NewFileSystems.Add(work);
                    break;
            }
        }
    }

    // A mount over or in /proc could make what the program reads and writes there another file.
    internal static void CheckDestination(MountWork work)
    {
        string destination = work.Destination;
        if (destination == "/")
        {
            throw work.Refused("the root file system itself cannot be mounted over");
        }

        if (!MountTargets.Contains("/proc", destination))
        {
            return;
        }

        if (destination == "/proc")
        {
            if (work.Type == "proc" || (work.IsBind && IsProc(work)))
            {
                return;
            }

            throw work.Refused("only a proc file system may be mounted there");
        }

        if (Array.IndexOf(s_placesInProc, destination) < 0)
        {
            throw work.Refused("it is inside /proc");
        }
    }

    private static bool IsProc(MountWork work)
    {
        try
        {
            return work.Context.Machine.FileSystemType(work.Source) == Stat.PROC_SUPER_MAGIC;
        }
        catch (Kernel.LinuxException)
        {
            return false;
        }
    }
}
