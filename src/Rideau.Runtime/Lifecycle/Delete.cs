using System;

namespace Rideau.Runtime.Lifecycle;

/// <summary>delete: removes what a stopped container has left.</summary>
public static class Delete
{
    public static void Execute(RuntimeContext context, string id, bool force) => throw new NotSupportedException();
}
