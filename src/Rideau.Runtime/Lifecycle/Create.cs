using System;

namespace Rideau.Runtime.Lifecycle;

/// <summary>create: the container is made and waits at the start gate.</summary>
public static class Create
{
    public static void Execute(RuntimeContext context, CreateOptions options) => throw new NotSupportedException();
}
