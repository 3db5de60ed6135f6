using Rideau.Runtime.Cgroups;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>pause: stops all processes of a container where they are.</summary>
public static class Pause
{
    /// <summary>Freezes the container's cgroup; when it returns, all its processes have stopped.</summary>
    /// <exception cref="ContainerException">NotFound; WrongState: "container not running"; General: they did not all stop in time, and the container runs on.</exception>
    public static void Execute(RuntimeContext context, string id)
    {
        var store = new ContainerStore(context.Root);
        using System.IDisposable held = store.Lock(id);
        ContainerRecord record = store.Load(id);
        ContainerStatus status = store.StatusOf(record);
        if (status is not (ContainerStatus.Running or ContainerStatus.Created))
        {
            throw new ContainerException($"cannot pause container \"{id}\": container not running", FailureCode.WrongState, HintOf(id, status));
        }

        ContainerCgroup.OfRecord(record).Freeze();
    }

    private static string? HintOf(string id, ContainerStatus status) => status switch
    {
        ContainerStatus.Paused => $"it is paused already; \"rideau resume {id}\" lets it go on",
        ContainerStatus.Creating => "wait for create to return",
        _ => null,
    };
}
