using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Rideau.Kernel.Calls;
using Rideau.Namespaces.Network;
using Xunit;

namespace Rideau.UnitTests.Network;

/// <summary>The loop of a forward, on the loopback device of whoever runs the tests: nothing of it needs a privilege.</summary>
public sealed class ForwarderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp:127.0.0.1:0", "tcp:127.0.0.1")]
    [InlineData("tcp:[::1]:0", "tcp:127.0.0.1")]
    [InlineData("tcp:127.0.0.1:0", "tcp:[::1]")]
    [InlineData("unix:@from", "tcp:127.0.0.1")]
    [InlineData("tcp:127.0.0.1:0", "unix:@to")]
    public async Task What_one_side_says_the_other_hears_and_the_end_of_it_too(string door, string goal)
    {
        using var server = new Server(goal);
        using var forward = new RunningForward(door, server.Endpoint);
        using System.Net.Sockets.Socket client = await forward.Connect();
        byte[] much = new byte[3 << 20];
        new Random(1).NextBytes(much);
        Task<byte[]> heard = server.ReadToEndAndAnswer("answer to all of it");
        await SendAll(client, much);
        // The client has ended its half; the answer comes through the other one.
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(much, await heard);
        Assert.Equal("answer to all of it", Encoding.UTF8.GetString(await ReadToEnd(client)));
        Assert.True(await Becomes(() => forward.Forwarder.Count == 0));
    }

    [Fact]
    public async Task A_side_that_is_cut_off_cuts_the_other_off()
    {
        using var server = new Server("tcp:127.0.0.1");
        using var forward = new RunningForward("tcp:127.0.0.1:0", server.Endpoint);
        using System.Net.Sockets.Socket client = await forward.Connect();
        using (System.Net.Sockets.Socket accepted = await server.Listener.AcceptAsync(Cancelled))
        {
            accepted.LingerState = new LingerOption(true, 0);
        }

        SocketException failure = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], Cancelled));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_target_that_refuses_is_told_once_and_the_next_connection_is_as_good_as_any()
    {
        List<string> said = [];
        using var server = new Server("tcp:127.0.0.1");
        string endpoint = server.Endpoint;
        server.Listener.Dispose();
        using var forward = new RunningForward("tcp:127.0.0.1:0", endpoint, new ForwardOptions { Report = sentence => { lock (said) { said.Add(sentence); } } });
        for (int i = 0; i < 3; i++)
        {
            // The reset may come before connect has returned.
            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                using System.Net.Sockets.Socket client = await forward.Connect();
                await client.ReceiveAsync(new byte[1], Cancelled);
            });
        }

        Assert.Contains("ECONNREFUSED", Assert.Single(said), StringComparison.Ordinal);
        using var again = new Server(endpoint[..endpoint.LastIndexOf(':')], int.Parse(endpoint[(endpoint.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        using System.Net.Sockets.Socket later = await forward.Connect();
        Task<byte[]> heard = again.ReadToEndAndAnswer("yes");
        later.Shutdown(SocketShutdown.Send);
        await heard;
        Assert.Equal("yes", Encoding.UTF8.GetString(await ReadToEnd(later)));
    }

    [Fact]
    public async Task Connections_over_the_limit_wait_their_turn()
    {
        using var server = new Server("tcp:127.0.0.1");
        using var forward = new RunningForward("tcp:127.0.0.1:0", server.Endpoint, new ForwardOptions { Limit = 2 });
        System.Net.Sockets.Socket[] clients = [await forward.Connect(), await forward.Connect(), await forward.Connect()];
        using System.Net.Sockets.Socket first = await server.Listener.AcceptAsync(Cancelled);
        using System.Net.Sockets.Socket second = await server.Listener.AcceptAsync(Cancelled);
        ValueTask<System.Net.Sockets.Socket> third = server.Listener.AcceptAsync(Cancelled);
        await Task.Delay(200, Cancelled);
        Assert.False(third.IsCompleted);
        Assert.Equal(2, forward.Forwarder.Count);
        clients[0].Dispose();
        first.Dispose();
        using System.Net.Sockets.Socket accepted = await third;
        Array.ForEach(clients, static client => client.Dispose());
    }

    [Fact]
    public async Task Five_hundred_connections_at_once_each_hear_their_own_answer()
    {
        using var server = new Server("tcp:127.0.0.1");
        using var forward = new RunningForward("tcp:127.0.0.1:0", server.Endpoint);
        Task echo = Task.Run(
            async () =>
            {
                for (int i = 0; i < 500; i++)
                {
                    System.Net.Sockets.Socket accepted = await server.Listener.AcceptAsync(Cancelled);
                    _ = Echo(accepted);
                }
            },
            Cancelled);
        List<System.Net.Sockets.Socket> clients = [];
        for (int i = 0; i < 500; i++)
        {
            clients.Add(await forward.Connect());
        }

        await echo;
        Assert.True(await Becomes(() => forward.Forwarder.Count == 500));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            byte[] word = BitConverter.GetBytes(i);
            await SendAll(client, word);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(word, await ReadToEnd(client));
            client.Dispose();
        }));
        Assert.True(await Becomes(() => forward.Forwarder.Count == 0));
    }

    [Fact]
    public async Task A_reader_that_does_not_read_holds_nobody_else_up_and_nothing_is_lost()
    {
        using var server = new Server("tcp:127.0.0.1");
        using var forward = new RunningForward("tcp:127.0.0.1:0", server.Endpoint);
        using System.Net.Sockets.Socket lazy = await forward.Connect();
        using System.Net.Sockets.Socket writer = await server.Listener.AcceptAsync(Cancelled);
        byte[] much = new byte[32 << 20];
        new Random(2).NextBytes(much);
        Task sending = SendAll(writer, much);
        using System.Net.Sockets.Socket quick = await forward.Connect();
        Task<byte[]> heard = server.ReadToEndAndAnswer("at once");
        quick.Shutdown(SocketShutdown.Send);
        await heard;
        Assert.Equal("at once", Encoding.UTF8.GetString(await ReadToEnd(quick)));
        Assert.False(sending.IsCompleted);
        Task<byte[]> read = ReadToEnd(lazy);
        await sending;
        writer.Shutdown(SocketShutdown.Send);
        lazy.Shutdown(SocketShutdown.Send);
        Assert.Equal(much, await read);
    }

    [Fact]
    public async Task A_silent_connection_is_cut_off_after_its_time()
    {
        using var server = new Server("tcp:127.0.0.1");
        using var forward = new RunningForward("tcp:127.0.0.1:0", server.Endpoint, new ForwardOptions { IdleTimeout = TimeSpan.FromSeconds(1) });
        using System.Net.Sockets.Socket client = await forward.Connect();
        await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], Cancelled));
    }

    [Theory]
    [InlineData("udp:127.0.0.1:0")]
    [InlineData("udp:0.0.0.0:0")]
    [InlineData("udp:[::1]:0")]
    [InlineData("udp:[::]:0")]
    public async Task Senders_of_datagrams_are_told_apart_and_answered_from_the_address_they_wrote_to(string door)
    {
        using var server = new System.Net.Sockets.Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var forward = new RunningForward(door, $"udp:127.0.0.1:{((IPEndPoint)server.LocalEndPoint!).Port}", new ForwardOptions { SessionTimeout = TimeSpan.FromSeconds(1) });
        bool six = door.Contains('[', StringComparison.Ordinal);
        System.Net.Sockets.Socket[] clients = [.. Enumerable.Range(0, 3).Select(_ => new System.Net.Sockets.Socket(six ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))];
        // A connected socket hears only the address that it speaks to; 127.0.0.2 is as much of this machine as 127.0.0.1.
        Array.ForEach(clients, client => client.Connect(six ? IPAddress.IPv6Loopback : door.Contains("0.0.0.0", StringComparison.Ordinal) ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback, forward.Address.Port));
        byte[] buffer = new byte[65536];
        for (int i = 0; i < clients.Length; i++)
        {
            await clients[i].SendAsync(BitConverter.GetBytes(i), Cancelled);
            SocketReceiveFromResult got = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Cancelled);
            await server.SendToAsync(Encoding.UTF8.GetBytes($"to {BitConverter.ToInt32(buffer)}"), got.RemoteEndPoint, Cancelled);
        }

        for (int i = 0; i < clients.Length; i++)
        {
            int length = await clients[i].ReceiveAsync(buffer, Cancelled);
            Assert.Equal($"to {i}", Encoding.UTF8.GetString(buffer, 0, length));
        }

        // A whole one, and an empty one.
        await clients[0].SendAsync(new byte[60000], Cancelled);
        Assert.Equal(60000, await server.ReceiveAsync(buffer, Cancelled));
        await clients[0].SendAsync(Array.Empty<byte>(), Cancelled);
        Assert.Equal(0, await server.ReceiveAsync(buffer, Cancelled));
        Assert.True(await Becomes(() => forward.Forwarder.Count == 0), "senders that are silent are forgotten");
        Array.ForEach(clients, static client => client.Dispose());
    }

    [Fact]
    public void Kinds_that_do_not_fit_are_refused()
    {
        Assert.Throws<Rideau.Namespaces.NamespaceException>(() => Forwarder.CheckKinds(SocketKind.Tcp, SocketKind.Udp));
        Assert.Throws<Rideau.Namespaces.NamespaceException>(() => Forwarder.CheckKinds(SocketKind.UnixDatagram, SocketKind.UnixDatagram));
        Forwarder.CheckKinds(SocketKind.Unix, SocketKind.Tcp);
    }

    [Fact]
    public void Code_and_sockets_run_in_the_own_network_without_a_privilege()
    {
        using NetworkNamespace own = NetworkNamespace.OfCaller();
        Assert.True(own.IsCallers);
        Assert.Equal(42, own.Run(() => 42));
        using Rideau.Kernel.Handles.OwnedFd listener = own.Listen(SocketEndpoint.Parse("tcp:127.0.0.1:0"));
        using Rideau.Kernel.Handles.OwnedFd client = own.Connect(SocketEndpoint.Parse($"tcp:127.0.0.1:{Sockets.AddressOf(listener).Port}"));
        Assert.Equal(0, Sockets.TryAccept(listener, out Rideau.Kernel.Handles.OwnedFd? accepted));
        accepted!.Dispose();
    }

    private static async Task Echo(System.Net.Sockets.Socket accepted)
    {
        using (accepted)
        {
            await SendAll(accepted, await ReadToEnd(accepted));
        }
    }

    private static async Task SendAll(System.Net.Sockets.Socket socket, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), Cancelled);
        }
    }

    private static async Task<byte[]> ReadToEnd(System.Net.Sockets.Socket socket)
    {
        using var all = new System.IO.MemoryStream();
        byte[] buffer = new byte[65536];
        for (int got; (got = await socket.ReceiveAsync(buffer, Cancelled)) > 0;)
        {
            all.Write(buffer, 0, got);
        }

        return all.ToArray();
    }

    private static async Task<bool> Becomes(Func<bool> condition)
    {
        for (var time = Stopwatch.StartNew(); time.Elapsed < TimeSpan.FromSeconds(20); await Task.Delay(20, Cancelled))
        {
            if (condition())
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Server : IDisposable
    {
        internal Server(string address, int port = 0)
        {
            bool unix = address.StartsWith("unix", StringComparison.Ordinal);
            string name = $"{address[(address.IndexOf('@', StringComparison.Ordinal) + 1)..]}-{Guid.NewGuid():n}";
            EndPoint end = unix ? new UnixDomainSocketEndPoint("\0" + name) : new IPEndPoint(IPAddress.Parse(address["tcp:".Length..].Trim('[', ']')), port);
            Listener = new System.Net.Sockets.Socket(end.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            Listener.Bind(end);
            Listener.Listen(1000);
            Endpoint = unix ? $"unix:@{name}" : $"{address}:{((IPEndPoint)Listener.LocalEndPoint!).Port}";
        }

        internal System.Net.Sockets.Socket Listener { get; }

        internal string Endpoint { get; }

        internal async Task<byte[]> ReadToEndAndAnswer(string answer)
        {
            using System.Net.Sockets.Socket accepted = await Listener.AcceptAsync(Cancelled);
            byte[] heard = await ReadToEnd(accepted);
            await SendAll(accepted, Encoding.UTF8.GetBytes(answer));
            return heard;
        }

        public void Dispose() => Listener.Dispose();
    }

    private sealed class RunningForward : IDisposable
    {
        private readonly NetworkNamespace _network = NetworkNamespace.OfCaller();
        private readonly Thread _thread;
        private readonly SocketKind _kind;

        internal RunningForward(string door, string goal, ForwardOptions? options = null)
        {
            SocketEndpoint endpoint = SocketEndpoint.Parse(door == "unix:@from" ? $"unix:@from-{Guid.NewGuid():n}" : door);
            _kind = endpoint.Kind;
            Rideau.Kernel.Handles.OwnedFd listener = _network.Listen(endpoint);
            Address = Sockets.AddressOf(listener);
            Forwarder = new Forwarder(listener, endpoint.Kind, _network, SocketEndpoint.Parse(goal), null, options ?? new ForwardOptions());
            _thread = new Thread(Forwarder.Run);
            _thread.Start();
        }

        internal Rideau.Kernel.Calls.SocketAddress Address { get; }

        internal Forwarder Forwarder { get; }

        internal async Task<System.Net.Sockets.Socket> Connect()
        {
            bool unix = _kind == SocketKind.Unix;
            EndPoint end = unix ? new UnixDomainSocketEndPoint("\0" + Address.ToString()[1..]) : new IPEndPoint(Address.Family == 10 ? IPAddress.IPv6Loopback : IPAddress.Loopback, Address.Port);
            var socket = new System.Net.Sockets.Socket(end.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            await socket.ConnectAsync(end, Cancelled);
            return socket;
        }

        public void Dispose()
        {
            Forwarder.Stop();
            Assert.True(_thread.Join(TimeSpan.FromSeconds(20)), "the loop did not end");
            Forwarder.Dispose();
            _network.Dispose();
        }
    }
}
