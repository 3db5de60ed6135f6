using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Cgroups;

/// <summary>On v2 a group has a controller when every group above it has enabled it for its children.</summary>
internal static class ControllerDelegation
{
    /// <summary>Enables all controllers that the mount's root offers, as far as the groups above let it. What is missing is said when a limit needs it.</summary>
    /// <param name="directory">The container's group.</param>
    /// <param name="log">Says what the kernel refuses.</param>
    /// <param name="only">One controller; null for all.</param>
    internal static void Enable(CgroupDirectory directory, Log log, string? only = null)
    {
        var root = new CgroupDirectory(directory.Hierarchy, "/");
        string offered = root.Read("cgroup.controllers") ?? "";
        // The usual case: an engine has enabled them for its containers before.
        if (directory.Read("cgroup.controllers") == offered)
        {
            return;
        }

        string path = directory.Path;
        for (int slash = 0; slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var above = new CgroupDirectory(directory.Hierarchy, slash == 0 ? "/" : path[..slash]);
            string[] enabled = (above.Read("cgroup.subtree_control") ?? "").Split(' ');
            List<string> missing = [];
            foreach (string controller in (above.Read("cgroup.controllers") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Array.IndexOf(enabled, controller) < 0 && (only ?? controller) == controller)
                {
                    missing.Add("+" + controller);
                }
            }

            if (missing.Count > 0)
            {
                Write(above, missing, log);
            }
        }
    }

    private static void Write(CgroupDirectory above, List<string> missing, Log log)
    {
        // All or none in one write; one controller that cannot be had (real-time processes and cpu) must not cost the others.
        if (above.TryWrite("cgroup.subtree_control", string.Join(' ', missing)) == 0)
        {
            return;
        }

        foreach (string controller in missing)
        {
            int errno = above.TryWrite("cgroup.subtree_control", controller);
            if (errno != 0)
            {
                log.Debug($"cannot write \"{controller}\" to \"{above.FileOf("cgroup.subtree_control")}\": {Kernel.Abi.Errno.Describe(errno)}, ignoring");
            }
        }
    }
}
