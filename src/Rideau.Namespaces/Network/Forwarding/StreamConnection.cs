using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces.Network;

/// <summary>A connection that came, and the one to the target that belongs to it.</summary>
internal sealed class StreamConnection
{
    private readonly StreamSide _client;
    private readonly StreamSide _target;
    private readonly StreamDirection _there;
    private readonly StreamDirection _back;

    internal StreamConnection(StreamSide client, StreamSide target, ulong tag)
    {
        _client = client;
        _target = target;
        _there = new StreamDirection(client, target);
        _back = new StreamDirection(target, client);
        Tag = tag;
        LastActivity = Environment.TickCount64;
    }

    /// <summary>Its number; the lowest bit is free, and says of an event which side it is of.</summary>
    internal ulong Tag { get; }

    /// <summary>The connection to the target has not come about yet.</summary>
    internal bool IsConnecting { get; set; }

    /// <summary>It is in the list of those that have more to do.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>Milliseconds since the machine's start.</summary>
    internal long LastActivity { get; private set; }

    /// <summary>Takes an event of one side.</summary>
    /// <returns>0, or the errno by which the connection has ended.</returns>
    internal int Take(bool ofTarget, uint events)
    {
        LastActivity = Environment.TickCount64;
        StreamSide side = ofTarget ? _target : _client;
        const uint ends = Epoll.EPOLLERR | Epoll.EPOLLHUP;
        side.CanRead |= (events & (Epoll.EPOLLIN | Epoll.EPOLLRDHUP | ends)) != 0;
        side.CanWrite |= (events & (Epoll.EPOLLOUT | ends)) != 0;
        if (ofTarget && IsConnecting && (events & (Epoll.EPOLLOUT | ends)) != 0)
        {
            IsConnecting = false;
            return Sockets.ErrorOf(side.Socket);
        }

        return (events & Epoll.EPOLLERR) != 0 ? Sockets.ErrorOf(side.Socket) : 0;
    }

    /// <summary>Moves what there is, in both directions.</summary>
    internal PumpResult Pump(PipePool pipes)
    {
        if (IsConnecting)
        {
            return PumpResult.Waits;
        }

        PumpResult there = _there.HasEnded ? PumpResult.Ended : _there.Pump(pipes);
        PumpResult back = _back.HasEnded ? PumpResult.Ended : _back.Pump(pipes);
        return there == PumpResult.Broken || back == PumpResult.Broken ? PumpResult.Broken
            : there == PumpResult.Ended && back == PumpResult.Ended ? PumpResult.Ended
            : there == PumpResult.NoPipe || back == PumpResult.NoPipe ? PumpResult.NoPipe
            : there == PumpResult.HasMore || back == PumpResult.HasMore ? PumpResult.HasMore
            : PumpResult.Waits;
    }

    /// <summary>Closes both sides.</summary>
    /// <param name="pipes">Where its pipes go back to.</param>
    /// <param name="cutOff">Tell both sides that it did not end as it should.</param>
    internal void Close(PipePool pipes, bool cutOff)
    {
        if (cutOff)
        {
            Sockets.CutOffAtEnd(_client.Socket);
            Sockets.CutOffAtEnd(_target.Socket);
        }

        _there.Abandon(pipes);
        _back.Abandon(pipes);
        _client.Socket.Dispose();
        _target.Socket.Dispose();
    }
}
