using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Hooks;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>delete: removes what a stopped container has left.</summary>
public static class Delete
{
    /// <summary>Removes the container.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="id">The container.</param>
    /// <param name="force">Kill what runs; an id that is not there is no error; remove what a killed create left.</param>
    /// <exception cref="ContainerException">NotFound; WrongState: "cannot delete container ID that is not stopped: running".</exception>
    public static void Execute(RuntimeContext context, string id, bool force)
    {
        var store = new ContainerStore(context.Root);
        using ContainerLock? held = store.TryLock(id);
        if (held is null)
        {
            if (force)
            {
                return;
            }

            store.Load(id); // says that it does not exist
        }

        ContainerRecord? record = store.TryLoad(id);
        if (record is null)
        {
            RemoveHalfMade(store, id, force);
            return;
        }

        ContainerStatus status = store.StatusOf(record);
        if (!force && status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Creating)
        {
            throw NotStopped(id, status);
        }

        context.Log.Debug($"container \"{id}\": status {StateJson.Word(status)}, end what is left in its {record.CgroupPaths.Count} groups and remove them");
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        if (status != ContainerStatus.Stopped || !cgroup.TryRemoveEmpty())
        {
            Kill.Everything(record);
            cgroup.Remove();
        }

        Finish(context, store, record);
    }

    /// <summary>After a foreground run: init has ended and was collected, and the lock is held.</summary>
    internal static void Finished(RuntimeContext context, ContainerStore store, ContainerRecord record)
    {
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        if (!cgroup.TryRemoveEmpty())
        {
            cgroup.KillAll();
            cgroup.Remove();
        }

        Finish(context, store, record);
    }

    // What comes when no process is left.
    private static void Finish(RuntimeContext context, ContainerStore store, ContainerRecord record)
    {
        if (record.PoststopHooks.Count > 0)
        {
            HookRunner.RunAll("poststop", record.PoststopHooks, StateJson.WriteForHooks(record, ContainerStatus.Stopped), record.Annotations, context.Log);
        }

        ResctrlMount.Remove(record.ResctrlGroups);
        store.RemoveContainerDirectory(record.Id);
        context.Log.Debug($"state in \"{store.DirectoryOf(record.Id)}\" removed");
    }

    // Without a record nothing else was made yet: the record is written before the cgroup.
    private static void RemoveHalfMade(ContainerStore store, string id, bool force)
    {
        if (!force)
        {
            store.Load(id); // says that it is half made
        }

        store.RemoveContainerDirectory(id);
    }

    private static ContainerException NotStopped(string id, ContainerStatus status) => new(
        $"cannot delete container {id} that is not stopped: {StateJson.Word(status)}",
        FailureCode.WrongState,
        status == ContainerStatus.Creating ? "wait for create to return; if it was killed, --force cleans up" : $"\"rideau kill {id} KILL\" first, or give --force");
}
