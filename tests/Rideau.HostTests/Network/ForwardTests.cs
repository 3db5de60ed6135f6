using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Network;

/// <summary>"net forward": connections of one network passed on to another. The loop itself is tried in the unit tests.</summary>
public sealed class ForwardTests
{
    private const uint User = SubordinateUser.Stranger;

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_port_of_one_network_leads_to_a_server_in_another(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        Networks(root, user);
        using RunningProgram server = Server(root, user, $"{name}-b");
        using RunningProgram forward = Start(root, user, "net", "forward", $"{name}:80", $"{name}-b:8080");
        Assert.StartsWith("tcp:0.0.0.0:80 in ", forward.FirstLine, StringComparison.Ordinal);
        Assert.Equal("/hello", root.Says("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/hello"));
        // Nothing in it has a right that it does not need any more.
        Assert.Contains("CapEff:\t0000000000000000", File.ReadAllText($"/proc/{forward.Id}/status"), StringComparison.Ordinal);
        forward.Signal("TERM");
        Assert.Equal((0, ""), (forward.WaitForEnd(), forward.Error));
        Assert.NotEqual(0, root.Rideau("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/").ExitCode);
    }

    [Fact]
    public void Detached_it_writes_its_pid_and_ends_with_its_network()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Networks(root, null);
        using RunningProgram server = Server(root, null, $"{name}-b");
        string pidFile = Path.Combine(root.Directory, "pid");
        Assert.Equal("", root.Says("net", "forward", "--quiet", "--detach", "--pid-file", pidFile, $"tcp:[::1]:80@{name}", $"tcp:127.0.0.1:8080@{name}-b"));
        string pid = File.ReadAllText(pidFile);
        Assert.Equal("/x", root.Says("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://[::1]/x"));
        Assert.Equal("/dev/null /dev/null /dev/null /", RideauProgram.Shell($"echo $(readlink /proc/{pid}/fd/0 /proc/{pid}/fd/1 /proc/{pid}/fd/2 /proc/{pid}/cwd)").Output.Trim());
        root.Says("ns", "remove", name);
        Assert.True(Cgroups.PauseTests.Waits(() => !Directory.Exists($"/proc/{pid}")), "it holds the network of a name that is gone");
        Assert.False(File.Exists(pidFile));
    }

    [Fact]
    public void What_fails_before_it_listens_is_said_by_the_command_itself()
    {
        using var root = new NameRoot();
        Networks(root, null);
        Outcome outcome = root.Rideau("net", "forward", "--detach", $"tcp:192.0.2.9:80@{root.Prefix}", $"{root.Prefix}-b:8080");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("EADDRNOTAVAIL", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("cannot forward udp to tcp", root.Rideau("net", "forward", $"{root.Prefix}:80/udp", $"{root.Prefix}-b:80").Error, StringComparison.Ordinal);
        Assert.Contains("bad endpoint", root.Rideau("net", "forward", "80", $"{root.Prefix}-b:80").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_when_the_container_does()
    {
        using var host = new HostNetwork();
        using Bundle bundle = new Bundle("sleep 60").Started();
        using var forward = new RunningProgram("nsenter", "--net=" + host.Path, RideauProgram.Path, "--root", bundle.Root, "net", "forward", "host:8080", $"{bundle.Name}:80");
        Assert.Contains(":8080", host.Shell("ss -Hltn").Output, StringComparison.Ordinal);
        string twice = host.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' net forward host:8080 '{bundle.Name}:80' 2>&1").Output;
        Assert.Contains("cannot listen on tcp:8080 in the caller's own network", twice, StringComparison.Ordinal);
        bundle.Delete();
        Assert.Equal((0, ""), (forward.WaitForEnd(), forward.Error));
    }

    [Fact]
    public void Unix_sockets_and_ports_lead_to_each_other()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Networks(root, null);
        using RunningProgram server = Server(root, null, $"{name}-b");
        string socket = Path.Combine(root.Directory, "web.sock");
        using (RunningProgram first = Start(root, null, "net", "forward", $"unix:{socket}@host", $"{name}-b:8080"))
        using (RunningProgram second = Start(root, null, "net", "forward", $"{name}:80", $"unix:{socket}@host"))
        {
            Assert.Equal("/twice", root.Says("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/twice"));
            first.Signal("INT");
            Assert.Equal(0, first.WaitForEnd());
            // Only the connection fails of which the target is gone.
            Assert.NotEqual(0, root.Rideau("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/").ExitCode);
            second.Signal("TERM");
            Assert.Equal(0, second.WaitForEnd());
            Assert.Contains("ENOENT", second.Error, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(socket));
    }

    // Whether the last descriptor is free or not, when all connections have theirs; for longer than names are not looked at.
    [Theory]
    [InlineData(40)]
    [InlineData(41)]
    public void Few_descriptors_are_an_error_of_single_connections_and_no_end(int descriptors)
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Networks(root, null);
        using RunningProgram server = Server(root, null, $"{name}-b");
        using var forward = new RunningProgram("sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh", RideauProgram.Path, "--root", root.Root, "net", "forward", $"{name}:80", $"{name}-b:8080");
        string load = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do (sleep 3 | busybox nc 127.0.0.1 80 >/dev/null 2>&1) & done; wait";
        root.Rideau("ns", "exec", name, "sh", "-c", load);
        Assert.True(Cgroups.PauseTests.Waits(() => root.Rideau("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/after").Output == "/after\n"));
        Assert.Contains("EMFILE", Ended(forward), StringComparison.Ordinal);
    }

    [Fact]
    public void Datagrams_are_passed_on_and_answered()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Networks(root, null);
        const string echo = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 5353)); print('up', flush=True)\nwhile True:\n    data, peer = s.recvfrom(65536); s.sendto(data.upper(), peer)";
        const string ask = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20); s.connect(('127.0.0.1', 53)); s.send(b'question'); print(s.recv(100).decode())";
        using RunningProgram server = Start(root, null, "ns", "exec", $"{name}-b", "python3", "-c", echo);
        using RunningProgram forward = Start(root, null, "net", "forward", $"{name}:53/udp", $"{name}-b:5353/udp");
        Assert.Equal("QUESTION", root.Says("ns", "exec", name, "python3", "-c", ask));
    }

    private static string Ended(RunningProgram program)
    {
        program.Signal("TERM");
        Assert.Equal(0, program.WaitForEnd());
        return program.Error;
    }

    internal static void Networks(NameRoot root, uint? user)
    {
        string[] own = user is null ? [] : ["--user"];
        root.Says(["ns", "create", .. own, "--net", root.Prefix]);
        root.Says(["ns", "create", .. own, "--net", $"{root.Prefix}-b"]);
    }

    internal static RunningProgram Server(NameRoot root, uint? user, string name) => Start(root, user, "ns", "exec", name, WebServer.Python, "-c", WebServer.OfOwnPort);

    internal static RunningProgram Start(NameRoot root, uint? user, params string[] words) => new(
        [.. user is { } uid ? (string[])["setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--"] : [], RideauProgram.Path, "--root", root.Root, .. words]);
}
