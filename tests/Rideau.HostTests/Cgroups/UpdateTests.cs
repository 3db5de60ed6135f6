using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>update: the kernel's files and the record after it, from options and from JSON, and after a failure half way.</summary>
public sealed class UpdateTests
{
    [Fact]
    public void Options_change_the_groups_files_and_leave_the_rest()
    {
        using Bundle bundle = Running("""{"cpu": {"shares": 512, "quota": 50000, "period": 200000}, "memory": {"limit": 67108864}, "pids": {"limit": 20}}""");
        Succeeds(bundle.Rideau("update", "--cpu-share", "256", "--pids-limit", "33", bundle.Name));
        if (Groups.IsVersion1("cpu"))
        {
            Assert.Equal("256", Groups.Read(bundle, "cpu", "cpu.shares"));
            Assert.Equal("50000", Groups.Read(bundle, "cpu", "cpu.cfs_quota_us"));
        }
        else
        {
            Assert.Equal("50000 200000", Groups.Read(bundle, "cpu", "cpu.max"));
        }

        Assert.Equal("33", Groups.Read(bundle, "pids", "pids.max"));
        Assert.Equal("67108864", MemoryLimit(bundle));
        // The period alone keeps the quota, the quota alone the period.
        Succeeds(bundle.Rideau("update", "--cpu-period", "100000", bundle.Name));
        Succeeds(bundle.Rideau("update", "--cpu-quota", "30000", "--cpu-burst", "1000", bundle.Name));
        Assert.Equal(
            Groups.IsVersion1("cpu") ? ("30000", "100000", "1000") : ("30000 100000", "30000 100000", "1000"),
            Groups.IsVersion1("cpu")
                ? (Groups.Read(bundle, "cpu", "cpu.cfs_quota_us"), Groups.Read(bundle, "cpu", "cpu.cfs_period_us"), Groups.Read(bundle, "cpu", "cpu.cfs_burst_us"))
                : (Groups.Read(bundle, "cpu", "cpu.max"), Groups.Read(bundle, "cpu", "cpu.max"), Groups.Read(bundle, "cpu", "cpu.max.burst")));
        Succeeds(bundle.Rideau("update", "--cpuset-cpus", "0", "--cpuset-mems", "0", "--cpu-idle", "1", bundle.Name));
        Assert.Equal("0", Groups.Read(bundle, "cpuset", "cpuset.cpus"));
        Assert.Equal("1", Groups.Read(bundle, "cpu", "cpu.idle"));
    }

    [Theory]
    [InlineData("64m", "67108864")]
    [InlineData("65536k", "67108864")]
    [InlineData("0.0625GiB", "67108864")]
    [InlineData("64 MB", "67108864")]
    [InlineData("67108864", "67108864")]
    [InlineData("67108864b", "67108864")]
    public void A_size_can_have_a_unit(string size, string bytes)
    {
        using Bundle bundle = Running("""{"memory": {"limit": 33554432}}""");
        Succeeds(bundle.Rideau("update", "--memory", size, bundle.Name));
        Assert.Equal(bytes, MemoryLimit(bundle));
    }

    [Fact]
    public void Memory_and_swap_are_written_in_the_order_that_the_kernel_accepts()
    {
        using Bundle bundle = Running("""{"memory": {"limit": 33554432, "swap": 33554432}}""");
        // Up: memory may never be above memory and swap; down: the other way round.
        foreach (string size in new[] { "96m", "40m", "128m", "-1", "64m" })
        {
            Succeeds(bundle.Rideau("update", "--memory", size, "--memory-swap", size, bundle.Name));
        }

        Assert.Equal("67108864", MemoryLimit(bundle));
        Succeeds(bundle.Rideau("update", "--memory-swap", "96m", "--memory-reservation", "16m", bundle.Name));
        bool version1 = Groups.IsVersion1("memory");
        Assert.Equal(version1 ? "100663296" : "33554432", Groups.Read(bundle, "memory", version1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max"));
        Assert.Equal("16777216", Groups.Read(bundle, "memory", version1 ? "memory.soft_limit_in_bytes" : "memory.low"));
        // No limit of memory is none of memory and swap.
        Succeeds(bundle.Rideau("update", "--memory", "-1", bundle.Name));
        Assert.Equal(version1 ? "9223372036854771712" : "max", Groups.Read(bundle, "memory", version1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max"));
    }

    [Fact]
    public void A_limit_below_what_is_in_use_is_refused_and_nothing_has_changed()
    {
        Assert.SkipUnless(Groups.IsVersion1("memory"), "cgroup v2 reclaims and kills instead");
        using Bundle bundle = Running("""{"memory": {"limit": 67108864}, "pids": {"limit": 20}}""");
        PauseTests.Fails(bundle.Rideau("update", "--pids-limit", "30", "--memory", "4096", bundle.Name), "unable to set memory limit to 4096 (current usage: ");
        Assert.Equal("67108864", MemoryLimit(bundle));
        Assert.Equal("20", Groups.Read(bundle, "pids", "pids.max"));
    }

    [Fact]
    public void Check_before_update_refuses_before_anything_is_written()
    {
        using Bundle bundle = Running("""{"memory": {"limit": 67108864}}""");
        Outcome outcome = FromInput(bundle, """{"memory": {"limit": 4096, "checkBeforeUpdate": true}}""");
        PauseTests.Fails(outcome, "rejecting memory limit 4096");
        Assert.Equal("67108864", MemoryLimit(bundle));
    }

    [Fact]
    public void What_fails_half_way_is_set_back()
    {
        using Bundle bundle = Running("""{"cpu": {"shares": 512}, "memory": {"limit": 67108864, "swap": 100663296}, "pids": {"limit": 20}}""");
        string configuration = File.ReadAllText(Path.Combine(bundle.Root, bundle.Name, "config.json"));
        // The last that is written is the one that the kernel refuses.
        PauseTests.Fails(bundle.Rideau("update", "--pids-limit", "44", "--memory", "80m", "--memory-swap", "120m", "--cpu-share", "99", "--cpu-period", "50000", "--cpu-quota", "20000", "--cpuset-cpus", "4000", bundle.Name), "cpuset.cpus");
        Assert.Equal("20", Groups.Read(bundle, "pids", "pids.max"));
        Assert.Equal("67108864", MemoryLimit(bundle));
        if (Groups.IsVersion1("memory"))
        {
            Assert.Equal("100663296", Groups.Read(bundle, "memory", "memory.memsw.limit_in_bytes"));
        }

        Assert.Equal(Groups.IsVersion1("cpu") ? "512" : "59", Groups.Read(bundle, "cpu", Groups.IsVersion1("cpu") ? "cpu.shares" : "cpu.weight"));
        Assert.Equal(Groups.IsVersion1("cpu") ? "-1" : "max 100000", Groups.Read(bundle, "cpu", Groups.IsVersion1("cpu") ? "cpu.cfs_quota_us" : "cpu.max"));
        Assert.Equal(configuration, File.ReadAllText(Path.Combine(bundle.Root, bundle.Name, "config.json")));
    }

    [Fact]
    public void The_record_has_what_was_changed_and_what_was_not()
    {
        using Bundle bundle = Running("""{"cpu": {"shares": 512}, "pids": {"limit": 20}}""");
        Succeeds(FromInput(bundle, """{"cpu": {"quota": 40000}, "memory": {"limit": 67108864}, "unknown": 1}"""));
        JsonNode resources = JsonNode.Parse(File.ReadAllText(Path.Combine(bundle.Root, bundle.Name, "config.json")))!["linux"]!["resources"]!;
        Assert.Equal((512, 40000, 67108864, 20), ((int)resources["cpu"]!["shares"]!, (int)resources["cpu"]!["quota"]!, (int)resources["memory"]!["limit"]!, (int)resources["pids"]!["limit"]!));
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void A_file_of_limits_is_read_and_other_options_are_passed_over()
    {
        using Bundle bundle = Running("""{"pids": {"limit": 20}}""");
        string file = Path.Combine(bundle.Directory, "limits.json");
        File.WriteAllText(file, """{"pids": {"limit": 25}}""");
        Succeeds(bundle.Rideau("update", "-r", file, "--pids-limit", "30", bundle.Name));
        Assert.Equal("25", Groups.Read(bundle, "pids", "pids.max"));
        PauseTests.Fails(bundle.Rideau("update", "--resources", "/nowhere.json", bundle.Name), "open /nowhere.json: ");
        PauseTests.Fails(FromInput(bundle, """{"pids": """), "standard input");
        PauseTests.Fails(FromInput(bundle, """{"pids": {"limit": "many"}}"""), "pids.limit");
        Assert.Equal("25", Groups.Read(bundle, "pids", "pids.max"));
    }

    [Fact]
    public void Rules_for_devices_are_replaced_and_those_of_the_configuration_leave_others_alone()
    {
        const string Zero = """{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}""";
        using Bundle bundle = Running($$"""{"devices": [{"allow": false, "access": "rwm"}, {{Zero}}]}""");
        Assert.SkipUnless(Groups.IsVersion1("devices"), "the list of version 2 is a program: DeviceRulesTests");
        Assert.Contains("c 1:11 r\n", Groups.Read(bundle, "devices", "devices.list") + "\n", StringComparison.Ordinal);
        // Somebody else (a vendor's hook) allows a device; the same rules again leave it.
        File.WriteAllText(Groups.Directory("devices", Groups.PathOf(bundle)) + "/devices.allow", "c 10:229 rw");
        Succeeds(FromInput(bundle, $$"""{"devices": [{"allow": false, "access": "rwm"}, {{Zero}}]}"""));
        Assert.Contains("c 10:229 rw", Groups.Read(bundle, "devices", "devices.list"), StringComparison.Ordinal);
        Succeeds(FromInput(bundle, """{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": 7, "minor": 0, "access": "r"}]}"""));
        string list = Groups.Read(bundle, "devices", "devices.list");
        Assert.DoesNotContain("c 1:11", list, StringComparison.Ordinal);
        Assert.Contains("b 7:0 r", list, StringComparison.Ordinal);
        Assert.Contains("c 1:3 rwm", list, StringComparison.Ordinal);
        Assert.DoesNotContain("a *:*", list, StringComparison.Ordinal);
    }

    [Fact]
    public void Paused_and_created_containers_are_updated_and_stopped_ones_are_not()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        Succeeds(bundle.Rideau("update", "--pids-limit", "40", bundle.Name));
        Assert.Equal("40", Groups.Read(bundle, "pids", "pids.max"));
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Succeeds(bundle.Rideau("update", "--pids-limit", "41", bundle.Name));
        Assert.Equal("41", Groups.Read(bundle, "pids", "pids.max"));
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        PauseTests.Fails(bundle.Rideau("update", "--pids-limit", "42", bundle.Name), "container not running");
        PauseTests.Fails(bundle.Rideau("update", "--pids-limit", "42", "nobody"), "container does not exist");
    }

    [Theory]
    [InlineData("invalid value for memory: invalid suffix: 'x'", "--memory", "12x")]
    [InlineData("invalid value for memory-swap", "--memory-swap", "-5")]
    [InlineData("invalid value for cpu-period", "--cpu-period", "abc")]
    [InlineData("invalid value for cpu-share", "--cpu-share", "-1")]
    [InlineData("Intel RDT/CAT: l3 cache schema is not enabled", "--l3-cache-schema", "L3:0=f")]
    [InlineData("Intel RDT/MBA: memory bandwidth schema is not enabled", "--mem-bw-schema", "MB:0=20")]
    [InlineData("the minimum allowed cpu-shares is 2", "--cpu-share", "1")]
    public void A_wrong_value_is_said_in_the_fields_words(string words, string option, string value)
    {
        Assert.SkipWhen(Directory.Exists("/sys/fs/resctrl/info") && words.Contains("RDT", StringComparison.Ordinal), "this machine has resctrl");
        using Bundle bundle = Running("""{"cpu": {"shares": 512}, "memory": {"limit": 67108864}}""");
        Assert.SkipWhen(words.Contains("minimum", StringComparison.Ordinal) && !Groups.IsVersion1("cpu"), "cgroup v2 has weights");
        PauseTests.Fails(bundle.Rideau("update", option, value, bundle.Name), words);
    }

    [Fact]
    public void Kernel_memory_is_ignored_with_a_warning()
    {
        using Bundle bundle = Running("""{"memory": {"limit": 67108864}}""");
        Outcome outcome = bundle.Rideau("update", "--kernel-memory", "50m", bundle.Name);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("ignoring", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_is_raised_is_felt_inside()
    {
        using Bundle bundle = Running("""{"pids": {"limit": 2}}""");
        Assert.NotEqual(0, bundle.Exec("sh", "-c", "true & true & true & wait; sleep 0.1 & sleep 0.1 & sleep 0.1").ExitCode);
        Succeeds(bundle.Rideau("update", "--pids-limit", "30", bundle.Name));
        Succeeds(bundle.Exec("sh", "-c", "sleep 0.1 & sleep 0.1 & sleep 0.1"));
    }

    private static Bundle Running(string resources) => PauseTests.Running("sleep 100", resources);

    private static void Succeeds(Outcome outcome) => Assert.True(outcome.ExitCode == 0, outcome.ToString());

    private static string MemoryLimit(Bundle bundle) => Groups.Read(bundle, "memory", Groups.IsVersion1("memory") ? "memory.limit_in_bytes" : "memory.max");

    private static Outcome FromInput(Bundle bundle, string json) =>
        RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "update", "--resources", "-", bundle.Name], json);
}
