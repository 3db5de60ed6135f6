using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;
using Rideau.Runtime.Systemd;

namespace Rideau.Runtime.Cgroups;

/// <summary>The systemd driver: the group is that of a scope, which systemd makes around the container's first process.</summary>
public sealed partial class ContainerCgroup
{
    private readonly Scope? _scope;

    // The scope's group, where the container's lies inside it.
    private readonly CgroupDirectory? _scopeGroup;
    private Resources _expected = new();
    private bool _expectedDevices;
    private int _initPid;

    /// <summary>The scope's unit; null where groups are made in the file system.</summary>
    public string? ScopeUnit => _scope?.Unit;

    /// <summary>The scope belongs to the manager of a user.</summary>
    public bool IsUserScope => _scope?.IsUser ?? false;

    /// <summary>What a scope is to be born with; groups in the file system get it from <see cref="Apply"/> alone.</summary>
    /// <param name="resources">What is asked.</param>
    /// <param name="devices">With the rules for devices.</param>
    public void Expect(Resources resources, bool devices)
    {
        if (_scope is not null)
        {
            // Also in the files a quota is what systemd can keep.
            ResourceProperties.RoundQuota(resources.Cpu);
            _expected = resources;
            _expectedDevices = devices;
        }
    }

    /// <summary>Finds out where the container's scope will be. Makes nothing: a scope is born with a process in it, by <see cref="AddProcess"/>.</summary>
    /// <exception cref="ContainerException">NotSupported: no systemd, or no cgroup v2 alone. InvalidArgument: the path or an annotation.</exception>
    private static ContainerCgroup PrepareScope(string? cgroupsPath, string id, IReadOnlyDictionary<string, string> annotations, RuntimeContext context, bool unprivileged)
    {
        CgroupLayout layout = CgroupLayout.Detect();
        if (layout.Driver != "v2" || layout.Unified is not { } unified)
        {
            throw new ContainerException(
                $"cannot create the cgroup of container \"{id}\" through systemd: this machine's cgroups are {(layout.Driver is "none" ? "not mounted" : layout.Driver)}, and --systemd-cgroup needs cgroup v2 alone",
                FailureCode.NotSupported,
                "leave --systemd-cgroup out (engines: cgroup manager \"cgroupfs\"), or boot with cgroup v2 alone");
        }

        Scope scope = Scope.Plan(cgroupsPath, id, annotations, unprivileged);
        string path = scope.Subgroup.Length == 0 ? scope.GroupPath : $"{scope.GroupPath}/{scope.Subgroup}";
        return new ContainerCgroup(layout, [new CgroupDirectory(unified, path)], layout.Driver, context.Log, tolerant: false, unprivileged, scope);
    }

    private void StartScope(int pid)
    {
        _scope!.Start(pid, _expected, _expectedDevices);
        _bornInside = true;
        CgroupDirectory directory = _directories[0];
        CgroupDirectory group = _scopeGroup ?? directory;
        if (!group.Exists)
        {
            throw new ContainerException($"cannot find the group of the scope \"{_scope.Unit}\": it is not at \"{group.FullPath}\"", FailureCode.General, $"see ControlGroup in \"systemctl {(_scope.IsUser ? "--user " : "")}show {_scope.Unit}\"");
        }

        if (_scopeGroup is not null)
        {
            MoveInside(directory, pid);
        }

        Furnish(directory);
    }

    // With a process in it the scope's group could give its controllers to no other.
    private static void MoveInside(CgroupDirectory directory, int pid)
    {
        int errno = directory.TryMake([]);
        if (errno != 0)
        {
            throw Failure("create", directory.FullPath, errno);
        }

        errno = directory.TryWrite("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        if (errno != 0)
        {
            throw Failure($"put process {pid} into", directory.FullPath, errno);
        }
    }

    // What the container has after an update, with a quota that systemd can keep; null without systemd.
    private Resources? RoundForScope(Resources given, Resources recorded)
    {
        if (_scope is null)
        {
            return null;
        }

        Resources merged = ResourcesMerge.Of(recorded, given);
        ResourceProperties.RoundQuota(merged.Cpu);
        if (given.Cpu?.Quota is > 0)
        {
            given.Cpu.Quota = merged.Cpu?.Quota;
        }

        return merged;
    }

    // A process of exec: this user may not be allowed to move it across what systemd has delegated; systemd may.
    private void AddToScope(int pid)
    {
        int errno = _directories[0].TryWrite("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        if (errno is Errno.EACCES or Errno.EPERM)
        {
            _scope!.Attach(pid, _directories[0].Path[_scope.LengthIn(_directories[0].Path)..]);
        }
        else if (errno == Errno.EBUSY && _initPid != 0 && WithInit(_initPid) is { } inner)
        {
            inner.AddToScope(pid);
        }
        else if (errno != 0)
        {
            throw Failure($"put process {pid} into", _directories[0].FullPath, errno);
        }
    }

    private void StopScope()
    {
        try
        {
            _scope!.Stop();
        }
        catch (ContainerException failure)
        {
            // The group is removed all the same; without a group the unit goes by itself.
            _log.Warning($"{failure.Message}, ignoring");
        }
    }
}
