using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;
using Rideau.Runtime.Systemd;

namespace Rideau.Runtime.Cgroups;

/// <summary>A container's groups in all hierarchies that the machine shows: the container's identity.</summary>
public sealed partial class ContainerCgroup
{
    private readonly CgroupLayout? _layout;
    private readonly List<CgroupDirectory> _directories;
    private readonly Log _log;
    private readonly bool _tolerant;
    private readonly bool _rootless;
    private static CgroupLayout? s_layout;
    private bool _bornInside;

    private ContainerCgroup(CgroupLayout? layout, List<CgroupDirectory> directories, string driver, Log log, bool tolerant, bool rootless, Scope? scope = null)
    {
        _scope = scope;
        _layout = layout;
        _directories = directories;
        _log = log;
        _tolerant = tolerant;
        _rootless = rootless;
        Driver = driver;
        if (scope is not null && directories.Count == 1 && scope.LengthIn(directories[0].Path) is int length && length < directories[0].Path.Length)
        {
            _scopeGroup = new CgroupDirectory(directories[0].Hierarchy, directories[0].Path[..length]);
        }

        foreach (CgroupDirectory directory in directories)
        {
            Paths[directory.Hierarchy.MountPoint] = directory.Path;
        }
    }

    /// <summary>"v1", "v2", "hybrid", or "none".</summary>
    public string Driver { get; private set; }

    /// <summary>Key: the mount point; value: the path below it.</summary>
    public Dictionary<string, string> Paths { get; } = [];

    /// <summary>Finds out where the container's groups will be. Makes nothing.</summary>
    /// <param name="path">linux.cgroupsPath.</param>
    /// <param name="id">The container's.</param>
    /// <param name="resources">What will be asked.</param>
    /// <param name="context">The runtime's options.</param>
    /// <param name="unprivileged">The caller may have no right to make groups; that is no failure unless limits are asked.</param>
    /// <exception cref="ContainerException">No cgroups are mounted and limits are asked; or the path is none.</exception>
    /// <param name="annotations">The configuration's; of them org.systemd.property.* concern the systemd driver.</param>
    public static ContainerCgroup Prepare(string? path, string id, Resources? resources, RuntimeContext context, bool unprivileged, IReadOnlyDictionary<string, string> annotations)
    {
        if (context.SystemdCgroup)
        {
            return PrepareScope(path, id, annotations, context, unprivileged);
        }

        bool rootless = context.Rootless ?? unprivileged;
        return Prepare(CgroupLayout.Detect(), path, id, resources, context.Log, rootless);
    }

    /// <summary>The same in a layout that is known.</summary>
    public static ContainerCgroup Prepare(CgroupLayout layout, string? path, string id, Resources? resources, Log log, bool rootless)
    {
        bool limited = ResourceLimits.AreAsked(resources);
        if (layout.Driver == "none")
        {
            if (limited || (!rootless && resources?.Devices.Count > 0))
            {
                throw new ContainerException(
                    $"cannot create the cgroup of container \"{id}\": no cgroup hierarchy is mounted, and config.json has linux.resources",
                    FailureCode.NotSupported,
                    "mount cgroup2 at /sys/fs/cgroup, or leave linux.resources out");
            }

            return new ContainerCgroup(layout, [], "none", log, rootless, rootless);
        }

        var directories = new List<CgroupDirectory>(layout.Version1.Count + 1);
        foreach (CgroupHierarchy hierarchy in layout.Version1)
        {
            directories.Add(new CgroupDirectory(hierarchy, CgroupPathResolver.Resolve(path, id, hierarchy, beside: false)));
        }

        if (layout.Unified is { } unified)
        {
            directories.Add(new CgroupDirectory(unified, CgroupPathResolver.Resolve(path, id, unified, beside: layout.Version1.Count == 0)));
        }

        return new ContainerCgroup(layout, directories, layout.Driver, log, rootless && !limited, rootless);
    }

    /// <summary>What is mounted where, looked up once: it does not change between two containers of one command.</summary>
    internal static CgroupLayout Layout => s_layout ??= CgroupLayout.Detect();

    /// <summary>The groups of a container that exists, as its record has them.</summary>
    public static ContainerCgroup OfRecord(ContainerRecord record, Log? log = null)
    {
        var directories = new List<CgroupDirectory>(record.CgroupPaths.Count);
        CgroupLayout? layout = null;
        foreach ((string mountPoint, string path) in record.CgroupPaths)
        {
            CgroupHierarchy? hierarchy;
            if (record.CgroupDriver == "v2")
            {
                hierarchy = new CgroupHierarchy(mountPoint, "", "/");
            }
            else
            {
                layout = Layout;
                hierarchy = layout.Unified?.MountPoint == mountPoint ? layout.Unified : Find(layout, mountPoint);
            }

            // Not mounted any more (another mount namespace): nothing can be done there.
            if (hierarchy is not null)
            {
                directories.Add(new CgroupDirectory(hierarchy, path));
            }
        }

        Scope? scope = record.SystemdUnit is { Length: > 0 } unit ? new Scope(unit, record.SystemdUser) : null;
        return new ContainerCgroup(layout, directories, record.CgroupDriver, log ?? Log.None, tolerant: false, rootless: false, scope) { _initPid = record.InitPid };
    }

    /// <summary>Groups inside this container's, for a process that is added (exec --cgroup). They must be there already.</summary>
    /// <param name="sub">Key: a controller of v1, or "" for all hierarchies; value: the path below the container's group.</param>
    public ContainerCgroup Below(Dictionary<string, string> sub)
    {
        if (sub.Count == 0)
        {
            return this;
        }

        var directories = new List<CgroupDirectory>(_directories.Count);
        foreach (CgroupDirectory directory in _directories)
        {
            string below = "";
            foreach ((string controller, string path) in sub)
            {
                if (controller.Length == 0 || directory.Hierarchy.Has(controller))
                {
                    below = CgroupPathResolver.Clean(path);
                }
            }

            directories.Add(below is "" or "/" ? directory : new CgroupDirectory(directory.Hierarchy, (directory.Path == "/" ? "" : directory.Path) + below));
        }

        return new ContainerCgroup(_layout, directories, Driver, _log, _tolerant, _rootless, _scope);
    }

    /// <summary>The group inside the container's that its init has moved to; null where it is in the container's own, or v1 has a part.</summary>
    public ContainerCgroup? WithInit(int pid)
    {
        if (_directories.Count != 1 || Unified is not { } unified)
        {
            return null;
        }

        // What the container has written there is a path below its own group: others the kernel does not let it enter.
        string group = CgroupLayout.PathOf(pid);
        string own = unified.Path == "/" ? "/" : unified.Path + "/";
        return group.StartsWith(own, StringComparison.Ordinal) && group.Length > own.Length
            ? Below(new Dictionary<string, string> { [""] = group[own.Length..] })
            : null;
    }

    /// <summary>The directory of cgroup v2 to clone the child into; null where there is none, and <see cref="AddProcess"/> does it all.</summary>
    public OwnedFd? OpenForClone()
    {
        // A scope is made around a process; and one of a user's manager may not be open to a birth from outside it.
        if (Unified is not { } unified || _scope is { IsUser: true } or { GroupPath.Length: > 0 })
        {
            return null;
        }

        int errno = Files.TryOpen(unified.FullPath, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, out OwnedFd? directory);
        if (directory is null && !(_tolerant || errno == Errno.ENOENT))
        {
            throw Failure("open", unified.FullPath, errno);
        }

        _bornInside = directory is not null;
        return directory;
    }

    /// <summary>True where a process that was born into <see cref="OpenForClone"/> is not in all groups yet.</summary>
    public bool HasMoreToJoin => !_bornInside || (_scope is null && _directories.Exists(static directory => !directory.IsUnified));

    /// <summary>Moves a process into the groups that it is not in by birth.</summary>
    public void AddProcess(int pid)
    {
        if (_scope is not null)
        {
            if (_scope.GroupPath.Length > 0)
            {
                StartScope(pid);
            }
            else if (!_bornInside)
            {
                AddToScope(pid);
            }

            return;
        }

        string number = pid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (CgroupDirectory directory in _directories)
        {
            if (directory.IsUnified && _bornInside)
            {
                continue;
            }

            int errno = directory.TryWrite("cgroup.procs", number);
            if (errno != 0 && !_tolerant)
            {
                throw Failure($"put process {number} into", directory.FullPath, errno);
            }
        }
    }

    private CgroupDirectory? Unified => _directories.Count > 0 && _directories[^1].IsUnified ? _directories[^1] : FindUnified();

    private static CgroupHierarchy? Find(CgroupLayout layout, string mountPoint)
    {
        foreach (CgroupHierarchy hierarchy in layout.Version1)
        {
            if (hierarchy.MountPoint == mountPoint)
            {
                return hierarchy;
            }
        }

        return null;
    }

    private CgroupDirectory? FindUnified()
    {
        foreach (CgroupDirectory directory in _directories)
        {
            if (directory.IsUnified)
            {
                return directory;
            }
        }

        return null;
    }

    private CgroupDirectory? Version1(string controller)
    {
        foreach (CgroupDirectory directory in _directories)
        {
            if (directory.Hierarchy.Has(controller))
            {
                return directory;
            }
        }

        return null;
    }

    private static ContainerException Failure(string verb, string path, int errno) =>
        new($"cannot {verb} cgroup \"{path}\": {Errno.Describe(errno)}", FailureCode.General, Hint(errno));

    private static string? Hint(int errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => "this user may not change cgroups here: have the group delegated (systemd: Delegate=yes), name a delegated one in linux.cgroupsPath, or ask for no limits",
        Errno.EROFS => "cgroups are mounted read-only here, as in a container; remount them read-write, or ask for no limits",
        Errno.EBUSY => "the group has controllers enabled for its children, so it can hold no process itself; name another in linux.cgroupsPath",
        Errno.ENOSPC => "on cgroup v1 a cpuset needs cpus and mems before it takes a process; elsewhere a limit such as cgroup.max.descendants is reached",
        Errno.EMFILE => ErrorHints.Find("openat", errno),
        Errno.EAGAIN => "a limit of the group above is reached (pids.max, cgroup.max.descendants, cgroup.max.depth)",
        Errno.EOPNOTSUPP => "the group, or one above it, is threaded: it takes no whole process",
        _ => null,
    };
}
