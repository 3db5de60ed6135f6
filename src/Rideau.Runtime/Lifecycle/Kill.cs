using System;

namespace Rideau.Runtime.Lifecycle;

/// <summary>kill: sends a signal to the container's init, or to all its processes.</summary>
public static class Kill
{
    public static void Execute(RuntimeContext context, string id, int signal, bool all) => throw new NotSupportedException();
}
