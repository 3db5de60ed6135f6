namespace Rideau.Runtime.Lifecycle;

/// <summary>create: the container is made and waits at the start gate.</summary>
public static class Create
{
    /// <summary>Makes the container. When this returns its process waits for start, and its state and pid file are written.</summary>
    public static void Execute(RuntimeContext context, CreateOptions options)
    {
        using var birth = new Birth(context, options);
        birth.Conceive(gate: true);
        birth.Release(untilExecuted: false);
        birth.Keep();
    }
}
