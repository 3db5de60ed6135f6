using System;

namespace Rideau.Runtime.Lifecycle;

/// <summary>start: opens the gate of a created container.</summary>
public static class Start
{
    public static void Execute(RuntimeContext context, string id) => throw new NotSupportedException();
}
