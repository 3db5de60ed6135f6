using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>kill: sends a signal to the container's init, or to all its processes.</summary>
public static class Kill
{
    public static void Execute(RuntimeContext context, string id, int signal, bool all)
    {
        var store = new ContainerStore(context.Root);
        ContainerRecord record = store.Load(id);
        using var init = ProcessIdentity.OpenInit(record);
        if (init is not null)
        {
            _ = Kernel.Calls.Processes.TrySignal(init, signal);
        }
    }

    internal static void All(ContainerStore store, ContainerRecord record)
    {
        using var init = ProcessIdentity.OpenInit(record);
        if (init is not null)
        {
            _ = Kernel.Calls.Processes.TrySignal(init, 9);
        }
    }
}
