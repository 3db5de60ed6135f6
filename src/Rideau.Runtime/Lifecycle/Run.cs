using System;

namespace Rideau.Runtime.Lifecycle;

/// <summary>run: create, start, wait and delete in one process.</summary>
public static class Run
{
    /// <returns>The exit status of the container's process, 128 + n where a signal ended it; 0 with Detach.</returns>
    public static int Execute(RuntimeContext context, CreateOptions options) => throw new NotSupportedException();
}
