using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Datagrams that are passed on: each sender has a socket to the target, so that answers find their way back.</summary>
/// <remarks>An answer comes from the address that the sender had written to, also where the socket listens on all.</remarks>
internal sealed class DatagramTraffic : IForwardedTraffic
{
    private const int DatagramsOfATurn = 64;
    private const int SweepMilliseconds = 1000;
    private const int ControlBytes = 64;
    private const int HeadBytes = 16; // struct cmsghdr

    private readonly EventPoll _poll;
    private readonly OwnedFd _listener;
    private readonly ForwardTarget _target;
    private readonly ForwardOptions _options;
    private readonly Complaints _complaints;
    private readonly byte[] _data = new byte[65536];
    private readonly byte[] _key = new byte[SocketAddress.LimitBytes + ControlBytes];
    private readonly Dictionary<ulong, DatagramSession> _byTag = [];
    private readonly Dictionary<byte[], DatagramSession> _byKey = new(ByteSequences.Comparer);
    private readonly Dictionary<byte[], DatagramSession>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<DatagramSession> _swept = [];
    private ulong _lastTag;
    private long _nextSweep;

    internal DatagramTraffic(EventPoll poll, OwnedFd listener, ForwardTarget target, ForwardOptions options, Complaints complaints)
    {
        _poll = poll;
        _listener = listener;
        _target = target;
        _options = options;
        _complaints = complaints;
        _lookup = _byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        _ = Sockets.TrySetOption(listener, SocketAbi.IPPROTO_IP, SocketAbi.IP_PKTINFO, 1); // ignored: a socket of IPv6 alone has the other
        _ = Sockets.TrySetOption(listener, SocketAbi.IPPROTO_IPV6, SocketAbi.IPV6_RECVPKTINFO, 1); // ignored: likewise
        int errno = poll.TryAdd(listener, Epoll.EPOLLIN, Forwarder.ListenerTag);
        if (errno != 0)
        {
            throw new Kernel.LinuxException("epoll_ctl", errno, "the socket of datagrams");
        }
    }

    public int Count => _byTag.Count;

    public bool HasMore => false;

    public int TickMilliseconds => _byTag.Count > 0 ? SweepMilliseconds : -1;

    public void Take(ulong tag, uint events)
    {
        if (tag == Forwarder.ListenerTag)
        {
            PassThere();
        }
        else if (_byTag.TryGetValue(tag, out DatagramSession? session))
        {
            PassBack(session);
        }
    }

    public void GoOn()
    {
        long now = _byTag.Count > 0 ? Environment.TickCount64 : 0;
        if (now == 0 || now < _nextSweep)
        {
            return;
        }

        _nextSweep = now + SweepMilliseconds;
        foreach (DatagramSession session in _byTag.Values)
        {
            if (now - session.LastActivity >= _options.SessionTimeout.TotalMilliseconds)
            {
                _swept.Add(session);
            }
        }

        _swept.ForEach(Forget);
        _swept.Clear();
    }

    public void Dispose()
    {
        foreach (DatagramSession session in _byTag.Values)
        {
            session.Socket.Dispose();
        }

        _byTag.Clear();
        _byKey.Clear();
        _listener.Dispose();
    }

    private void PassThere()
    {
        Span<byte> control = stackalloc byte[ControlBytes];
        for (int turn = 0; turn < DatagramsOfATurn; turn++)
        {
            int got = Sockets.TryReceive(_listener, _data, _key.AsSpan(0, SocketAddress.LimitBytes), out int nameBytes, control, out int controlBytes);
            if (got < 0)
            {
                if (got == -Errno.EAGAIN)
                {
                    return;
                }

                continue; // an answer that was refused by its receiver
            }

            int infoBytes = OwnAddress(control[..controlBytes]);
            control[..infoBytes].CopyTo(_key.AsSpan(nameBytes));
            if (FindSession(nameBytes, nameBytes + infoBytes) is { } session)
            {
                session.LastActivity = Environment.TickCount64;
                int sent = Sockets.TrySend(session.Socket, _data.AsSpan(0, got), [], []);
                if (sent is -Errno.ECONNREFUSED or -Errno.EHOSTUNREACH or -Errno.ENETUNREACH)
                {
                    _complaints.Say($"cannot send to {_target.Words}: {Errno.Describe(-sent)}");
                }
            }
        }
    }

    private void PassBack(DatagramSession session)
    {
        Span<byte> name = stackalloc byte[SocketAddress.LimitBytes];
        for (int turn = 0; turn < DatagramsOfATurn; turn++)
        {
            int got = Sockets.TryReceive(session.Socket, _data, name, out _, [], out _);
            if (got < 0)
            {
                if (got == -Errno.EAGAIN)
                {
                    return;
                }

                _complaints.Say($"cannot send to {_target.Words}: {Errno.Describe(-got)}");
                continue;
            }

            session.LastActivity = Environment.TickCount64;
            ReadOnlySpan<byte> sender = session.Key.AsSpan(0, session.NameBytes);
            if (Sockets.TrySend(_listener, _data.AsSpan(0, got), sender, session.Key.AsSpan(session.NameBytes)) == -Errno.EINVAL)
            {
                // It was sent to many: nobody can answer from that address.
                _ = Sockets.TrySend(_listener, _data.AsSpan(0, got), sender, []); // ignored: a datagram may be lost
            }
        }
    }

    private DatagramSession? FindSession(int nameBytes, int keyBytes)
    {
        ReadOnlySpan<byte> key = _key.AsSpan(0, keyBytes);
        if (_lookup.TryGetValue(key, out DatagramSession? known))
        {
            return known;
        }

        if (_byTag.Count >= _options.Limit)
        {
            _complaints.Say($"a datagram was dropped: {_options.Limit} senders are known already");
            return null;
        }

        int errno = _target.TryConnect(out OwnedFd? socket);
        if (socket is null)
        {
            _complaints.Say($"cannot send to {_target.Words}: {Errno.Describe(errno)}");
            return null;
        }

        var session = new DatagramSession(socket, ++_lastTag, key.ToArray(), nameBytes);
        errno = _poll.TryAdd(socket, Epoll.EPOLLIN, session.Tag);
        if (errno != 0)
        {
            socket.Dispose();
            _complaints.Say($"cannot wait for an answer: {Errno.Describe(errno)}");
            return null;
        }

        _byTag.Add(session.Tag, session);
        _byKey.Add(session.Key, session);
        return session;
    }

    private void Forget(DatagramSession session)
    {
        _byTag.Remove(session.Tag);
        _byKey.Remove(session.Key);
        session.Socket.Dispose();
    }

    // struct in_pktinfo: device, own address, address of the packet; struct in6_pktinfo: address, device. What came is what is sent
    // with the answer, but for the device, which the routes choose; an address of the link means something only on its own.
    private static int OwnAddress(Span<byte> control)
    {
        if (control.Length < HeadBytes)
        {
            return 0;
        }

        int length = (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(control), (ulong)control.Length);
        int level = BinaryPrimitives.ReadInt32LittleEndian(control[8..]);
        int type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
        if (level == SocketAbi.IPPROTO_IP && type == SocketAbi.IP_PKTINFO && length >= HeadBytes + 12)
        {
            control.Slice(HeadBytes, 4).Clear();
            control.Slice(HeadBytes + 8, 4).Clear();
            return Math.Min(control.Length, HeadBytes + 16);
        }

        if (level == SocketAbi.IPPROTO_IPV6 && type == SocketAbi.IPV6_PKTINFO && length >= HeadBytes + 20)
        {
            bool ofLink = control[HeadBytes] == 0xfe && (control[HeadBytes + 1] & 0xc0) == 0x80;
            if (!ofLink)
            {
                control.Slice(HeadBytes + 16, 4).Clear();
            }

            return Math.Min(control.Length, HeadBytes + 24);
        }

        return 0;
    }
}
