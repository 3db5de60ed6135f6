using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Takes connections or datagrams on a socket of one network and passes them on to an address in another: no device, no route, no address translation.</summary>
/// <remarks>One thread and one epoll loop for all. What fails on one connection ends that connection alone. man: epoll(7), splice(2)</remarks>
/// <example><code>
/// using var from = NetworkNamespace.OfCaller();
/// using var to = NetworkNamespace.OfProcess(1234);
/// SocketEndpoint door = SocketEndpoint.Parse("tcp:127.0.0.1:8080");
/// using var forwarder = new Forwarder(from.Listen(door), door.Kind, to, SocketEndpoint.Parse("tcp:80"), null, new ForwardOptions());
/// forwarder.Run();
/// </code></example>
public sealed class Forwarder : IDisposable
{
    /// <summary>The highest tags are the loop's own; those below are of connections.</summary>
    internal const ulong ListenerTag = ulong.MaxValue;

    private const ulong StopTag = ulong.MaxValue - 1;
    private const ulong EndTag = ulong.MaxValue - 2;

    private readonly EventPoll _poll = new();
    private readonly OwnedFd _stop = EventCounter.Make();
    private readonly ForwardOptions _options;
    private readonly IForwardedTraffic _traffic;
    private long _nextCheck;

    /// <summary>Makes a forward that does not run yet.</summary>
    /// <param name="listener">A socket that is bound, and listens if it is of a kind with connections. It is the forward's from now on.</param>
    /// <param name="kind">Of what kind it is.</param>
    /// <param name="network">Where the target is. Fastest where the thread that runs it is in that network.</param>
    /// <param name="target">What is connected to.</param>
    /// <param name="root">The directory that a unix socket's path begins at; null: the caller's root.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="NamespaceException">InvalidArgument: the kinds do not fit each other.</exception>
    public Forwarder(OwnedFd listener, SocketKind kind, NetworkNamespace network, SocketEndpoint target, OwnedFd? root, ForwardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(listener);
        CheckKinds(kind, target.Kind);
        _options = options;
        var sockets = new ForwardTarget(network, target, root);
        Files.MakeNonblocking(listener);
        var complaints = new Complaints(options.Report);
        _traffic = kind == SocketKind.Udp ? new DatagramTraffic(_poll, listener, sockets, options, complaints) : new StreamTraffic(_poll, listener, sockets, options, complaints);
        Kernel.LinuxException? failure = TryWatch(_stop, StopTag);
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>How many connections or sessions there are now.</summary>
    public int Count => _traffic.Count;

    /// <summary>Makes sure that one kind can be passed on to the other: both have connections, or both are udp.</summary>
    /// <exception cref="NamespaceException">InvalidArgument.</exception>
    public static void CheckKinds(SocketKind from, SocketKind to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        bool streams = from.Type == SocketAbi.SOCK_STREAM && to.Type == SocketAbi.SOCK_STREAM;
        if (!streams && (from != SocketKind.Udp || to != SocketKind.Udp))
        {
            throw new NamespaceException($"cannot forward {from.Word} to {to.Word}", NamespaceFailure.InvalidArgument, "tcp, unix and vsock are forwarded to each other, and udp to udp");
        }
    }

    /// <summary>Ends the run when this descriptor can be read: of a process, of signals.</summary>
    /// <exception cref="Kernel.LinuxException">epoll_ctl.</exception>
    public void EndWith(OwnedFd descriptor)
    {
        if (TryWatch(descriptor, EndTag) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Passes on until it is to end.</summary>
    public void Run()
    {
        var events = new PolledEvent[EventPoll.Batch];
        _nextCheck = Environment.TickCount64 + NameCheckMilliseconds;
        while (true)
        {
            int tick = _traffic.TickMilliseconds;
            int count = _poll.Wait(events, _traffic.HasMore ? 0 : tick >= 0 ? tick : _options.HasEnded is null ? -1 : NameCheckMilliseconds);
            foreach (PolledEvent one in events.AsSpan(0, count))
            {
                if (one.Tag is StopTag or EndTag)
                {
                    return;
                }

                _traffic.Take(one.Tag, one.Events);
            }

            _traffic.GoOn();
            if (IsTimeToCheck() && _options.HasEnded!())
            {
                return;
            }
        }
    }

    /// <summary>Ends the run; may be called from any thread.</summary>
    public void Stop() => EventCounter.Raise(_stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _traffic.Dispose();
        _poll.Dispose();
        _stop.Dispose();
    }

    private static int NameCheckMilliseconds => 2000;

    private bool IsTimeToCheck()
    {
        long now = Environment.TickCount64;
        if (_options.HasEnded is null || now < _nextCheck)
        {
            return false;
        }

        _nextCheck = now + NameCheckMilliseconds;
        return true;
    }

    private Kernel.LinuxException? TryWatch(OwnedFd descriptor, ulong tag)
    {
        int errno = _poll.TryAdd(descriptor, Epoll.EPOLLIN, tag);
        return errno == 0 ? null : new Kernel.LinuxException("epoll_ctl", errno, "EPOLL_CTL_ADD");
    }
}
