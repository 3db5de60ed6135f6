using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>How far a direction got.</summary>
internal enum PumpResult
{
    /// <summary>It waits for an event.</summary>
    Waits,

    /// <summary>It has had its turn, and has more to do.</summary>
    HasMore,

    /// <summary>Its end has been passed on: it has nothing to do any more.</summary>
    Ended,

    /// <summary>The connection is cut off.</summary>
    Broken,

    /// <summary>There are no descriptors for a pipe.</summary>
    NoPipe,
}

/// <summary>One direction of a connection: from a socket through a pipe to the other socket, and then its end.</summary>
internal sealed class StreamDirection(StreamSide from, StreamSide to)
{
    // A connection with much to say lets others have their turn.
    private const int StepsOfATurn = 16;
    private OwnedFd? _read;
    private OwnedFd? _write;
    private int _held;
    private bool _sourceEnded;

    internal bool HasEnded { get; private set; }

    internal PumpResult Pump(PipePool pipes)
    {
        for (int step = 0; step < StepsOfATurn && !HasEnded; step++)
        {
            PumpResult? result = _held > 0 ? Drain() : _sourceEnded ? End() : Fill(pipes);
            if (result is { } known)
            {
                GiveBack(pipes);
                return known;
            }
        }

        GiveBack(pipes);
        return HasEnded ? PumpResult.Ended : PumpResult.HasMore;
    }

    /// <summary>The connection is over; a pipe with bytes in it cannot be used again.</summary>
    internal void Abandon(PipePool pipes)
    {
        GiveBack(pipes);
        _read?.Dispose();
        _write?.Dispose();
        _read = _write = null;
    }

    private PumpResult? Fill(PipePool pipes)
    {
        if (!from.CanRead)
        {
            return PumpResult.Waits;
        }

        if (_write is null && pipes.TryTake(out _read, out _write) != 0)
        {
            return PumpResult.NoPipe;
        }

        int moved = Splicing.TryMove(from.Socket, _write!, PipePool.Bytes);
        switch (moved)
        {
            case > 0:
                _held = moved;
                return null;
            case 0:
                _sourceEnded = true;
                return null;
            case -Errno.EAGAIN:
                from.CanRead = false;
                return PumpResult.Waits;
            default:
                return PumpResult.Broken;
        }
    }

    private PumpResult? Drain()
    {
        if (!to.CanWrite)
        {
            return PumpResult.Waits;
        }

        int moved = Splicing.TryMove(_read!, to.Socket, _held);
        switch (moved)
        {
            case > 0:
                _held -= moved;
                return null;
            case -Errno.EAGAIN:
                to.CanWrite = false;
                return PumpResult.Waits;
            default:
                return PumpResult.Broken;
        }
    }

    // What was said to the end is heard to the end: only then the other side hears that nothing more comes.
    private PumpResult? End()
    {
        int errno = Sockets.TryShutdown(to.Socket, SocketAbi.SHUT_WR);
        HasEnded = true;
        return errno is 0 or Errno.ENOTCONN ? null : PumpResult.Broken;
    }

    private void GiveBack(PipePool pipes)
    {
        if (_held == 0 && _read is not null && _write is not null)
        {
            pipes.Return(_read, _write);
            _read = _write = null;
        }
    }
}
