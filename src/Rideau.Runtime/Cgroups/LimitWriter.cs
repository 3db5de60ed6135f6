using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>Writes limits into the files of a container's groups. Writes what is asked and nothing else.</summary>
internal sealed partial class LimitWriter(List<CgroupDirectory> directories, Log log, bool rootless, bool isNew)
{
    private string[]? _unifiedControllers;

    /// <summary>For an update: what was given before.</summary>
    internal Resources Recorded { private get; set; } = new();

    /// <summary>The group is around the container's: what is said of the group itself ("cgroup.max.descendants") is not for it.</summary>
    internal bool IsAround { private get; init; }

    internal void Write(Resources resources)
    {
        // No limit needs no controller.
        if (resources.Pids?.Limit is { } limit && (limit >= 0 || Has("pids")))
        {
            Write("pids", Find("pids"), "pids.max", Version2Values.PidsMax(limit));
        }

        WriteMemory(resources.Memory);
        WriteBlockIo(resources.BlockIo);
        WriteCpu(resources.Cpu);
        WriteCpuset(resources.Cpu);
        WriteHugepages(resources.HugepageLimits);
        WriteRdma(resources.Rdma);
        WriteNetwork(resources.Network);
        WriteUnified(resources.Unified);
    }

    internal void WriteDevices(List<DeviceRule> given)
    {
        List<DeviceAccessRule> rules = DeviceAccessRule.Of(given);
        log.Debug($"devices: {rules.Count} rules, {(Version1("devices") is null ? "as a BPF program" : "in the devices controller of cgroup v1")}");
        try
        {
            if (Version1("devices") is { } version1)
            {
                DeviceWriter.WriteVersion1(version1, rules, isNew);
            }
            else if (Unified is { } unified)
            {
                DeviceWriter.WriteProgram(unified, rules, isNew);
            }
            else if (!DeviceProgram.AllowsEverything(rules))
            {
                throw ResourceFailure.Missing("devices", "the devices controller is not mounted, and neither is cgroup v2", "mount cgroup2 at /sys/fs/cgroup, or the devices controller of cgroup v1");
            }
        }
        catch (ContainerException error) when (rootless && error.Code is FailureCode.General or FailureCode.NotSupported)
        {
            // Without privilege the user namespace already keeps the container from devices that its user may not open.
            log.Debug($"{error.Message}, ignoring: rootless");
        }
    }

    private void WriteHugepages(List<HugepageLimit> limits)
    {
        foreach (HugepageLimit limit in limits)
        {
            if (limit.PageSize.Contains('/'))
            {
                throw ResourceFailure.Invalid("hugetlb", $"\"{limit.PageSize}\" is no size of a page");
            }

            CgroupDirectory directory = Find("hugetlb");
            string suffix = directory.IsUnified ? "max" : "limit_in_bytes";
            string value = Text(limit.Limit);
            Write("hugetlb", directory, $"hugetlb.{limit.PageSize}.{suffix}", value);
            // Reservations are counted apart since Linux 5.7.
            int errno = directory.TryWrite($"hugetlb.{limit.PageSize}.rsvd.{suffix}", value);
            if (errno is not (0 or Errno.ENOENT))
            {
                throw ResourceFailure.Of("hugetlb", directory.FileOf($"hugetlb.{limit.PageSize}.rsvd.{suffix}"), value, errno);
            }
        }
    }

    private void WriteRdma(Dictionary<string, RdmaLimit> limits)
    {
        foreach ((string device, RdmaLimit limit) in limits)
        {
            string handles = limit.HcaHandles is { } h ? " hca_handle=" + Text(h) : "";
            string objects = limit.HcaObjects is { } o ? " hca_object=" + Text(o) : "";
            Write("rdma", Find("rdma"), "rdma.max", device + handles + objects);
        }
    }

    private void WriteNetwork(NetworkResources? network)
    {
        // v2 has neither; there packets are told apart by the group itself, with BPF or nftables.
        if (network?.ClassId is { } classId)
        {
            Write("net_cls", FindVersion1("net_cls"), "net_cls.classid", Text(classId));
        }

        foreach (InterfacePriority priority in network?.Priorities ?? [])
        {
            Write("net_prio", FindVersion1("net_prio"), "net_prio.ifpriomap", $"{priority.Name} {Text(priority.Priority)}");
        }
    }

    private void WriteUnified(Dictionary<string, string> unified)
    {
        if (unified.Count == 0)
        {
            return;
        }

        CgroupDirectory directory = Unified is { } found && directories.Count == 1
            ? found
            : throw ResourceFailure.Missing("unified", "linux.resources.unified needs cgroup v2 alone, and this machine has v1 hierarchies", "use the fields of linux.resources instead, or boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1)");
        foreach ((string file, string value) in unified)
        {
            int dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || file.Contains('/') || value.Contains('\0') || file.Contains('\0'))
            {
                throw ResourceFailure.Invalid("unified", $"\"{file}\" must be in the form CONTROLLER.PARAMETER, a file name");
            }

            string controller = file[..dot];
            if (controller == "cgroup" && IsAround)
            {
                continue;
            }

            if (controller != "cgroup" && Array.IndexOf(UnifiedControllers, controller) < 0)
            {
                throw Missing(controller);
            }

            // Files with a line for a device take one line a write.
            foreach (string line in value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Write(controller, directory, file, line);
            }
        }
    }

    private CgroupDirectory? Unified
    {
        get
        {
            foreach (CgroupDirectory directory in directories)
            {
                if (directory.IsUnified)
                {
                    return directory;
                }
            }

            return null;
        }
    }

    private string[] UnifiedControllers => _unifiedControllers ??= (Unified?.Read("cgroup.controllers") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private CgroupDirectory? Version1(string controller)
    {
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.Hierarchy.Has(controller))
            {
                return directory;
            }
        }

        return null;
    }

    private bool Has(string controller) => Version1(controller) is not null || Array.IndexOf(UnifiedControllers, controller) >= 0;

    private CgroupDirectory FindVersion1(string controller) => Version1(controller) ?? throw Missing(controller);

    // The group that has the controller: of v1, or of v2 if it offers it. Looked up, never assumed.
    private CgroupDirectory Find(string controller)
    {
        if (Version1(controller) is { } version1)
        {
            return version1;
        }

        if (Unified is { } beside && directories.Count > 1 && Array.IndexOf(UnifiedControllers, controller) < 0)
        {
            // Beside v1 a controller of v2 is enabled when a container needs it, not for all of them.
            ControllerDelegation.Enable(beside, log, controller);
            _unifiedControllers = null;
        }

        return Unified is { } unified && Array.IndexOf(UnifiedControllers, controller) >= 0 ? unified : throw Missing(controller);
    }

    private ContainerException Missing(string controller)
    {
        if (controller is "net_cls" or "net_prio")
        {
            return ResourceFailure.Missing(controller, $"the {controller} controller of cgroup v1 is not mounted", "cgroup v2 has no such controller; leave linux.resources.network out");
        }

        if (Unified is { } unified && directories.Count == 1)
        {
            return ResourceFailure.Missing(
                controller,
                $"the {controller} controller is not available to \"{unified.FullPath}\", which has: {(UnifiedControllers.Length == 0 ? "none" : string.Join(' ', UnifiedControllers))}",
                rootless ? "have the controller delegated (systemd: Delegate=yes, or for all users in user@.service.d)" : "enable it in cgroup.subtree_control of the groups above; a group with processes in it cannot");
        }

        return ResourceFailure.Missing(controller, $"the {controller} controller is not mounted", $"mount it (mount -t cgroup -o {controller} {controller} /sys/fs/cgroup/{controller}), boot a kernel that has it, or leave the limit out");
    }

    private void Write(string controller, CgroupDirectory directory, string file, string value)
    {
        log.Debug($"limit: write \"{value}\" to \"{directory.FileOf(file)}\"");
        int errno = directory.TryWrite(file, value);
        if (errno != 0)
        {
            throw ResourceFailure.Of(controller, directory.FileOf(file), value, errno);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
