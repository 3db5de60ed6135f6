using System;
using System.Globalization;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config-linux.md#namespaces: new, joined by a path, or the caller's.</summary>
public sealed class NamespaceTests
{
    private const string ShowAll = "for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done";
    private static readonly string[] s_files = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

    [Fact]
    public void What_is_listed_is_new_and_the_rest_is_the_callers()
    {
        using var bundle = new Bundle(ShowAll);
        string[] inside = bundle.Says().Split('\n');
        string[] differing = [.. s_files.Where((name, i) => inside[i] != NamespaceHolder.Own(name))];
        Assert.Equal(["ipc", "mnt", "net", "pid", "uts"], differing);
    }

    [Theory]
    [InlineData("network", "net")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("pid", "pid")]
    public void What_is_not_listed_is_the_callers(string type, string file)
    {
        using var bundle = new Bundle($"readlink /proc/self/ns/{file}").Without(type);
        bundle.Configuration.Remove("hostname");
        Assert.Equal(NamespaceHolder.Own(file), bundle.Says());
    }

    [Theory]
    [InlineData("cgroup", "cgroup")]
    [InlineData("time", "time")]
    public void What_is_rarely_listed_is_new(string type, string file)
    {
        using var bundle = new Bundle($"readlink /proc/self/ns/{file}").Namespace(type);
        Assert.NotEqual(NamespaceHolder.Own(file), bundle.Says());
    }

    [Theory]
    [InlineData("--net", "network", "net", "net")]
    [InlineData("--uts", "uts", "uts", "uts")]
    [InlineData("--ipc", "ipc", "ipc", "ipc")]
    [InlineData("--cgroup", "cgroup", "cgroup", "cgroup")]
    [InlineData("--time", "time", "time_for_children", "time")]
    [InlineData("--pid --fork --kill-child", "pid", "pid_for_children", "pid")]
    public void A_namespace_is_joined_by_its_path(string options, string type, string path, string file)
    {
        using var holder = new NamespaceHolder(options);
        using var bundle = new Bundle($"readlink /proc/self/ns/{file}").Namespace(type, holder[path]);
        Assert.Equal(holder.Identity(path), bundle.Says());
    }

    [Fact]
    public void A_pod_shares_some_and_has_others_of_its_own()
    {
        using var holder = new NamespaceHolder("--net --uts --ipc");
        using var bundle = new Bundle(ShowAll).Namespace("network", holder["net"]).Namespace("uts", holder["uts"]).Namespace("ipc", holder["ipc"]);
        bundle.Configuration.Remove("hostname");
        string[] inside = bundle.Says().Split('\n');
        string[] joined = [.. s_files.Where((name, i) => inside[i] == holder.Identity(name))];
        Assert.Equal(["cgroup", "ipc", "net", "time", "user", "uts"], joined);
    }

    [Fact]
    public void Exec_follows_into_joined_namespaces()
    {
        using var holder = new NamespaceHolder("--net --pid --fork --kill-child");
        using var bundle = new Bundle("sleep 100").Namespace("network", holder["net"]).Namespace("pid", holder["pid_for_children"]).Started();
        Outcome outcome = bundle.Exec("sh", "-c", "readlink /proc/self/ns/net; readlink /proc/self/ns/pid");
        Assert.Equal($"{holder.Identity("net")}\n{holder.Identity("pid_for_children")}\n", outcome.Output);
    }

    [Fact]
    public void Clocks_are_shifted()
    {
        using var bundle = new Bundle("cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime").Namespace("time")
            .WithLinux("""{"timeOffsets":{"monotonic":{"secs":86400,"nanosecs":7},"boottime":{"secs":1000000}}}""");
        string[] lines = bundle.Says().Split('\n');
        Assert.Equal("monotonic 86400 7", string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("boottime 1000000 0", string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.True(long.Parse(lines[2], CultureInfo.InvariantCulture) > 1000000);
    }

    [Fact]
    public void Exec_has_the_shifted_clocks_too()
    {
        using var bundle = new Bundle("sleep 100").Namespace("time").WithLinux("""{"timeOffsets":{"boottime":{"secs":1000000}}}""").Started();
        Assert.True(long.Parse(bundle.Exec("cut", "-d.", "-f1", "/proc/uptime").Output, CultureInfo.InvariantCulture) > 1000000);
    }

    [Fact]
    public void Names_are_the_containers_own()
    {
        string before = RideauProgram.Shell("hostname; cat /proc/sys/kernel/domainname").Output;
        using var bundle = new Bundle("hostname; cat /proc/sys/kernel/domainname").With("""{"hostname":"one","domainname":"two.example"}""");
        Assert.Equal("one\ntwo.example", bundle.Says());
        Assert.Equal(before, RideauProgram.Shell("hostname; cat /proc/sys/kernel/domainname").Output);
    }

    [Fact]
    public void A_new_network_has_loopback_up_and_nothing_else_up()
    {
        using var bundle = new Bundle("ip -o addr | grep -o 'inet 127[^ ]*'; ip -o link | grep -c '[<,]UP[,>]'; ip route | wc -l");
        Assert.Equal("inet 127.0.0.1/8\n1\n0", bundle.Says());
    }

    [Fact]
    public void A_cgroup_namespace_begins_at_the_containers_group()
    {
        using var bundle = new Bundle("cut -d: -f3 /proc/self/cgroup | sort -u").Namespace("cgroup");
        Assert.Equal("/", bundle.Says());
    }

    [Theory]
    [InlineData("""{"net.ipv4.ip_forward":"1"}""", "cat /proc/sys/net/ipv4/ip_forward", "1")]
    [InlineData("""{"net/ipv4/conf/lo/forwarding":"1"}""", "cat /proc/sys/net/ipv4/conf/lo/forwarding", "1")]
    [InlineData("""{"kernel.shmmni":"77","kernel.msgmax":"9000"}""", "cat /proc/sys/kernel/shmmni /proc/sys/kernel/msgmax", "77\n9000")]
    [InlineData("""{"fs.mqueue.msg_max":"20"}""", "cat /proc/sys/fs/mqueue/msg_max", "20")]
    [InlineData("""{"net.ipv4.ping_group_range":"0 100"}""", "cat /proc/sys/net/ipv4/ping_group_range", "0\t100")]
    public void A_sysctl_is_the_containers_own(string settings, string script, string expected)
    {
        string before = RideauProgram.Shell(script).Output;
        using var bundle = new Bundle(script).WithLinux($$"""{ "sysctl": {{settings}} }""");
        Assert.Equal(expected, bundle.Says());
        Assert.Equal(before, RideauProgram.Shell(script).Output);
    }

    [Theory]
    [InlineData("kernel.panic", "1", "kernel.panic")]
    [InlineData("vm.swappiness", "1", "vm.swappiness")]
    [InlineData("net.ipv4.no_such_setting", "1", "no_such_setting")]
    [InlineData("net.ipv4.ip_forward", "odd", "ip_forward")]
    public void A_wrong_sysctl_is_refused(string name, string value, string words)
    {
        using var bundle = new Bundle("true").WithLinux($$"""{ "sysctl": { "{{name}}": "{{value}}" } }""");
        Refused(bundle, words);
    }

    [Theory]
    [InlineData("network", """{"linux":{"sysctl":{"net.ipv4.ip_forward":"1"}}}""", "network")]
    [InlineData("ipc", """{"linux":{"sysctl":{"kernel.shmmni":"7"}}}""", "ipc")]
    [InlineData("uts", """{"hostname":"x"}""", "uts")]
    [InlineData("mount", """{"linux":{"maskedPaths":null,"readonlyPaths":null}}""", "mount namespace")]
    public void What_needs_a_namespace_of_its_own_is_refused_without(string type, string patch, string words)
    {
        if (type == "mount")
        {
            RideauProgram.SkipForAnother("it would mount on the machine");
        }

        using var bundle = new Bundle("true").Without(type).With(patch);
        Refused(bundle, words);
    }

    [Fact]
    public void The_callers_mount_namespace_is_not_joined()
    {
        RideauProgram.SkipForAnother("it would mount on the machine");
        using var bundle = new Bundle("true").Namespace("mount", "/proc/self/ns/mnt").Write();
        Outcome outcome = RideauProgram.Shell($"exec unshare --mount --propagation private '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the caller's own", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_mount_namespace_is_joined()
    {
        using var holder = new NamespaceHolder("--mount --propagation private");
        using var bundle = new Bundle("readlink /proc/self/ns/mnt").Namespace("mount", holder["mnt"]);
        Assert.Equal(holder.Identity("mnt"), bundle.Says());
    }

    [Theory]
    [InlineData("network", "/no/such/file", "no such file")]
    [InlineData("network", "/proc/self/ns/uts", "network")]
    [InlineData("ipc", "/etc/passwd", "ipc")]
    [InlineData("uts", "proc/self/ns/uts", "uts")]
    [InlineData("odd", null, "odd")]
    public void A_wrong_namespace_is_refused(string type, string? path, string words)
    {
        using var bundle = new Bundle("true").Namespace(type, path);
        Refused(bundle, words);
    }

    private static void Refused(Bundle bundle, string words)
    {
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        }

        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }
}
