using Rideau.Runtime.Cgroups;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>resume: lets a paused container go on.</summary>
public static class Resume
{
    /// <summary>Thaws the container's cgroup.</summary>
    /// <exception cref="ContainerException">NotFound; WrongState: "container not paused".</exception>
    public static void Execute(RuntimeContext context, string id)
    {
        var store = new ContainerStore(context.Root);
        using System.IDisposable held = store.Lock(id);
        ContainerRecord record = store.Load(id);
        if (store.StatusOf(record) != ContainerStatus.Paused)
        {
            throw new ContainerException($"cannot resume container \"{id}\": container not paused", FailureCode.WrongState);
        }

        ContainerCgroup.OfRecord(record).Thaw();
    }
}
