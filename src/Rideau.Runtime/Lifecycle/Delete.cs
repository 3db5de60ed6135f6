using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>delete: removes what a stopped container has left.</summary>
public static class Delete
{
    public static void Execute(RuntimeContext context, string id, bool force)
    {
        var store = new ContainerStore(context.Root);
        Kill.All(store, store.Load(id));
        store.RemoveContainerDirectory(id);
    }

    internal static void Finished(RuntimeContext context, ContainerStore store, ContainerRecord record) => store.RemoveContainerDirectory(record.Id);
}
