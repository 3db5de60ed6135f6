using System.Collections.Generic;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>Limits.</summary>
public sealed partial class ContainerCgroup
{
    /// <summary>Applies what is asked to groups that were made just now; the rules for devices always, beginning with "all forbidden".</summary>
    /// <param name="resources">What is asked.</param>
    /// <param name="devices">False: the rules for devices come later, by <see cref="ApplyDevices"/>.</param>
    /// <exception cref="ContainerException">A limit cannot be applied: the controller, the file, the value and the reason are named.</exception>
    public void Apply(Resources resources, bool devices = true)
    {
        if (Writer(resources, isNew: true) is { } writer)
        {
            OfScope(isNew: true)?.Write(resources);
            writer.Write(resources);
            if (devices)
            {
                writer.WriteDevices(resources.Devices);
            }
        }
    }

    /// <summary>The rules for devices alone, of groups that were made just now.</summary>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    public void ApplyDevices(Resources resources)
    {
        _scope?.Update(new Resources { Devices = resources.Devices }, devices: true);
        Writer(resources, isNew: true)?.WriteDevices(resources.Devices);
    }

    /// <summary>Changes what is given, but for the rules for devices, and leaves the rest as it is.</summary>
    /// <param name="given">What is to change.</param>
    /// <param name="recorded">What the container was given before: the kernel wants some values together.</param>
    /// <param name="undo">Gets what was there before each change.</param>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    internal void Update(Resources given, Resources recorded, UndoStack undo)
    {
        Resources? merged = RoundForScope(given, recorded);
        if (Writer(given, isNew: false) is not { } writer)
        {
            return;
        }

        List<CgroupDirectory> groups = _scopeGroup is null ? _directories : [.. _directories, _scopeGroup];
        groups.ForEach(group => group.Undo = undo);
        try
        {
            if (OfScope(isNew: false) is { } outer)
            {
                outer.Recorded = recorded;
                outer.Write(given);
            }

            writer.Recorded = recorded;
            writer.Write(given);
        }
        finally
        {
            groups.ForEach(static group => group.Undo = null);
        }

        if (merged is not null)
        {
            undo.Push("set the scope's properties back", () => _scope!.SetBack(merged, recorded));
            _scope!.Update(merged, devices: false);
        }
    }

    /// <summary>Other rules for devices in the place of those that are there, without a moment in which all is allowed, or all forbidden.</summary>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    internal void ReplaceDevices(List<DeviceRule> rules)
    {
        Writer(new Resources(), isNew: false)?.WriteDevices(rules);
        _scope?.Update(new Resources { Devices = rules }, devices: true);
    }

    // Among its neighbours the scope counts, and systemd does not know all that is asked.
    private LimitWriter? OfScope(bool isNew) =>
        _scopeGroup is null ? null : new LimitWriter([_scopeGroup], _log, isNew ? _rootless : Privilege.IsUnprivileged, isNew) { IsAround = true };

    private LimitWriter? Writer(Resources resources, bool isNew)
    {
        if (_directories.Count > 0)
        {
            return new LimitWriter(_directories, _log, isNew ? _rootless : Privilege.IsUnprivileged, isNew);
        }

        return !ResourceLimits.AreAsked(resources)
            ? null
            : throw new ContainerException("cannot apply limits: the container has no cgroup", FailureCode.NotSupported, "mount cgroup2 at /sys/fs/cgroup, or leave linux.resources out");
    }
}
