using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>Limits.</summary>
public sealed partial class ContainerCgroup
{
    /// <summary>Applies what is asked to groups that were made just now; the rules for devices always, beginning with "all forbidden".</summary>
    /// <exception cref="ContainerException">A limit cannot be applied: the controller, the file, the value and the reason are named.</exception>
    public void Apply(Resources resources) => Write(resources, isNew: true);

    /// <summary>Changes what is given, and leaves the rest as it is.</summary>
    /// <exception cref="ContainerException">As <see cref="Apply"/>.</exception>
    public void Update(Resources resources) => Write(resources, isNew: false);

    private void Write(Resources resources, bool isNew)
    {
        if (_directories.Count > 0)
        {
            new LimitWriter(_directories, _log, isNew ? _rootless : Privilege.IsUnprivileged, isNew).Write(resources);
        }
        else if (ResourceLimits.AreAsked(resources))
        {
            throw new ContainerException("cannot apply limits: the container has no cgroup", FailureCode.NotSupported, "mount cgroup2 at /sys/fs/cgroup, or leave linux.resources out");
        }
    }
}
