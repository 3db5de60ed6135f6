using System;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Network;

/// <summary>Sockets between machines (vsock(7)), where the kernel leads them back to the machine itself (vsock_loopback), as in the VM bench.</summary>
public sealed class VsockTests
{
    private const int Port = 4711;

    // Says what it was given, and answers one client.
    private const string Server = """
        import os, socket
        listening = socket.socket(fileno=3)
        print(os.environ["LISTEN_FDS"], os.environ["LISTEN_FDNAMES"], listening.family == socket.AF_VSOCK, flush=True)
        client, address = listening.accept()
        client.sendall(b"asked for " + client.recv(100))
        """;

    [Fact]
    public void A_program_gets_a_socket_that_was_opened_for_it()
    {
        SkipWithout();
        using var root = new NameRoot();
        using var server = new RunningProgram(RideauProgram.Path, "--root", root.Root, "enter", "--quiet", "--only", "net", "--listen", $"vsock:any:{Port}=web", $"{Environment.ProcessId}", "--", WebServer.Python, "-c", Server);
        Assert.Equal("1 web True", server.FirstLine);
        Assert.Equal("asked for tea\n", RideauProgram.Execute(WebServer.Python, ["-c", Client("s.sendall(b'tea'); print(s.recv(100).decode())")]).Output);
        Assert.Equal(0, server.WaitForEnd());

        // The program has the socket alone: when it has ended, nobody listens.
        Assert.NotEqual(0, RideauProgram.Execute(WebServer.Python, ["-c", Client("")]).ExitCode);
    }

    /// <summary>From a network into vsock, and out of it into another network.</summary>
    [Fact]
    public void Connections_are_forwarded_into_it_and_out_of_it()
    {
        SkipWithout();
        using var root = new NameRoot();
        string name = root.Prefix;
        ForwardTests.Networks(root, null);
        using RunningProgram server = ForwardTests.Server(root, null, $"{name}-b");
        using RunningProgram outward = ForwardTests.Start(root, null, "net", "forward", $"vsock:any:{Port}@{name}", $"tcp:127.0.0.1:8080@{name}-b");
        Assert.StartsWith($"vsock:any:{Port} in ", outward.FirstLine, StringComparison.Ordinal);
        using RunningProgram inward = ForwardTests.Start(root, null, "net", "forward", $"tcp:127.0.0.1:80@{name}", $"vsock:1:{Port}@{name}");
        Assert.Equal("/hello", root.Says("ns", "exec", name, WebServer.Python, "-c", "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1/hello', timeout=20).read().decode(), end='')"));
    }

    private static string Client(string does) => $"import socket; s = socket.socket(socket.AF_VSOCK); s.connect((1, {Port})); {does}";

    // Nobody listens there, and the kernel says so (ECONNRESET), where it has vsock and knows the machine itself.
    private static void SkipWithout()
    {
        Outcome outcome = RideauProgram.Execute(WebServer.Python, ["-c", Client("")]);
        Assert.SkipUnless(outcome.Error.Contains("ConnectionResetError", StringComparison.Ordinal), "needs vsock and vsock_loopback in the kernel: they are in the VM bench");
    }
}
