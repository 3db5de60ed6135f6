using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Lifecycle;

/// <summary>What has been made and is to be unmade, last first, unless all went well.</summary>
internal sealed class UndoStack(Log log) : IDisposable
{
    private readonly Stack<(string What, Action Undo)> _actions = new();

    /// <summary>Remembers how to unmake what was just made.</summary>
    /// <param name="what">Completes "cannot …", should that fail too.</param>
    /// <param name="undo">Unmakes it.</param>
    internal void Push(string what, Action undo) => _actions.Push((what, undo));

    /// <summary>All went well: nothing is unmade.</summary>
    internal void Keep() => _actions.Clear();

    /// <summary>Unmakes. A failure of that is logged, because the first error is the one to be told.</summary>
    public void Dispose()
    {
        while (_actions.TryPop(out var action))
        {
            try
            {
                action.Undo();
            }
            catch (Exception failure) when (failure is Kernel.LinuxException or ContainerException or Namespaces.Network.NetworkDeviceException)
            {
                log.Warning($"cannot {action.What}: {failure.Message}, ignoring");
            }
        }
    }
}
