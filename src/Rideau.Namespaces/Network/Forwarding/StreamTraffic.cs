using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Connections that are passed on.</summary>
internal sealed class StreamTraffic : IForwardedTraffic
{
    private const int AcceptsOfATurn = 64;
    private const int WaitForDescriptorsMilliseconds = 100;
    private const int SweepMilliseconds = 1000;
    private const uint AllEvents = Epoll.EPOLLIN | Epoll.EPOLLOUT | Epoll.EPOLLRDHUP | Epoll.EPOLLET;

    private readonly EventPoll _poll;
    private readonly OwnedFd _listener;
    private readonly ForwardTarget _target;
    private readonly ForwardOptions _options;
    private readonly Complaints _complaints;
    private readonly PipePool _pipes = new();
    private readonly Dictionary<ulong, StreamConnection> _connections = [];
    private readonly Queue<StreamConnection> _more = new();
    private readonly List<StreamConnection> _swept = [];
    private ulong _lastTag;
    private int _connecting;
    private bool _paused;
    private long _resumeAt;
    private long _nextSweep;

    internal StreamTraffic(EventPoll poll, OwnedFd listener, ForwardTarget target, ForwardOptions options, Complaints complaints)
    {
        _poll = poll;
        _listener = listener;
        _target = target;
        _options = options;
        _complaints = complaints;
        int errno = poll.TryAdd(listener, Epoll.EPOLLIN, Forwarder.ListenerTag);
        if (errno != 0)
        {
            throw new Kernel.LinuxException("epoll_ctl", errno, "the listening socket");
        }
    }

    public int Count => _connections.Count;

    public bool HasMore => _more.Count > 0;

    public int TickMilliseconds => _resumeAt != 0 ? WaitForDescriptorsMilliseconds : _connecting > 0 || (_options.IdleTimeout > TimeSpan.Zero && _connections.Count > 0) ? SweepMilliseconds : -1;

    public void Take(ulong tag, uint events)
    {
        if (tag == Forwarder.ListenerTag)
        {
            Accept();
            return;
        }

        // The one that an event of the same batch has ended is not there any more: tags are not used again.
        if (!_connections.TryGetValue(tag & ~1UL, out StreamConnection? connection))
        {
            return;
        }

        bool wasConnecting = connection.IsConnecting;
        int errno = connection.Take((tag & 1) != 0, events);
        _connecting -= wasConnecting && !connection.IsConnecting ? 1 : 0;
        if (errno != 0)
        {
            if (wasConnecting && !connection.IsConnecting)
            {
                Complain(errno);
            }

            End(connection, cutOff: true);
            return;
        }

        Pump(connection);
    }

    public void GoOn()
    {
        // Those that are in it now; what they leave comes after the next events.
        for (int left = _more.Count; left > 0 && _more.TryDequeue(out StreamConnection? connection); left--)
        {
            connection.IsQueued = false;
            if (_connections.ContainsKey(connection.Tag))
            {
                Pump(connection);
            }
        }

        long now = TickMilliseconds >= 0 ? Environment.TickCount64 : 0;
        if (_resumeAt != 0 && now >= _resumeAt)
        {
            Resume();
        }

        if (now >= _nextSweep && now != 0)
        {
            _nextSweep = now + SweepMilliseconds;
            Sweep(now);
        }
    }

    public void Dispose()
    {
        foreach (StreamConnection connection in _connections.Values)
        {
            connection.Close(_pipes, cutOff: true);
        }

        _connections.Clear();
        _listener.Dispose();
        _pipes.Dispose();
    }

    private void Accept()
    {
        for (int turn = 0; turn < AcceptsOfATurn; turn++)
        {
            if (_connections.Count >= _options.Limit)
            {
                Pause(0);
                return;
            }

            int errno = Sockets.TryAccept(_listener, out OwnedFd? client);
            if (client is not null)
            {
                Begin(client);
                continue;
            }

            if (Errno.IsScarcity(errno))
            {
                if (_pipes.Shrink())
                {
                    continue;
                }

                _complaints.Say($"cannot take a connection: {Errno.Describe(errno)}");
                Pause(WaitForDescriptorsMilliseconds);
                return;
            }

            if (errno == Errno.EAGAIN)
            {
                return;
            }

            // What ended before it was taken: accept(2) tells the errors of the network there. The next may be whole.
        }
    }

    private void Begin(OwnedFd client)
    {
        int errno = _target.TryConnect(out OwnedFd? socket);
        if (Errno.IsScarcity(errno) && _pipes.Shrink())
        {
            errno = _target.TryConnect(out socket);
        }

        if (socket is null)
        {
            Complain(errno);
            Sockets.CutOffAtEnd(client);
            client.Dispose();
            if (Errno.IsScarcity(errno))
            {
                Pause(WaitForDescriptorsMilliseconds);
            }

            return;
        }

        // Small messages are not to wait for larger ones; a unix socket has no such option.
        _ = Sockets.TrySetOption(client, SocketAbi.IPPROTO_TCP, SocketAbi.TCP_NODELAY, 1); // ignored: it is a matter of speed
        _ = Sockets.TrySetOption(socket, SocketAbi.IPPROTO_TCP, SocketAbi.TCP_NODELAY, 1); // ignored: likewise
        _lastTag += 2;
        var connection = new StreamConnection(new StreamSide(client), new StreamSide(socket), _lastTag) { IsConnecting = errno != 0 };
        _connecting += connection.IsConnecting ? 1 : 0;
        _connections.Add(_lastTag, connection);
        errno = _poll.TryAdd(client, AllEvents, _lastTag);
        errno = errno != 0 ? errno : _poll.TryAdd(socket, AllEvents, _lastTag | 1);
        if (errno != 0)
        {
            _complaints.Say($"cannot wait for a connection: {Errno.Describe(errno)}");
            End(connection, cutOff: true);
        }
    }

    private void Pump(StreamConnection connection)
    {
        switch (connection.Pump(_pipes))
        {
            case PumpResult.Ended:
                End(connection, cutOff: false);
                break;
            case PumpResult.Broken:
                End(connection, cutOff: true);
                break;
            case PumpResult.NoPipe:
                _complaints.Say("cannot pass on what came: no descriptors are left for a pipe");
                End(connection, cutOff: true);
                break;
            case PumpResult.HasMore when !connection.IsQueued:
                connection.IsQueued = true;
                _more.Enqueue(connection);
                break;
        }
    }

    private void End(StreamConnection connection, bool cutOff)
    {
        _connecting -= connection.IsConnecting ? 1 : 0;
        connection.IsConnecting = false;
        _connections.Remove(connection.Tag);
        connection.Close(_pipes, cutOff);
        if (_paused && _connections.Count < _options.Limit)
        {
            Resume();
        }
    }

    private void Pause(int milliseconds)
    {
        _paused = true;
        _resumeAt = milliseconds == 0 ? 0 : Environment.TickCount64 + milliseconds;
        _ = _poll.TryChange(_listener, 0, Forwarder.ListenerTag); // ignored: it is there
    }

    private void Resume()
    {
        _paused = false;
        _resumeAt = 0;
        _ = _poll.TryChange(_listener, Epoll.EPOLLIN, Forwarder.ListenerTag); // ignored: it is there
    }

    private void Sweep(long now)
    {
        foreach (StreamConnection connection in _connections.Values)
        {
            TimeSpan limit = connection.IsConnecting ? _options.ConnectTimeout : _options.IdleTimeout;
            if (limit > TimeSpan.Zero && now - connection.LastActivity >= limit.TotalMilliseconds)
            {
                _swept.Add(connection);
            }
        }

        foreach (StreamConnection connection in _swept)
        {
            if (connection.IsConnecting)
            {
                Complain(Errno.ETIMEDOUT);
            }

            End(connection, cutOff: true);
        }

        _swept.Clear();
    }

    private void Complain(int errno) => _complaints.Say($"cannot connect to {_target.Words}: {Errno.Describe(errno)}");
}
