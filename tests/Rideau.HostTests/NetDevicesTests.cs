using System;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>linux.netDevices: devices of a network namespace that stands for the machine's, moved into containers.</summary>
public sealed class NetDevicesTests
{
    private const string Pair = """
        ip link add d0 address 02:00:00:00:00:0a mtu 1400 type veth peer name d1
        ip address add 192.0.2.5/24 broadcast 192.0.2.255 dev d0
        ip address add 198.51.100.7 peer 198.51.100.8 dev d0
        ip address add 2001:db8::5/64 dev d0 nodad
        ip link set d0 up
        ip link set d1 up

        """;

    [Fact]
    public void A_device_comes_with_its_addresses_under_another_name_and_is_up()
    {
        using var network = new HostNetwork(Pair);
        using Bundle bundle = WithDevices("ip address show dev eth0; ip link | wc -l", """{"d0": {"name": "eth0"}}""");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("inet 198.51.100.7 peer 198.51.100.8/32 scope global eth0", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("inet6 2001:db8::5/64 scope global", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("link/ether 02:00:00:00:00:0a", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("mtu 1400", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("UP", outcome.Output.Split('>')[0], StringComparison.Ordinal);
        Assert.EndsWith("\n4\n", outcome.Output, StringComparison.Ordinal);
        // A virtual device ends with the network namespace that it is in, and its other end with it.
        Assert.True(Cgroups.PauseTests.Waits(() => network.Devices().Length == 0));
    }

    [Fact]
    public void Addresses_that_expire_or_mean_something_only_there_stay_behind()
    {
        using var network = new HostNetwork(Pair + "ip address add 203.0.113.1/24 dev d0 valid_lft 1000 preferred_lft 1000\nip address add 203.0.114.2/24 scope link dev d0\n");
        using Bundle bundle = WithDevices("ip -4 address show dev d0", """{"d0": {}}""");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("192.0.2.5", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.11", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_takes_the_first_name_that_is_free()
    {
        using var network = new HostNetwork("ip link add d0 type veth peer name d1\n");
        using Bundle bundle = WithDevices("ip -o link | cut -d: -f2", """{"d0": {"name": "net%d"}, "d1": {"name": "net%d"}}""");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(["lo", "net0", "net1"], outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name.Trim().Split('@')[0]).Order());
    }

    [Fact]
    public void Devices_of_other_kinds_are_moved_too()
    {
        using var network = new HostNetwork("ip link add d0 type veth peer name d1\nip link add link d0 name m0 type macvlan mode bridge\nip tuntap add dev t0 mode tun\nip address add 192.0.2.9/31 dev t0\n");
        using Bundle bundle = WithDevices("ip -o link | cut -d: -f2 | cut -d@ -f1; ip -4 address show dev tun1", """{"m0": {"name": "eth0"}, "t0": {"name": "tun1"}}""");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains(" eth0\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("192.0.2.9/31", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"none": {}}""", "network device \"none\": there is no such device")]
    [InlineData("""{"lo": {"name": "lo1"}}""", "network device \"lo\": a loopback device belongs to its network namespace")]
    [InlineData("""{"d0": {"name": "lo"}}""", "network device \"d0\": a device \"lo\" already exists")]
    [InlineData("""{"d0": {"name": "eth0"}, "d1": {"name": "eth0"}}""", "network device \"d1\": a device \"eth0\" already exists")]
    [InlineData("""{"d0": {"name": "a/b"}}""", "linux.netDevices")]
    [InlineData("""{"d0": {"name": "aaaaaaaaaaaaaaaa"}}""", "linux.netDevices")]
    public void What_cannot_be_moved_is_said_and_everything_is_as_before(string devices, string words)
    {
        using var network = new HostNetwork(Pair);
        string before = Describe(network);
        using Bundle bundle = WithDevices("true", devices);
        Outcome outcome = network.Run(bundle);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(before, Describe(network));
    }

    [Fact]
    public void A_create_that_fails_later_gives_the_device_back_as_it_was()
    {
        using var network = new HostNetwork(Pair);
        string before = Describe(network);
        using Bundle bundle = WithDevices("true", """{"d0": {"name": "eth0"}}""");
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("/no/such/program");
        Outcome outcome = network.Run(bundle);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("no such file", outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, Describe(network));
    }

    [Fact]
    public void A_container_in_the_runtimes_own_network_gets_none()
    {
        using var network = new HostNetwork(Pair);
        using Bundle joined = WithDevices("true", """{"d0": {}}""").Namespace("network", network.Path);
        Outcome outcome = network.Run(joined);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("both are the same network namespace", outcome.Error, StringComparison.Ordinal);
        using Bundle without = WithDevices("true", """{"d0": {}}""").Without("network");
        Outcome refused = network.Run(without);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("linux.netDevices", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["d0", "d1"], network.Devices());
    }

    [Fact]
    public void In_a_network_that_others_own_the_device_stays_when_the_container_ends()
    {
        using var network = new HostNetwork(Pair);
        using var others = new HostNetwork();
        using Bundle bundle = WithDevices("ip -4 address show dev eth0", """{"d0": {"name": "eth0"}}""").Namespace("network", others.Path);
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("192.0.2.5/24", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(["eth0"], others.Devices());
        Assert.Equal(["d1"], network.Devices());
    }

    [Fact]
    public void A_container_with_a_user_namespace_gets_its_device_too_new_or_joined()
    {
        using var network = new HostNetwork(Pair);
        using Bundle bundle = WithDevices("ip -4 address show dev eth0", """{"d0": {"name": "eth0"}}""").WithUserNamespace();
        RideauProgram.Shell($"chown -R 100000:100000 '{bundle.RootFilesystem}'; chmod 755 '{bundle.Directory}'");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("192.0.2.5/24", outcome.Output, StringComparison.Ordinal);
        Assert.True(Cgroups.PauseTests.Waits(() => network.Devices().Length == 0));
        using var owner = new NamespaceHolder("--user --map-root-user");
        using var second = new HostNetwork(Pair);
        using Bundle joining = WithDevices("ip -4 address show dev eth0", """{"d0": {"name": "eth0"}}""").Namespace("user", owner["user"]);
        // No group for terminals is mapped there.
        joining.Configuration["mounts"]!.AsArray().RemoveAt(2);
        outcome = second.Run(joining);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("192.0.2.5/24", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_there_when_the_hooks_run()
    {
        using var network = new HostNetwork(Pair);
        using Bundle bundle = WithDevices("true", """{"d0": {"name": "eth0"}}""");
        bundle.With($$$"""{"hooks": {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "pid=$(jq .pid); nsenter -t $pid -n ip -o link > {{{bundle.Directory}}}/seen"], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]}}""");
        Outcome outcome = network.Run(bundle);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("eth0", System.IO.File.ReadAllText(bundle.Directory + "/seen"), StringComparison.Ordinal);
    }

    private static Bundle WithDevices(string command, string devices) => new Bundle(command).WithLinux($$"""{"netDevices": {{devices}} }""");

    // Without what changes by itself: the index, and the state of the wire.
    private static string Describe(HostNetwork network) =>
        network.Shell("ip -o address show dev d0 | grep -v fe80 | sed 's/^[0-9]*: //' | sort; ip -o link show dev d0 | cut -d' ' -f2-3 | grep -o 'd0\\|UP' | sort -u").Output;
}
