using System;
using System.Collections.Generic;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Pipes that are lent to directions with bytes under way: a connection that is silent has none.</summary>
internal sealed class PipePool : IDisposable
{
    /// <summary>What one step moves at most, and the room that is asked for.</summary>
    internal const int Bytes = 256 << 10;

    private const int KeptLimit = 64;
    private readonly Stack<(OwnedFd Read, OwnedFd Write)> _free = new();

    /// <returns>0, or the positive errno: EMFILE.</returns>
    internal int TryTake(out OwnedFd? read, out OwnedFd? write)
    {
        if (_free.TryPop(out (OwnedFd Read, OwnedFd Write) pipe))
        {
            (read, write) = pipe;
            return 0;
        }

        return Splicing.TryPipe(Bytes, out read, out write);
    }

    /// <summary>Takes an empty pipe back.</summary>
    internal void Return(OwnedFd read, OwnedFd write)
    {
        if (_free.Count < KeptLimit)
        {
            _free.Push((read, write));
            return;
        }

        read.Dispose();
        write.Dispose();
    }

    /// <summary>Closes those that are lent to nobody: descriptors are scarce.</summary>
    /// <returns>Whether there were any.</returns>
    internal bool Shrink()
    {
        bool any = _free.Count > 0;
        Dispose();
        return any;
    }

    public void Dispose()
    {
        while (_free.TryPop(out (OwnedFd Read, OwnedFd Write) pipe))
        {
            pipe.Read.Dispose();
            pipe.Write.Dispose();
        }
    }
}
