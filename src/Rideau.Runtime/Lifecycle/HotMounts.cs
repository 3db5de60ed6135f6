using System.Collections.Generic;
using Rideau.Runtime.Plan;

namespace Rideau.Runtime.Lifecycle;

/// <summary>mounts add, mounts remove: mounts of a container that runs already.</summary>
public static class HotMounts
{
    /// <summary>Mounts all, or nothing.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="id">The container.</param>
    /// <param name="mounts">As in config.json; relative sources begin at the bundle.</param>
    /// <exception cref="ContainerException">NotFound, WrongState, or the mount that cannot be made.</exception>
    public static void Add(RuntimeContext context, string id, List<Spec.Mount> mounts)
    {
        string attempt = $"cannot add mounts to container \"{id}\"";
        mounts.ForEach(mount => Refuse(attempt, mount));
        using var visit = new MountsVisit(context, id, attempt);
        HotMountsPlan? written = null;
        visit.CarryOut(
            plan =>
            {
                written = plan;
                plan.AddMounts(mounts);
            },
            failedStep =>
            {
                int done = written!.AttachedBefore(failedStep);
                if (done > 0)
                {
                    visit.CarryOut(plan => plan.AddRemovals(Destinations(mounts.GetRange(0, done))));
                }
            });
    }

    /// <summary>Takes mounts away, the last first. Processes that use them keep them until they end.</summary>
    /// <exception cref="ContainerException">NotFound, WrongState, or the mount that cannot be taken away.</exception>
    public static void Remove(RuntimeContext context, string id, List<Spec.Mount> mounts)
    {
        using var visit = new MountsVisit(context, id, $"cannot remove mounts of container \"{id}\"");
        visit.CarryOut(plan => plan.AddRemovals(Destinations(mounts)));
    }

    private static List<string> Destinations(List<Spec.Mount> mounts) => mounts.ConvertAll(mount => mount.Destination);

    private static void Refuse(string attempt, Spec.Mount mount)
    {
        if (mount.Destination.Length == 0)
        {
            throw new ContainerException($"{attempt}: a mount has no destination", FailureCode.InvalidArgument);
        }

        if (mount.Options.Contains("idmap") || mount.Options.Contains("ridmap") || mount.UidMappings.Count > 0 || mount.GidMappings.Count > 0)
        {
            throw new ContainerException($"{attempt}: \"{mount.Destination}\": a container that runs gets no mounts with mappings of ids", FailureCode.NotSupported, "give it in config.json, before the container is made");
        }

        if (mount.Type is "cgroup" or "cgroup2" or "proc" or "sysfs" or "mqueue")
        {
            throw new ContainerException($"{attempt}: \"{mount.Destination}\": {mount.Type} shows namespaces, and is mounted when the container is made", FailureCode.NotSupported, "give it in config.json");
        }
    }
}
