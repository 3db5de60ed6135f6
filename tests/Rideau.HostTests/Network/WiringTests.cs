using System;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Network;

/// <summary>"net move", "net list", "net connect", "net disconnect", "net bridge": looked at with iproute2.</summary>
public sealed class WiringTests
{
    private const uint User = SubordinateUser.Stranger;

    /// <summary>Ask A15: a device and its addresses go there and come back at the container's end.</summary>
    [Fact]
    public void A_device_and_its_addresses_go_there_and_come_back_at_the_containers_end()
    {
        using var network = new HostNetwork("ip link add d0 type veth peer name d1\nip link set d1 up\nip address add 192.0.2.5/24 dev d0\nip address add 2001:db8::5/64 dev d0 nodad\nip link set d0 up\n");
        string before = network.Shell("ip -br address show dev d0").Output;
        using Bundle bundle = new Bundle("sleep 60").Started();
        Assert.Equal("eth0\n", bundle.Rideau("net", "move", "d0", bundle.Name, "--from", network.Path, "--name", "eth%d", "--keep-addresses", "--return").Output);
        Assert.Equal(["d1"], network.Devices());
        string there = bundle.Exec("ip", "address", "show", "dev", "eth0").Output;
        Assert.Contains("192.0.2.5/24", there, StringComparison.Ordinal);
        Assert.Contains("2001:db8::5/64", there, StringComparison.Ordinal);
        bundle.Delete();
        Assert.True(Cgroups.PauseTests.Waits(() => network.Devices().Length == 2), "it did not come back");
        string[] wanted = ["192.0.2.5/24", "2001:db8::5/64", " UP "];
        Assert.All(wanted, word => Assert.Contains(word, before, StringComparison.Ordinal));
        Assert.True(Cgroups.PauseTests.Waits(() => network.Shell("ip -br address show dev d0").Output is var after && wanted.All(word => after.Contains(word, StringComparison.Ordinal))), network.Shell("ip address").Output);
    }

    [Fact]
    public void Without_keep_addresses_it_arrives_as_the_kernel_leaves_it()
    {
        using var network = new HostNetwork("ip link add d0 type veth peer name d1\nip address add 192.0.2.5/24 dev d0\nip link set d0 up\n");
        using var other = new HostNetwork();
        using var root = new NameRoot();
        Assert.Equal("d0", root.Says("net", "move", "d0", other.Path, "--from", network.Path));
        Assert.Equal("DOWN", other.Shell("ip -br address show dev d0").Output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Trim());
        foreach ((string[] words, string said) in new (string[], string)[]
        {
            (["net", "move", "none", other.Path, "--from", network.Path], "there is no such device"),
            (["net", "move", "lo", other.Path, "--from", network.Path], "a loopback device"),
            (["net", "move", "d1", other.Path, "--from", network.Path, "--name", "d0"], "already exists"),
            (["net", "move", "d1", other.Path, "--from", network.Path, "--name", "a/b"], "bad name"),
            (["net", "move", "d1", network.Path, "--from", network.Path], "the same network namespace"),
        })
        {
            Outcome outcome = root.Rideau(words);
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        }

        Assert.Equal(["d1"], network.Devices());
    }

    /// <summary>Both of one user namespace: the user's own are enough, and no root.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_wire_joins_two_networks_and_is_seen_from_both_ends(uint? user)
    {
        using var root = new NameRoot(user);
        string name = Networks(root, user);
        Assert.Equal($"eth0 in {name}\neth0 in {name}-b", root.Says("net", "connect", name, $"{name}-b", "--address", "192.0.2.1/24", "--address", "192.0.2.2/24,2001:db8::2/64", "--mtu", "1400"));
        Assert.Equal($"up1 in {name}\ndown1 in {name}-b", root.Says("net", "connect", name, $"{name}-b", "--name", "up1", "--name", "down1"));
        string there = root.Says("ns", "exec", $"{name}-b", "ip", "address", "show", "dev", "eth0");
        Assert.Contains("mtu 1400", there, StringComparison.Ordinal);
        Assert.Contains("192.0.2.2/24", there, StringComparison.Ordinal);
        Assert.Contains("2001:db8::2/64", there, StringComparison.Ordinal);
        Assert.Contains("LOWER_UP", there, StringComparison.Ordinal);
        root.Says("ns", "exec", name, "python3", "-c", "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.2', 9)); s.send(b'x')");
        JsonNode end = List(root, name).Single(device => (string)device!["name"]! == "up1")!;
        Assert.Equal(("veth", "down1", $"{name}-b"), ((string)end["kind"]!, (string)end["peer"]!["device"]!, (string)end["peer"]!["target"]!));
        Assert.Contains($"up1 in {name}", root.Says("net", "list", $"{name}-b"), StringComparison.Ordinal);
        Outcome taken = root.Rideau("net", "connect", name, $"{name}-b", "--name", "up2", "--name", "down1");
        Assert.Contains("EEXIST", taken.Error, StringComparison.Ordinal);
        Outcome wrong = root.Rideau("net", "connect", name, $"{name}-b", "--name", "up2", "--address", "192.0.2.9/24", "--address", "192.0.2.8/24,192.0.2.8/24");
        Assert.Contains("the address 192.0.2.8/24", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(["eth0", "lo", "up1"], List(root, name).Select(device => (string)device!["name"]!).Order());
        Assert.Equal("eth0\nup1", root.Says("net", "disconnect", name, $"{name}-b"));
        Assert.Equal(["lo"], List(root, $"{name}-b").Select(device => (string)device!["name"]!));
        Assert.Contains("no wire between them", root.Rideau("net", "disconnect", name, $"{name}-b").Error, StringComparison.Ordinal);
        Assert.Contains("the same network namespace", root.Rideau("net", "connect", name, name).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_bridge_is_one_network_for_many(uint? user)
    {
        using var root = new NameRoot(user);
        string name = Networks(root, user);
        root.Says(["ns", "create", "--net", .. OwnedBy(user, name), $"{name}-m"]);
        Assert.Equal($"eth0 in {name}\neth0 in {name}-b", root.Says("net", "bridge", "lan0", $"{name}=192.0.2.1/24", $"{name}-b=192.0.2.2/24", "--in", $"{name}-m", "--address", "192.0.2.254/24"));
        JsonArray devices = List(root, $"{name}-m");
        Assert.Equal(["lan0", "lan0-0", "lan0-1", "lo"], devices.Select(device => (string)device!["name"]!).Order());
        Assert.Equal("lan0", (string)devices.Single(device => (string)device!["name"]! == "lan0-1")!["master"]!);
        // From one member over the bridge to the other.
        using var server = new RunningProgram([.. As(user), RideauProgram.Path, "--root", root.Root, "ns", "exec", $"{name}-b", "python3", "-c", "import socket\ns = socket.socket(); s.bind(('192.0.2.2', 80)); s.listen(); print('up', flush=True)\nc, _ = s.accept(); c.sendall(b'over the bridge'); c.close()"]);
        Assert.Equal("over the bridge", root.Says("ns", "exec", name, "python3", "-c", "import socket; s = socket.create_connection(('192.0.2.2', 80), 20); print(s.recv(100).decode())"));
        // One more joins what is there; one whose address cannot be leaves nothing.
        Assert.Contains("is no bridge", root.Rideau("net", "bridge", "eth0", $"{name}-b", "--in", name).Error, StringComparison.Ordinal);
        Assert.Equal(1, root.Rideau("net", "bridge", "lan1", $"{name}=192.0.3.1/24", $"{name}-b=192.0.3.2/24,192.0.3.2/24", "--in", $"{name}-m").ExitCode);
        Assert.Equal(4, List(root, $"{name}-m").Count);
        root.Says("net", "bridge", "--remove", "lan0", "--in", $"{name}-m");
        Assert.Equal(["lo"], List(root, name).Select(device => (string)device!["name"]!));
        Assert.Contains("no bridge of that name", root.Rideau("net", "bridge", "--remove", "lan0", "--in", $"{name}-m").Error, StringComparison.Ordinal);
    }

    private static JsonArray List(NameRoot root, string name) => JsonNode.Parse(root.Says("net", "list", "--format", "json", name))!.AsArray();

    private static string[] OwnedBy(uint? user, string name) => user is null ? [] : ["--user-of", name];

    private static string[] As(uint? user) => user is { } uid ? ["setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--"] : [];

    private static string Networks(NameRoot root, uint? user)
    {
        string name = root.Prefix;
        root.Says(["ns", "create", .. user is null ? (string[])[] : ["--user"], "--net", name]);
        root.Says(["ns", "create", .. OwnedBy(user, name), "--net", $"{name}-b"]);
        return name;
    }
}
