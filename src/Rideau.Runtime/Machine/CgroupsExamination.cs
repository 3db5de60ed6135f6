using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Machine;

/// <summary>Which cgroups there are, and which of them this caller may divide.</summary>
internal static class CgroupsExamination
{
    private const string Delegate = "have a part of the tree delegated: on systemd, Delegate=yes for the user's slice; elsewhere chown a group to the user. Containers run without limits until then";

    internal static void Run(Examination examination)
    {
        examination.Group = "cgroups";
        CgroupLayout layout = CgroupLayout.Detect();
        if (layout.Driver == "none")
        {
            examination.Warning("layout", "no cgroup file system is mounted: no limits, no freezing", "mount -t cgroup2 none /sys/fs/cgroup, as root");
            return;
        }

        examination.Ok("layout", layout.Driver == "hybrid" ? "hybrid: the controllers on v1, v2 beside them" : layout.Driver);
        Controllers(examination, layout);
        if (layout.Version1.Count > 0)
        {
            Divide(examination, layout.Version1, "groups of v1");
        }

        if (layout.Unified is { } unified)
        {
            Divide(examination, [unified], "groups of v2");
            DevicePrograms(examination, layout);
        }
    }

    private static void Controllers(Examination examination, CgroupLayout layout)
    {
        List<string> there = [];
        string unified = layout.Unified is { } group ? KernelFile.Text($"{group.MountPoint}{group.OwnPath}/cgroup.controllers") ?? "" : "";
        List<string> missing = [];
        foreach (string controller in (string[])["cpu", "cpuset", "memory", "pids", "io", "hugetlb", "rdma"])
        {
            bool found = Array.IndexOf(unified.Split(' '), controller) >= 0 || layout.FindVersion1(controller == "io" ? "blkio" : controller) is not null;
            (found ? there : missing).Add(controller);
        }

        bool important = missing.Exists(static name => name is "cpu" or "memory" or "pids");
        string reason = $"{string.Join(", ", there)}{(missing.Count > 0 ? $"; not {string.Join(", ", missing)}" : "")}";
        if (important)
        {
            examination.Warning("controllers", reason, "limits of what is missing are refused; the kernel's command line (cgroup_enable=memory) or the parent's cgroup.subtree_control turns controllers on");
        }
        else
        {
            examination.Ok("controllers", reason);
        }
    }

    private static void Divide(Examination examination, IReadOnlyList<CgroupHierarchy> hierarchies, string name)
    {
        string refused = "";
        foreach (CgroupHierarchy hierarchy in hierarchies)
        {
            string own = hierarchy.MountPoint + (hierarchy.OwnPath == "/" ? "" : hierarchy.OwnPath);
            string trial = $"{own}/rideau-doctor-{Credentials.ProcessId}";
            int errno = Files.TryMakeDirectory(trial, 0x1ed);
            if (errno == 0)
            {
                _ = Files.TryRemove(trial, null, Fcntl.AT_REMOVEDIR); // ignored: an empty group can be removed by whoever made it
            }
            else
            {
                refused += $"{(refused.Length == 0 ? "" : ", ")}{own} ({Errno.Name(errno)})";
            }
        }

        if (refused.Length == 0)
        {
            examination.Ok(name, hierarchies.Count == 1 ? $"can be made below {hierarchies[0].MountPoint}{hierarchies[0].OwnPath}" : "can be made in every hierarchy");
        }
        else if (Privilege.IsUnprivileged)
        {
            examination.Warning(name, $"cannot be made by this user below {refused}", Delegate);
        }
        else
        {
            examination.Missing(name, $"cannot be made below {refused}", "mount the hierarchies for writing; in a container, give it its own cgroup namespace and writable mounts");
        }
    }

    // Version 2 has no device lists: programs decide.
    private static void DevicePrograms(Examination examination, CgroupLayout layout)
    {
        if (layout.FindVersion1("devices") is not null || Privilege.IsUnprivileged)
        {
            return;
        }

        // r0 = 1; exit
        int errno = CgroupPrograms.TryLoad([0x0000_0001_0000_00b7, 0x95], out OwnedFd? program);
        program?.Dispose();
        examination.Tried("device programs", errno == 0 ? new TrialResult(0, "") : new TrialResult(errno, $"bpf(BPF_PROG_LOAD) failed with {Errno.Describe(errno)}"), "access to devices can be limited", "needs CAP_BPF and CONFIG_CGROUP_BPF");
    }
}
