using System;

namespace Rideau.Runtime.Cgroups;

/// <summary>One mounted cgroup hierarchy.</summary>
/// <param name="MountPoint">"/sys/fs/cgroup/memory".</param>
/// <param name="Controllers">As /proc/self/cgroup names them: "cpu,cpuacct", "name=systemd"; empty for cgroup v2.</param>
/// <param name="OwnPath">The group of this process, below the mount point: "/", "/user.slice".</param>
public sealed record CgroupHierarchy(string MountPoint, string Controllers, string OwnPath)
{
    /// <summary>True for cgroup v2.</summary>
    public bool IsUnified => Controllers.Length == 0;

    /// <summary>True where the controller is one of this hierarchy of v1.</summary>
    public bool Has(string controller)
    {
        int at = 0;
        while ((at = Controllers.IndexOf(controller, at, StringComparison.Ordinal)) >= 0)
        {
            int end = at + controller.Length;
            if ((at == 0 || Controllers[at - 1] == ',') && (end == Controllers.Length || Controllers[end] == ','))
            {
                return true;
            }

            at = end;
        }

        return false;
    }
}
