using System;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>linux.resources.devices, by the devices controller of v1 or by a program in v2.</summary>
public sealed class DeviceRulesTests
{
    private const string DenyAll = """{"allow": false, "access": "rwm"}""";

    private const string KmsgReads = """{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}""";

    [Fact]
    public void A_device_that_no_rule_allows_can_be_made_and_not_opened()
    {
        // 1:11 is /dev/kmsg: it is there on every machine, and nobody allows it.
        using Bundle bundle = WithRules("mknod /tmp/kmsg c 1 11 && echo made; cat /tmp/kmsg | head -c 1; echo x >/tmp/kmsg", DenyAll);
        Outcome outcome = bundle.Run();
        Assert.Equal("made\n", outcome.Output);
        Assert.Contains("can't open '/tmp/kmsg': Operation not permitted", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("can't create /tmp/kmsg: Operation not permitted", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_devices_of_every_container_work_after_all_is_denied()
    {
        using Bundle bundle = WithRules(
            "for d in null zero full random urandom tty ptmx; do test -c /dev/$d || echo no $d; done; : >/dev/null && head -c 1 /dev/zero | wc -c && head -c 1 /dev/urandom | wc -c && : >/dev/ptmx && echo all",
            DenyAll);
        Outcome outcome = bundle.Run();
        Assert.Equal("1\n1\nall\n", outcome.Output);
    }

    [Theory]
    [InlineData("r", true, false)]
    [InlineData("w", false, true)]
    [InlineData("rw", true, true)]
    public void A_rule_allows_what_it_says_and_no_more(string access, bool reads, bool writes)
    {
        string rule = $$"""{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "{{access}}"}""";
        using Bundle bundle = WithRules("mknod /tmp/d c 1 11; (: </tmp/d) 2>/dev/null && echo reads; (: >/tmp/d) 2>/dev/null && echo writes; true", DenyAll, rule);
        Outcome outcome = bundle.Run();
        Assert.Equal((reads ? "reads\n" : "") + (writes ? "writes\n" : ""), outcome.Output);
    }

    [Fact]
    public void The_later_rule_wins()
    {
        using Bundle bundle = WithRules(
            "mknod /tmp/d c 1 11; (: </tmp/d) 2>/dev/null && echo reads; (: >/tmp/d) 2>/dev/null && echo writes; true",
            """{"allow": true, "access": "rwm"}""",
            """{"allow": false, "type": "c", "major": 1, "minor": 11, "access": "w"}""");
        Assert.Equal("reads\n", bundle.Run().Output);
    }

    [Fact]
    public void All_may_be_allowed()
    {
        using Bundle bundle = WithRules("mknod /tmp/d c 1 11; : </tmp/d && echo reads", DenyAll, """{"allow": true, "access": "rwm"}""");
        Assert.Equal("reads\n", bundle.Run().Output);
    }

    [Fact]
    public void Without_any_rule_all_is_denied_too()
    {
        using Bundle bundle = WithRules("mknod /tmp/d c 1 11; (: </tmp/d) 2>/dev/null || echo denied; rm -f /tmp/d");
        Assert.Equal("denied\n", bundle.Run().Output);
        bundle.Linux.Remove("resources");
        Assert.Equal("denied\n", bundle.Run().Output);
    }

    [Fact]
    public void A_process_that_exec_adds_is_under_the_same_rules()
    {
        using Bundle bundle = WithRules("mknod /tmp/d c 1 11; sleep 100", DenyAll);
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Outcome outcome = bundle.Exec("sh", "-c", "until test -c /tmp/d; do sleep 0.1; done; cat /tmp/d");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("Operation not permitted", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_version_1_is_as_short_as_the_rules()
    {
        Assert.SkipUnless(Groups.IsVersion1("devices"), "needs the devices controller of cgroup v1");
        using Bundle bundle = WithRules("true", DenyAll, """{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}""");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(
            ["c 1:11 r", "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:8 rwm", "c 1:7 rwm", "c 5:0 rwm", "c 1:5 rwm", "c 1:9 rwm", "c 136:* rwm", "c 5:2 rwm", "c 10:200 rwm"],
            Groups.Read(bundle, "devices", "devices.list").Split('\n'));
    }

    [Theory]
    [InlineData("""{"allow": true, "type": "x", "access": "r"}""")]
    [InlineData("""{"allow": true, "type": "c", "access": "q"}""")]
    public void A_rule_that_is_none_is_refused(string rule)
    {
        using Bundle bundle = WithRules("true", DenyAll, rule);
        Assert.NotEqual(0, bundle.Create().ExitCode);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    [Fact]
    public void A_file_system_on_a_block_device_is_mounted_although_the_container_may_not_open_it()
    {
        using var image = new LoopDevice();
        Assert.NotNull(image.Path);
        using Bundle bundle = WithRules($"cat /mnt/word; cat /tmp/loop | head -c 1", DenyAll).Mount("/mnt", "ext4", image.Path, "ro");
        bundle.Command($"cat /mnt/word; mknod /tmp/loop b {image.Numbers} && (: </tmp/loop) 2>/dev/null || echo denied");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.Output == "hello\ndenied\n", outcome.ToString());
    }

    [Theory]
    [InlineData("denied\n", DenyAll)]
    [InlineData("denied\n")]
    [InlineData("reads\n", DenyAll, KmsgReads)]
    [InlineData("writes\n", DenyAll, """{"allow": true, "type": "c", "major": 1, "access": "w"}""")]
    [InlineData("reads\nwrites\n", DenyAll, """{"allow": true, "access": "rwm"}""")]
    [InlineData("reads\n", """{"allow": true, "access": "rwm"}""", """{"allow": false, "type": "c", "major": 1, "minor": 11, "access": "w"}""")]
    [InlineData("reads\nwrites\n", DenyAll, KmsgReads, """{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "w"}""", """{"allow": false, "type": "b", "major": 1, "minor": 11, "access": "rw"}""")]
    [InlineData("denied\n", DenyAll, KmsgReads, """{"allow": false, "type": "c", "minor": 11, "access": "rw"}""")]
    public void On_version_2_a_program_decides_the_same(string expected, params string[] rules)
    {
        using Bundle bundle = WithRules(
            "mknod /tmp/d c 1 11 && : >/dev/null && head -c 1 /dev/zero >/dev/null; x=denied; (: </tmp/d) 2>/dev/null && x= && echo reads; (: >/tmp/d) 2>/dev/null && x= && echo writes; test -z $x || echo $x",
            rules).Write();
        // A mount namespace in which /sys/fs/cgroup is cgroup2 alone: the machine's own mounts stay as they are.
        const string Script = "mount --make-rprivate / && { ! mountpoint -q /sys/fs/cgroup || umount -l -R /sys/fs/cgroup; } && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec \"$0\" \"$@\"";
        Outcome outcome = RideauProgram.Execute("unshare", ["-m", "sh", "-c", Script, RideauProgram.Path, "--root", bundle.Root, "run", "--bundle", bundle.Directory, bundle.Name]);
        Assert.True(outcome.Output == expected, outcome.ToString());
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    private static Bundle WithRules(string command, params string[] rules)
    {
        var bundle = new Bundle(command);
        bundle.Linux["resources"] = new JsonObject { ["devices"] = new JsonArray([.. rules.Select(rule => JsonNode.Parse(rule))]) };
        bundle.Process["capabilities"] = JsonNode.Parse("""{"bounding": ["CAP_MKNOD", "CAP_SYSLOG"], "effective": ["CAP_MKNOD", "CAP_SYSLOG"], "permitted": ["CAP_MKNOD", "CAP_SYSLOG"]}""");
        return bundle;
    }
}
