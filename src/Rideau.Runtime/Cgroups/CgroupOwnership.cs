using System;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>A container that may write to its own groups gets them: the directory, and the files that the kernel says can be given away.</summary>
/// <remarks>spec: config-linux.md#cgroup-ownership · man: cgroups(7), Cgroups delegation</remarks>
internal static class CgroupOwnership
{
    private const string ListFile = "/sys/kernel/cgroup/delegate";

    /// <summary>The outer uid of the container's process, where the configuration gives it its groups; otherwise null.</summary>
    internal static uint? Of(Configuration configuration)
    {
        Linux linux = configuration.Linux ?? new Linux();
        bool own = false, joinsUser = false;
        foreach (Namespace one in linux.Namespaces)
        {
            own |= one.Type == "cgroup" && string.IsNullOrEmpty(one.Path);
            joinsUser |= one.Type == "user" && !string.IsNullOrEmpty(one.Path);
        }

        // What a user namespace that is joined maps is not in the configuration.
        if (!own || joinsUser || !IsWritable(configuration))
        {
            return null;
        }

        uint uid = configuration.Process?.User.Uid ?? 0;
        if (linux.UidMappings.Count == 0)
        {
            return uid;
        }

        foreach (IdMapping mapping in linux.UidMappings)
        {
            if (uid >= mapping.ContainerId && uid - mapping.ContainerId < mapping.Size)
            {
                return mapping.HostId + (uid - mapping.ContainerId);
            }
        }

        return null;
    }

    /// <summary>Gives a group away. Files that it has not are passed over.</summary>
    internal static void Give(CgroupDirectory directory, uint uid)
    {
        Check(directory.FullPath, uid, mayBeMissing: false);
        foreach (string file in Files.TryStatus(ListFile, out _) == 0
            ? Encoding.UTF8.GetString(Files.ReadAll(ListFile)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"])
        {
            if (!file.Contains('/', StringComparison.Ordinal))
            {
                Check(directory.FileOf(file), uid, mayBeMissing: true);
            }
        }
    }

    private static bool IsWritable(Configuration configuration)
    {
        foreach (Spec.Mount mount in configuration.Mounts)
        {
            if (mount.Destination.TrimEnd('/') == "/sys/fs/cgroup" && mount.Type is "cgroup" or "cgroup2")
            {
                return !mount.Options.Contains("ro");
            }
        }

        return false;
    }

    private static void Check(string path, uint uid, bool mayBeMissing)
    {
        int errno = Files.TryChangeOwner(path, uid);
        if (errno != 0 && !(mayBeMissing && errno == Errno.ENOENT))
        {
            throw new ContainerException(
                $"cannot give the container its cgroup: cannot make uid {uid} the owner of \"{path}\"",
                FailureCode.General,
                errno == Errno.EPERM ? "mount /sys/fs/cgroup with the option ro, or without a cgroup namespace of the container's own: then nothing is given" : null,
                new LinuxException("fchownat", errno, $"\"{path}\", {uid}"));
        }
    }
}
