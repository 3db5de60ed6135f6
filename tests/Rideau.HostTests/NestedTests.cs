using System;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>A caller that is root, but not of the machine: an engine without root makes a user namespace and calls the runtime in it.</summary>
public sealed class NestedTests
{
    [Fact]
    public void A_container_without_a_user_namespace_of_its_own_runs()
    {
        using Bundle bundle = Nested("id -u; stat -L -c '%n %t:%T' /dev/null /dev/zero /dev/tty; echo x >/dev/null && echo written; tr -s ' ' </proc/self/uid_map | wc -l; readlink /dev/ptmx");
        Assert.Equal("0\n/dev/null 1:3\n/dev/zero 1:5\n/dev/tty 5:0\nwritten\n2\npts/ptmx", bundle.Says());
    }

    [Fact]
    public void It_has_a_network_and_a_sysfs_of_its_own()
    {
        using Bundle bundle = Nested("ip -o addr | grep -o 'inet 127[^ ]*'; awk '$5 == \"/sys\"' /proc/self/mountinfo | grep -c sysfs").Namespace("network");
        JsonNode sys = bundle.Configuration["mounts"]!.AsArray().First(mount => (string)mount!["destination"]! == "/sys")!;
        sys["type"] = "sysfs";
        sys["source"] = "sysfs";
        sys["options"] = new JsonArray("nosuid", "noexec", "nodev", "ro");
        Assert.Equal("inet 127.0.0.1/8\n1", bundle.Says());
    }

    [Fact]
    public void It_runs_as_another_user_with_groups()
    {
        using Bundle bundle = Nested("id -u; id -g; id -G").WithProcess("""{"user":{"uid":1000,"gid":1001,"additionalGids":[7]}}""");
        Assert.Equal("1000\n1001\n1001 7", bundle.Says());
    }

    [Fact]
    public void It_may_have_a_user_namespace_of_its_own()
    {
        using Bundle bundle = Nested("tr -s ' ' </proc/self/uid_map").Namespace("user").WithLinux("""{"uidMappings":[{"containerID":0,"hostID":1000,"size":500}],"gidMappings":[{"containerID":0,"hostID":1000,"size":500}]}""");
        Assert.Equal(" 0 1000 500", bundle.Says());
    }

    [Fact]
    public void Masks_and_read_only_paths_and_a_read_only_root_hold()
    {
        using Bundle bundle = Nested("touch /x 2>/dev/null || echo refused; echo 1 >/proc/sys/kernel/ns_last_pid 2>/dev/null || echo refused; ls /proc/scsi 2>/dev/null | wc -l").With("""{"root":{"readonly":true}}""");
        Assert.Equal("refused\nrefused\n0", bundle.Says());
    }

    [Fact]
    public void A_bind_keeps_what_the_machine_has_locked()
    {
        // Of the machine: /proc/sys is no mount, /sys is; its flags are locked for whoever is root of a user namespace.
        using Bundle bundle = Nested("test -d /data/kernel && echo there").Mount("/data", "bind", "/sys", "rbind", "rw");
        Assert.Equal("there", bundle.Says());
    }

    [Fact]
    public void It_has_the_whole_life_of_a_container()
    {
        using Bundle bundle = Nested($"true");
        string rideau = $"'{RideauProgram.Path}' --root '{bundle.Root}'";
        bundle.Command("hostname; exec sleep 100").Write();
        Outcome outcome = bundle.OnMachine("sh", "-e", "-c", $"""
            {rideau} create --bundle '{bundle.Directory}' {bundle.Name} </dev/null >'{bundle.Directory}/out' 2>&1
            {rideau} start {bundle.Name}
            {rideau} exec --user 5 {bundle.Name} id -u
            timeout 10 sh -c 'until test -s "{bundle.Directory}/out"; do sleep 0.05; done'
            {rideau} kill {bundle.Name} KILL
            while {rideau} state {bundle.Name} | grep -q running; do sleep 0.05; done
            {rideau} delete {bundle.Name}
            {rideau} list --quiet | wc -l
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("5\n0\n", outcome.Output);
        Assert.NotEqual("", bundle.CreatedOutput.Trim());
    }

    /// <summary>Engines do not give --root. A container's own root (USER=root) has its state where root has it, wherever a variable leads.</summary>
    [Theory]
    [InlineData("someone", true)]
    [InlineData("root", false)]
    public void Its_state_is_where_the_users_is(string user, bool isUsers)
    {
        using Bundle bundle = Nested("true").Write();
        string runtime = $"{bundle.Directory}/runtime";
        Outcome outcome = bundle.OnMachine("sh", "-e", "-c", $"""
            mkdir '{runtime}'
            mount -t tmpfs -o mode=755 none /run
            export XDG_RUNTIME_DIR='{runtime}' USER={user}
            '{RideauProgram.Path}' run --bundle '{bundle.Directory}' {bundle.Name}
            for directory in '{runtime}/rideau' /run/rideau; do test ! -d $directory || echo $directory; done
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(isUsers ? $"{runtime}/rideau\n" : "/run/rideau\n", outcome.Output);
    }

    [Fact]
    public void Root_that_may_make_no_devices_gets_the_machines()
    {
        using Bundle bundle = new Bundle("stat -c '%n %t:%T' /dev/null /dev/full; grep -c ' /dev/null ' /proc/self/mountinfo").Write();
        Outcome outcome = RideauProgram.Shell($"exec setpriv --bounding-set=-mknod --inh-caps=-mknod '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("/dev/null 1:3\n/dev/full 1:7\n1\n", outcome.Output);
    }

    private static Bundle Nested(string script)
    {
        SubordinateUser user = SubordinateUser.Find();
        if (!RideauProgram.Shell("unshare --help").Output.Contains("--map-auto", StringComparison.Ordinal))
        {
            Assert.Skip("needs unshare --map-auto (util-linux 2.38)");
        }

        return new Bundle(script).AsRootOfUserNamespace(user);
    }
}
