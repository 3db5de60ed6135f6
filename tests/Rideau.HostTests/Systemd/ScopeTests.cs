using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Systemd;

/// <summary>--systemd-cgroup, in the machine's manager.</summary>
public sealed class ScopeTests
{
    [Fact]
    public void The_container_is_a_scope_in_its_slice_and_is_gone_with_it()
    {
        using Bundle bundle = Started("sleep 100", "rideautest-inner.slice");
        string group = $"/rideautest.slice/rideautest-inner.slice/rideau-{bundle.Name}.scope";
        Assert.Equal($"0::{group}/container", Groups.OfProcess((int)bundle.State()["pid"]!).Single());
        Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
        Assert.Equal(("active", "running", group, "rideautest-inner.slice", "yes"), (unit["ActiveState"], unit["SubState"], unit["ControlGroup"], unit["Slice"], unit["Delegate"]));
        Outcome inside = bundle.Exec("cat", "/proc/self/cgroup");
        Assert.True(inside.Output == $"0::{group}/container\n", inside.ToString());
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Equal("not-found", SystemdMachine.Show(Unit(bundle))["LoadState"]);
        Assert.False(Directory.Exists("/sys/fs/cgroup" + group));
    }

    [Fact]
    public void Without_a_path_it_is_in_the_systems_slice_under_its_id()
    {
        using Bundle bundle = Prepare("cat /proc/self/cgroup", "");
        bundle.Linux.Remove("cgroupsPath");
        Outcome outcome = Run(bundle);
        Assert.True(outcome.Output == $"0::/system.slice/rideau-{bundle.Name}.scope/container\n", outcome.ToString());
    }

    [Fact]
    public void Limits_are_properties_and_files_also_after_a_daemon_reload()
    {
        const string Resources = """
            {"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728}, "pids": {"limit": 77},
             "cpu": {"shares": 512, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0", "mems": "0"}, "unified": {"memory.high": "60000000"}}
            """;
        using Bundle bundle = Started("sleep 100", "system.slice", Resources);
        for (int times = 0; times < 2; times++)
        {
            Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
            Assert.Equal(("67108864", "33554432", "67108864", "60000000", "77", "59"), (unit["MemoryMax"], unit["MemoryLow"], unit["MemorySwapMax"], unit["MemoryHigh"], unit["TasksMax"], unit["CPUWeight"]));
            Assert.Equal(("250ms", "200ms", "0", "0"), (unit["CPUQuotaPerSecUSec"], unit["CPUQuotaPeriodUSec"], unit["AllowedCPUs"], unit["AllowedMemoryNodes"]));
            foreach (string group in new[] { unit["ControlGroup"], unit["ControlGroup"] + "/container" })
            {
                string[] files = [.. new[] { "memory.max", "memory.low", "memory.swap.max", "memory.high", "pids.max", "cpu.weight", "cpu.max", "cpu.max.burst", "cpuset.cpus" }.Select(file => SystemdMachine.Read(group, file))];
                Assert.Equal(["67108864", "33554432", "67108864", "59998208", "77", "59", "50000 200000", "10000", "0"], files);
            }

            Assert.Equal(0, RideauProgram.Execute("/usr/bin/systemctl", ["daemon-reload"]).ExitCode);
        }
    }

    [Fact]
    public void Idle_is_a_weight_of_its_own()
    {
        using Bundle bundle = Started("sleep 100", "system.slice", """{"cpu": {"idle": 1}}""");
        Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
        Assert.Equal(("idle", "1"), (unit["CPUWeight"], SystemdMachine.Read(unit["ControlGroup"], "cpu.idle")));
    }

    [Fact]
    public void Rules_for_devices_hold_also_after_a_daemon_reload()
    {
        const string Resources = """{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}""";
        using Bundle bundle = Started("mknod /tmp/kmsg c 1 11; mknod /tmp/other c 10 235; sleep 100", "system.slice", Resources, """{"capabilities": {"bounding": ["CAP_MKNOD", "CAP_SYSLOG"], "effective": ["CAP_MKNOD", "CAP_SYSLOG"], "permitted": ["CAP_MKNOD", "CAP_SYSLOG"]}}""");
        Assert.True(SystemdMachine.Becomes(() => File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "other"))));
        const string Try = "exec 3</tmp/kmsg && echo reads; exec 3>/tmp/kmsg && echo writes";
        for (int times = 0; times < 2; times++)
        {
            Outcome allowed = bundle.Exec("sh", "-c", Try);
            Assert.Equal("reads\n", allowed.Output);
            Assert.Contains("Operation not permitted", allowed.Error, StringComparison.Ordinal);
            Assert.Contains("Operation not permitted", bundle.Exec("cat", "/tmp/other").Error, StringComparison.Ordinal);
            Assert.Equal(0, bundle.Exec("sh", "-c", "echo x >/dev/null && head -c 1 /dev/zero >/dev/null").ExitCode);
            Assert.Equal(0, RideauProgram.Execute("/usr/bin/systemctl", ["daemon-reload"]).ExitCode);
        }

        Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
        Assert.Equal("strict", unit["DevicePolicy"]);
        Assert.Contains("/dev/char/1:11 r", unit["DeviceAllow"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_changes_properties_files_and_rules_for_devices()
    {
        using Bundle bundle = Started("mknod /tmp/kmsg c 1 11; sleep 100", "system.slice", """{"memory": {"limit": 67108864}, "pids": {"limit": 50}, "devices": [{"allow": false, "access": "rwm"}]}""", """{"capabilities": {"bounding": ["CAP_MKNOD", "CAP_SYSLOG"], "effective": ["CAP_MKNOD", "CAP_SYSLOG"], "permitted": ["CAP_MKNOD", "CAP_SYSLOG"]}}""");
        string resources = Path.Combine(bundle.Directory, "update.json");
        File.WriteAllText(resources, """{"memory": {"limit": 100663296}, "cpu": {"quota": 12345, "period": 100000}, "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rw"}]}""");
        Assert.NotEqual(0, bundle.Exec("sh", "-c", "exec 3</tmp/kmsg").ExitCode);
        Outcome updated = bundle.Rideau("update", "--resources", resources, bundle.Name);
        Assert.True(updated.ExitCode == 0, updated.ToString());
        for (int times = 0; times < 2; times++)
        {
            Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
            Assert.Equal(("100663296", "50", "130ms"), (unit["MemoryMax"], unit["TasksMax"], unit["CPUQuotaPerSecUSec"]));
            foreach (string group in new[] { unit["ControlGroup"], unit["ControlGroup"] + "/container" })
            {
                Assert.Equal(("100663296", "50", "13000 100000"), (SystemdMachine.Read(group, "memory.max"), SystemdMachine.Read(group, "pids.max"), SystemdMachine.Read(group, "cpu.max")));
            }

            Outcome allowed = bundle.Exec("sh", "-c", "exec 3</tmp/kmsg");
            Assert.True(allowed.ExitCode == 0, allowed.ToString());
            Assert.Equal(0, RideauProgram.Execute("/usr/bin/systemctl", ["daemon-reload"]).ExitCode);
        }
    }

    [Fact]
    public void An_update_that_fails_halfway_is_set_back_in_both_groups()
    {
        using Bundle bundle = Started("sleep 100", "system.slice", """{"pids": {"limit": 50}, "memory": {"limit": 67108864}}""");
        string resources = Path.Combine(bundle.Directory, "update.json");
        File.WriteAllText(resources, """{"pids": {"limit": 60}, "memory": {"limit": 100663296}, "unified": {"memory.high": "nonsense"}}""");
        Outcome refused = bundle.Rideau("update", "--resources", resources, bundle.Name);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("memory.high", refused.Error, StringComparison.Ordinal);
        Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
        Assert.Equal(("50", "67108864"), (unit["TasksMax"], unit["MemoryMax"]));
        foreach (string group in new[] { unit["ControlGroup"], unit["ControlGroup"] + "/container" })
        {
            Assert.Equal(("50", "67108864"), (SystemdMachine.Read(group, "pids.max"), SystemdMachine.Read(group, "memory.max")));
        }
    }

    [Fact]
    public void Annotations_are_properties_of_the_scope()
    {
        using Bundle bundle = Prepare("sleep 100", "system.slice").With("""{"annotations": {"org.systemd.property.TimeoutStopSec": "123", "org.systemd.property.CollectMode": "'inactive-or-failed'", "org.systemd.property.Description": "'a test'"}}""");
        Start(bundle);
        Dictionary<string, string> unit = SystemdMachine.Show(Unit(bundle));
        Assert.Equal(("2min 3s", "inactive-or-failed", "a test"), (unit["TimeoutStopUSec"], unit["CollectMode"], unit["Description"]));
    }

    [Theory]
    [InlineData("payload", "/payload")]
    [InlineData("_payload", "/_payload")]
    [InlineData("", "")]
    public void An_annotation_names_the_containers_group_in_the_scope(string name, string below)
    {
        using Bundle bundle = Prepare("sleep 100", "system.slice", """{"pids": {"limit": 40}, "unified": {"cgroup.max.descendants": "3"}}""").With($$"""{"annotations": {"run.oci.systemd.subgroup": "{{name}}"} }""");
        Start(bundle);
        string scope = $"/system.slice/{Unit(bundle)}", group = scope + below;
        Assert.Equal("0::" + group, Groups.OfProcess((int)bundle.State()["pid"]!).Single());
        Assert.Equal(("40", "3"), (SystemdMachine.Read(group, "pids.max"), SystemdMachine.Read(group, "cgroup.max.descendants")));
        // What is said of the group's own form is not said of the scope.
        Assert.Equal(name.Length == 0 ? "3" : "max", SystemdMachine.Read(scope, "cgroup.max.descendants"));
        Assert.Equal($"0::{group}\n", bundle.Exec("cat", "/proc/self/cgroup").Output);
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Assert.Equal("paused", (string?)bundle.State()["status"]);
        Assert.Equal("1", SystemdMachine.Read(group, "cgroup.freeze"));
        Assert.Equal(0, bundle.Rideau("resume", bundle.Name).ExitCode);
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.False(Directory.Exists("/sys/fs/cgroup" + scope));
    }

    [Fact]
    public void The_container_divides_its_group_and_exec_follows_its_init()
    {
        using Bundle bundle = Started("mkdir /sys/fs/cgroup/own && echo 1 >/sys/fs/cgroup/own/cgroup.procs && echo +pids >/sys/fs/cgroup/cgroup.subtree_control && touch /tmp/divided; sleep 100", "system.slice", prepare: static bundle => bundle.Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw"));
        Assert.True(SystemdMachine.Becomes(() => File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "divided"))));
        string group = $"0::/system.slice/{Unit(bundle)}/container/own";
        Assert.Equal(group, Groups.OfProcess((int)bundle.State()["pid"]!).Single());
        Assert.Equal("0::/own\n", bundle.Exec("cat", "/proc/self/cgroup").Output);
    }

    [Theory]
    [InlineData("run.oci.systemd.subgroup", "a/b", "is no name of a group inside the scope")]
    [InlineData("run.oci.systemd.subgroup", "..", "is no name of a group inside the scope")]
    [InlineData("run.oci.systemd.subgroup", "cgroup.procs", "is no name of a group inside the scope")]
    [InlineData("org.systemd.property.SuccessAction", "'poweroff'", "not among the properties")]
    [InlineData("org.systemd.property.CollectMode", "'no-such-mode'", "systemd says")]
    public void An_annotation_that_is_refused_leaves_nothing(string name, string value, string says)
    {
        using Bundle bundle = Prepare("true", "system.slice").With($$"""{"annotations": {"{{name}}": "{{value}}"} }""");
        Outcome outcome = Run(bundle);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(says, outcome.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
        Assert.Equal("not-found", SystemdMachine.Show(Unit(bundle))["LoadState"]);
    }

    [Fact]
    public void A_name_that_is_taken_is_said_and_its_owner_is_left_alone()
    {
        using Bundle first = Started("sleep 100", "system.slice");
        using Bundle second = Prepare("true", "system.slice");
        second.Linux["cgroupsPath"] = (string)first.Linux["cgroupsPath"]!;
        Outcome refused = Run(second);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("container's cgroup is not empty", refused.Error, StringComparison.Ordinal);
        Assert.Equal("running", (string?)first.State()["status"]);
        Assert.Equal("active", SystemdMachine.Show(Unit(first))["ActiveState"]);
    }

    [Fact]
    public void A_container_that_cannot_be_made_leaves_no_scope()
    {
        using Bundle bundle = Prepare("true", "system.slice").With(configuration => configuration["process"]!["args"] = new JsonArray("no-such-program"));
        Assert.Equal(1, Run(bundle).ExitCode);
        Assert.Equal("not-found", SystemdMachine.Show(Unit(bundle))["LoadState"]);
        Assert.False(Directory.Exists($"/sys/fs/cgroup/system.slice/{Unit(bundle)}"));
    }

    [Fact]
    public void A_path_as_of_the_other_driver_is_refused()
    {
        using Bundle bundle = Prepare("true", "");
        bundle.Linux["cgroupsPath"] = "/system.slice/web";
        Outcome outcome = Run(bundle);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("slice:prefix:name", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scope_whose_last_process_has_ended_is_gone_by_itself_and_delete_finds_nothing_to_do()
    {
        using Bundle bundle = Started("sleep 1", "system.slice");
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.True(SystemdMachine.Becomes(() => SystemdMachine.Show(Unit(bundle))["LoadState"] == "not-found"));
        Outcome deleted = bundle.Delete(force: false);
        Assert.True(deleted.ExitCode == 0, deleted.ToString());
    }

    [Fact]
    public void A_scope_that_is_stopped_by_systemd_ends_the_container()
    {
        using Bundle bundle = Started("trap 'exit 0' TERM; while :; do sleep 1; done", "system.slice");
        Assert.Equal(0, RideauProgram.Execute("/usr/bin/systemctl", ["stop", Unit(bundle)]).ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
    }

    private static string Unit(Bundle bundle) => $"rideau-{bundle.Name}.scope";

    private static Bundle Prepare(string command, string slice, string? resources = null, string? process = null)
    {
        SystemdMachine.Require();
        var bundle = new Bundle(command);
        bundle.Linux["cgroupsPath"] = $"{slice}:rideau:{bundle.Name}";
        if (resources is not null)
        {
            bundle.Linux["resources"] = JsonNode.Parse(resources);
        }

        return process is null ? bundle : bundle.WithProcess(process);
    }

    private static Bundle Started(string command, string slice, string? resources = null, string? process = null, Action<Bundle>? prepare = null)
    {
        Bundle bundle = Prepare(command, slice, resources, process);
        prepare?.Invoke(bundle);
        Start(bundle);
        return bundle;
    }

    private static void Start(Bundle bundle)
    {
        bundle.Write();
        Outcome outcome = bundle.Detached($"--systemd-cgroup run --detach --bundle '{bundle.Directory}' {bundle.Name}");
        if (outcome.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(outcome.ToString());
        }
    }

    private static Outcome Run(Bundle bundle)
    {
        bundle.Write();
        return bundle.Rideau("--systemd-cgroup", "run", "--bundle", bundle.Directory, bundle.Name);
    }
}
