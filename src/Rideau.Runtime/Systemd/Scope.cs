using System.Collections.Generic;
using System.Linq;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Systemd;

/// <summary>The unit of a container: systemd makes its group, knows its limits, and forgets both when its last process has ended.</summary>
/// <param name="unit">"rideau-web.scope".</param>
/// <param name="user">It belongs to a user's manager.</param>
internal sealed class Scope(string unit, bool user)
{
    private const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    private string _slice = "";
    private string _description = "";
    private int _systemdVersion;
    private IReadOnlyDictionary<string, string> _annotations = new Dictionary<string, string>();

    internal string Unit { get; } = unit;

    internal bool IsUser { get; } = user;

    /// <summary>The group below the mount of cgroup v2; empty for a scope that is there already.</summary>
    internal string GroupPath { get; private init; } = "";

    /// <summary>The group inside the scope's that is the container's: "container"; empty where that is the scope's own.</summary>
    internal string Subgroup { get; private init; } = "";

    /// <summary>Finds out where a container's scope will be. Makes nothing.</summary>
    /// <param name="cgroupsPath">linux.cgroupsPath.</param>
    /// <param name="id">The container's.</param>
    /// <param name="annotations">The configuration's.</param>
    /// <param name="user">In the manager of this user.</param>
    /// <exception cref="ContainerException">InvalidArgument: the path or an annotation; NotSupported: there is no systemd.</exception>
    internal static Scope Plan(string? cgroupsPath, string id, IReadOnlyDictionary<string, string> annotations, bool user)
    {
        ScopeName name = ScopeName.Parse(cgroupsPath, id, user);
        string subgroup = RunOciAnnotations.SystemdSubgroup(annotations, name.Unit);
        PropertyAnnotations.Add(new UnitProperties(), annotations); // says what is wrong before anything is made
        // Not kept open: the container's process is born meanwhile, and would hold it too.
        using ServiceManager manager = ServiceManager.Connect(user);
        return new Scope(name.Unit, user)
        {
            _slice = name.Slice,
            _description = $"container {id}",
            _annotations = annotations,
            _systemdVersion = manager.Version(),
            GroupPath = manager.ControlGroup().TrimEnd('/') + name.GroupPath,
            Subgroup = subgroup,
        };
    }

    /// <summary>Where the scope's group ends in a path of the container's: what is behind it lies inside the scope.</summary>
    /// <returns>The length; that of the path where the unit is not in it. A systemd in a container may have a unit of the same name: the innermost counts.</returns>
    internal int LengthIn(string path)
    {
        string own = "/" + ScopeName.GroupName(Unit);
        int at = (path + "/").LastIndexOf(own + "/", System.StringComparison.Ordinal);
        return at < 0 ? path.Length : at + own.Length;
    }

    /// <summary>Makes the unit around a process.</summary>
    /// <param name="pid">The container's first process.</param>
    /// <param name="resources">What is asked.</param>
    /// <param name="devices">With the rules for devices.</param>
    /// <exception cref="ContainerException">AlreadyExists: the name is taken. General: systemd refused, or did not answer.</exception>
    internal void Start(int pid, Resources resources, bool devices)
    {
        var properties = new UnitProperties()
            .Text("Description", _description)
            .Text("Slice", _slice)
            .Flag("Delegate", true)
            .Processes("PIDs", pid)
            .Flag("CPUAccounting", true)
            .Flag("MemoryAccounting", true)
            .Flag("IOAccounting", true)
            .Flag("TasksAccounting", true)
            .Flag("DefaultDependencies", false);
        if (resources.Unified.TryGetValue("memory.oom.group", out string? group) && _systemdVersion >= 253)
        {
            properties.Text("OOMPolicy", group.Trim() == "1" ? "kill" : "continue");
        }

        PropertyAnnotations.Add(properties, _annotations);
        Add(properties, resources, devices);
        using ServiceManager manager = ServiceManager.Connect(IsUser);
        try
        {
            StartOrReplaceFailed(manager, properties);
        }
        catch (BusErrorException refused)
        {
            throw new ContainerException(
                $"cannot start the scope \"{Unit}\": systemd says: {refused.Message}",
                refused.Name == UnitExists ? FailureCode.AlreadyExists : FailureCode.General,
                Hint(refused.Name),
                refused);
        }
    }

    /// <summary>Sets what the resources say.</summary>
    internal void Update(Resources resources, bool devices)
    {
        using ServiceManager manager = ServiceManager.Connect(IsUser);
        _systemdVersion = manager.Version();
        var properties = new UnitProperties();
        Add(properties, resources, devices);
        Set(manager, properties);
    }

    /// <summary>After a change that failed: what was there before, and no limit where there was none.</summary>
    internal void SetBack(Resources failed, Resources before)
    {
        using ServiceManager manager = ServiceManager.Connect(IsUser);
        _systemdVersion = manager.Version();
        UnitProperties now = new(), then = new();
        Add(now, failed, devices: false);
        Add(then, before, devices: false);
        foreach (string name in now.Names)
        {
            if (!then.Names.Contains(name))
            {
                ResourceProperties.Unset(then, name);
            }
        }

        Set(manager, then);
    }

    private void Set(ServiceManager manager, UnitProperties properties)
    {
        if (properties.Names.Count == 0)
        {
            return;
        }

        try
        {
            manager.SetUnitProperties(Unit, properties);
        }
        catch (BusErrorException refused)
        {
            throw new ContainerException($"cannot change the scope \"{Unit}\" ({string.Join(", ", properties.Names)}): systemd says: {refused.Message}", FailureCode.General, Hint(refused.Name), refused);
        }
    }

    /// <summary>Moves a process in, where this user may not do it.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="below">A group inside the scope's: "/inner", or "".</param>
    internal void Attach(int pid, string below)
    {
        using ServiceManager manager = ServiceManager.Connect(IsUser);
        try
        {
            manager.AttachProcess(Unit, below.Length == 0 ? "/" : below, pid);
        }
        catch (BusErrorException refused)
        {
            throw new ContainerException($"cannot put process {pid} into the scope \"{Unit}\": systemd says: {refused.Message}", FailureCode.General, Hint(refused.Name), refused);
        }
    }

    /// <summary>Stops the unit. It usually is gone by itself: its last process has ended.</summary>
    internal void Stop()
    {
        using ServiceManager manager = ServiceManager.Connect(IsUser);
        try
        {
            manager.StopUnit(Unit);
        }
        catch (BusErrorException refused)
        {
            throw new ContainerException($"cannot stop the scope \"{Unit}\": systemd says: {refused.Message}", FailureCode.General, $"\"systemctl {(IsUser ? "--user " : "")}stop {Unit}\"", refused);
        }
    }

    private void Add(UnitProperties properties, Resources resources, bool devices)
    {
        var writer = new ResourceProperties(properties, _systemdVersion);
        writer.Add(resources);
        // Programs need a privilege that a user's manager has not.
        if (devices && !IsUser)
        {
            writer.AddDevices(resources.Devices);
        }
    }

    private void StartOrReplaceFailed(ServiceManager manager, UnitProperties properties)
    {
        try
        {
            manager.StartTransientUnit(Unit, properties);
        }
        catch (BusErrorException taken) when (taken.Name == UnitExists)
        {
            // Perhaps only what is left of one that failed.
            manager.ResetFailedUnit(Unit);
            manager.StartTransientUnit(Unit, properties);
        }
    }

    private string? Hint(string error) => error switch
    {
        UnitExists => $"another container, or what is left of one, has that name: see \"systemctl {(IsUser ? "--user " : "")}status {Unit}\"; stop it, or name another in linux.cgroupsPath",
        "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => "this user may not: run as root, or without root in a session of systemd",
        "org.freedesktop.DBus.Error.PropertyReadOnly" or "org.freedesktop.DBus.Error.UnknownProperty" or "org.freedesktop.DBus.Error.InvalidArgs" => "this version of systemd does not take a property, or its value: see annotations org.systemd.property.* and linux.resources",
        _ => null,
    };
}
