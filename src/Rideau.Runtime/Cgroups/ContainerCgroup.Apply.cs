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
            writer.Write(resources);
            if (devices)
            {
                writer.WriteDevices(resources.Devices);
            }
        }
    }

    /// <summary>The rules for devices alone, of groups that were made just now.</summary>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    public void ApplyDevices(Resources resources) => Writer(resources, isNew: true)?.WriteDevices(resources.Devices);

    /// <summary>Changes what is given, and leaves the rest as it is.</summary>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    public void Update(Resources resources)
    {
        if (Writer(resources, isNew: false) is { } writer)
        {
            writer.Write(resources);
            if (resources.Devices.Count > 0)
            {
                writer.WriteDevices(resources.Devices);
            }
        }
    }

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
