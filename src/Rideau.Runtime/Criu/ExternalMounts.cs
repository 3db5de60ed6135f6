using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Criu;

/// <summary>Mounts of a container whose contents are the machine's: bind mounts, masks of files, bound devices, groups of cgroup v1.</summary>
/// <remarks>
/// A dump names each by the place that it is mounted at (links resolved, as the kernel names it); a restore says for each name
/// what is to be bound there. The names are runc's, so that an image serves both.
/// </remarks>
internal sealed class ExternalMounts
{
    private const int LimitBytes = 16 << 20;
    private const string Null = "/dev/null";
    private const string Notify = "/run/notify";

    private static readonly string[] s_devices = [Null, "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

    private readonly List<(string Key, string Value)> _found;
    private readonly HashSet<string> _keys = [];

    private ExternalMounts(CriuRequest request) => _found = request.ExternalMounts;

    /// <summary>Those of a container that runs.</summary>
    /// <param name="request">Gets them.</param>
    /// <param name="configuration">The container's.</param>
    /// <param name="pid">Its init.</param>
    /// <param name="cgroups">Its groups: mount point and path.</param>
    internal static void AddToDump(CriuRequest request, Configuration configuration, int pid, IReadOnlyDictionary<string, string> cgroups)
    {
        var mounts = new ExternalMounts(request);
        using OwnedFd root = Files.Open($"/proc/{pid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        byte[] table = Files.ReadAll($"/proc/{pid}/mountinfo", LimitBytes);
        foreach (Spec.Mount mount in configuration.Mounts)
        {
            if (IsBind(mount))
            {
                string place = InRoot.Resolve(root, "", mount.Destination);
                mounts.Add(place, place);
                foreach (string below in MountOptions.Parse(mount.Options).IsRecursive ? Below(table, place) : [])
                {
                    if (!IsConfigured(configuration, root, below))
                    {
                        mounts.Add(below, below);
                    }
                }
            }
            else if (mount.Type == "cgroup")
            {
                mounts.AddControllers(InRoot.Resolve(root, "", mount.Destination), cgroups, source: false);
            }
        }

        mounts.Add(Notify, Notify);
        mounts.AddMasks(configuration.Linux?.MaskedPaths ?? [], root);
        mounts.AddDevices(configuration.Linux?.Devices ?? []);
    }

    /// <summary>Those of a container that is restored.</summary>
    /// <param name="request">Gets them.</param>
    /// <param name="configuration">The new container's.</param>
    /// <param name="bundle">Where relative sources begin.</param>
    /// <param name="root">Its root file system, without its mounts.</param>
    /// <param name="rootPath">The same, as the kernel names it.</param>
    /// <param name="cgroups">The new groups.</param>
    /// <param name="notify">A directory that stands for a service manager's, should the dump have had one.</param>
    internal static void AddToRestore(CriuRequest request, Configuration configuration, string bundle, OwnedFd root, string rootPath, IReadOnlyDictionary<string, string> cgroups, string notify)
    {
        var mounts = new ExternalMounts(request);
        byte[] table = Files.ReadAll("/proc/self/mountinfo", LimitBytes);
        foreach (Spec.Mount mount in configuration.Mounts)
        {
            if (IsBind(mount))
            {
                string place = InRoot.Resolve(root, rootPath, mount.Destination);
                string source = SourceOf(mount, bundle);
                mounts.Add(place, source);
                foreach (string below in MountOptions.Parse(mount.Options).IsRecursive ? Below(table, source) : [])
                {
                    mounts.Add($"{place}{below[source.TrimEnd('/').Length..]}", below);
                }
            }
            else if (mount.Type == "cgroup")
            {
                mounts.AddControllers(InRoot.Resolve(root, rootPath, mount.Destination), cgroups, source: true);
            }
        }

        mounts.Add(Notify, notify);
        mounts.Add(Null, Null);
        mounts.AddDevices(configuration.Linux?.Devices ?? []);
    }

    /// <summary>True for a bind mount.</summary>
    internal static bool IsBind(Spec.Mount mount) => mount.Type == "bind" || MountOptions.Parse(mount.Options).IsBind;

    /// <summary>What is bound, absolute, links resolved.</summary>
    internal static string SourceOf(Spec.Mount mount, string bundle)
    {
        string source = mount.Source is ['/', ..] ? mount.Source : $"{bundle}/{mount.Source}";
        if (Files.TryOpen(source, Fcntl.O_PATH, out OwnedFd? file) != 0 || file is null)
        {
            return source; // who binds it says what is wrong
        }

        using (file)
        {
            return Files.ReadLink($"/proc/self/fd/{file.Number}") ?? source;
        }
    }

    // What the configuration puts there is dumped like the rest.
    private static bool IsConfigured(Configuration configuration, OwnedFd root, string place)
    {
        foreach (Spec.Mount mount in configuration.Mounts)
        {
            string other = IsBind(mount) ? "" : InRoot.Resolve(root, "", mount.Destination);
            if (other.Length > 0 && (place == other || place.StartsWith(other + "/", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return configuration.Linux is { } linux && (linux.MaskedPaths.Contains(place) || linux.ReadonlyPaths.Contains(place));
    }

    private void Add(string key, string value)
    {
        if (_keys.Add(key))
        {
            _found.Add((key, value));
        }
    }

    private void AddMasks(List<string> paths, OwnedFd root)
    {
        foreach (string path in paths)
        {
            // A directory's mask is a tmpfs, which CRIU dumps.
            if (Files.TryOpenResolved(root, path, Fcntl.O_PATH, Fcntl.RESOLVE_IN_ROOT, out OwnedFd? file) == 0 && file is not null)
            {
                using (file)
                {
                    if (!Files.Status(file).IsDirectory)
                    {
                        Add(Files.ReadLink($"/proc/self/fd/{file.Number}") ?? path, Null);
                    }
                }
            }
        }
    }

    private void AddDevices(List<Device> devices)
    {
        foreach (string path in s_devices)
        {
            Add(path, path);
        }

        foreach (Device device in devices)
        {
            Add(MountTargets.Clean(device.Path), MountTargets.Clean(device.Path));
        }
    }

    // Without a cgroup namespace, and on v1, what is shown are binds of the container's own groups.
    private void AddControllers(string place, IReadOnlyDictionary<string, string> cgroups, bool source)
    {
        foreach ((string mountPoint, string path) in cgroups)
        {
            if (Files.FileSystemType(mountPoint) != Stat.CGROUP2_SUPER_MAGIC)
            {
                string key = $"{place}/{mountPoint[(mountPoint.LastIndexOf('/') + 1)..]}";
                Add(key, source ? $"{mountPoint}{path}" : key);
            }
        }
    }

    // What is mounted below a place, in a table of mounts.
    private static List<string> Below(byte[] table, string place)
    {
        List<string> below = [];
        string start = place == "/" ? place : place + "/";
        var mounts = new MountInfo(table);
        while (mounts.MoveNext())
        {
            string point = MountInfo.Unescape(mounts.MountPoint);
            if (point.Length > start.Length && point.StartsWith(start, StringComparison.Ordinal))
            {
                below.Add(point);
            }
        }

        return below;
    }
}
