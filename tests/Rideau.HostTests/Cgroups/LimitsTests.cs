using System;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>linux.resources as the kernel has taken it, and as the processes inside feel it.</summary>
public sealed class LimitsTests
{
    [Fact]
    public void Limits_of_memory_are_in_the_groups_files()
    {
        using Bundle bundle = Created("""{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728}}""");
        if (Groups.IsVersion1("memory"))
        {
            Assert.Equal("67108864", Groups.Read(bundle, "memory", "memory.limit_in_bytes"));
            Assert.Equal("33554432", Groups.Read(bundle, "memory", "memory.soft_limit_in_bytes"));
            Assert.Equal("134217728", Groups.Read(bundle, "memory", "memory.memsw.limit_in_bytes"));
        }
        else
        {
            Assert.Equal("67108864", Groups.Read(bundle, "memory", "memory.max"));
            Assert.Equal("33554432", Groups.Read(bundle, "memory", "memory.low"));
            Assert.Equal("67108864", Groups.Read(bundle, "memory", "memory.swap.max"));
        }
    }

    [Fact]
    public void Swappiness_and_the_oom_killers_switch_are_those_of_version_1()
    {
        Assert.SkipUnless(Groups.IsVersion1("memory"), "cgroup v2 has neither");
        using Bundle bundle = Created("""{"memory": {"limit": 67108864, "swappiness": 7, "disableOOMKiller": true}}""");
        Assert.Equal("7", Groups.Read(bundle, "memory", "memory.swappiness"));
        Assert.Contains("oom_kill_disable 1", Groups.Read(bundle, "memory", "memory.oom_control"), StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_quota_period_burst_and_idle_are_in_the_groups_files()
    {
        using Bundle bundle = Created("""{"cpu": {"shares": 512, "quota": 50000, "period": 200000, "burst": 10000}}""");
        if (Groups.IsVersion1("cpu"))
        {
            Assert.Equal("512", Groups.Read(bundle, "cpu", "cpu.shares"));
            Assert.Equal("50000", Groups.Read(bundle, "cpu", "cpu.cfs_quota_us"));
            Assert.Equal("200000", Groups.Read(bundle, "cpu", "cpu.cfs_period_us"));
            Assert.Equal("10000", Groups.Read(bundle, "cpu", "cpu.cfs_burst_us"));
        }
        else
        {
            Assert.Equal("59", Groups.Read(bundle, "cpu", "cpu.weight"));
            Assert.Equal("50000 200000", Groups.Read(bundle, "cpu", "cpu.max"));
            Assert.Equal("10000", Groups.Read(bundle, "cpu", "cpu.max.burst"));
        }

        using Bundle idle = Created("""{"cpu": {"idle": 1}}""");
        Assert.Equal("1", Groups.Read(idle, "cpu", "cpu.idle"));
    }

    [Fact]
    public void Cpus_and_memory_nodes_are_those_of_the_configuration_outside_and_inside()
    {
        using Bundle bundle = new Bundle("grep _allowed_list: /proc/self/status | tr -d '\\t'").With(WithResources("""{"cpu": {"cpus": "0", "mems": "0"}}"""));
        Outcome outcome = bundle.Run();
        Assert.Equal("Cpus_allowed_list:0\nMems_allowed_list:0\n", outcome.Output);
        using Bundle created = Created("""{"cpu": {"cpus": "0", "mems": "0"}}""");
        Assert.Equal("0", Groups.Read(created, "cpuset", "cpuset.cpus"));
        Assert.Equal("0", Groups.Read(created, "cpuset", "cpuset.mems"));
    }

    [Fact]
    public void A_process_that_takes_more_memory_than_allowed_is_killed()
    {
        using var bundle = new Bundle("tail /dev/zero");
        bundle.With(WithResources("""{"memory": {"limit": 20971520, "swap": 20971520}}"""));
        bundle.Process["args"] = new JsonArray("tail", "/dev/zero");
        Outcome outcome = bundle.Run();
        Assert.Equal((137, false), (outcome.ExitCode, outcome.TimedOut));
    }

    [Fact]
    public void More_processes_than_allowed_are_refused_with_EAGAIN()
    {
        using var bundle = new Bundle("sleep 20 & sleep 20 & sleep 20 & sleep 20 & sleep 20 & sleep 20 & echo all");
        bundle.With(WithResources("""{"pids": {"limit": 5}}"""));
        Outcome outcome = bundle.Run();
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("Resource temporarily unavailable", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("all", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(77, "77")]
    [InlineData(0, "1")]
    [InlineData(-1, "max")]
    public void The_number_of_processes_is_in_the_groups_file(int limit, string shown)
    {
        using var bundle = new Bundle();
        bundle.With(WithResources($$"""{"pids": {"limit": {{limit}} } }"""));
        Outcome created = bundle.Create();
        Assert.True(created.ExitCode == 0, created.ToString());
        Assert.Equal(shown, Groups.Read(bundle, "pids", "pids.max"));
    }

    [Fact]
    public void Throttles_of_block_devices_are_in_the_groups_files()
    {
        string device = RideauProgram.Shell("cat /sys/block/*/dev | head -n 1").Output.Trim();
        Assert.SkipUnless(device.Length > 0, "needs a block device");
        string[] numbers = device.Split(':');
        string one = $$"""[{"major": {{numbers[0]}}, "minor": {{numbers[1]}}, "rate": 1048576}]""";
        using Bundle bundle = Created($$"""{"blockIO": {"throttleReadBpsDevice": {{one}}, "throttleWriteIOPSDevice": {{one}} } }""");
        if (Groups.IsVersion1("blkio"))
        {
            Assert.Equal($"{device} 1048576", Groups.Read(bundle, "blkio", "blkio.throttle.read_bps_device"));
            Assert.Equal($"{device} 1048576", Groups.Read(bundle, "blkio", "blkio.throttle.write_iops_device"));
        }
        else
        {
            Assert.Equal($"{device} rbps=1048576 wbps=max riops=max wiops=1048576", Groups.Read(bundle, "io", "io.max"));
        }
    }

    [Fact]
    public void Huge_pages_are_limited_where_a_hierarchy_has_them()
    {
        string file = Groups.Directory("hugetlb", "").StartsWith(Groups.Layout.Unified?.MountPoint ?? "-", StringComparison.Ordinal) ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes";
        using var bundle = new Bundle().With(WithResources("""{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}"""));
        Outcome created = bundle.Create();
        Assert.True(created.ExitCode == 0, created.ToString());
        Assert.Equal("4194304", Groups.Read(bundle, "hugetlb", file));
    }

    [Theory]
    [InlineData("""{"network": {"classID": 1048577}}""", "net_cls")]
    [InlineData("""{"network": {"priorities": [{"name": "lo", "priority": 5}]}}""", "net_prio")]
    [InlineData("""{"rdma": {"mlx5_0": {"hcaHandles": 3}}}""", "rdma")]
    public void A_controller_that_is_missing_is_named_and_nothing_is_left(string resources, string controller)
    {
        Assert.SkipWhen(Groups.IsVersion1(controller), $"this machine has {controller}");
        using var bundle = new Bundle().With(WithResources(resources));
        Outcome created = bundle.Create();
        Assert.Equal(1, created.ExitCode);
        Assert.Contains(controller, created.Error, StringComparison.Ordinal);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void Unified_needs_version_2_alone()
    {
        using var bundle = new Bundle().With(WithResources("""{"unified": {"memory.high": "67108864", "cgroup.max.depth": "9"}}"""));
        Outcome created = bundle.Create();
        if (Groups.Layout.Driver == "v2")
        {
            Assert.Equal(0, created.ExitCode);
            Assert.Equal("67108864", Groups.Read(bundle, "memory", "memory.high"));
            Assert.Equal("9", Groups.Read(bundle, "memory", "cgroup.max.depth"));
        }
        else
        {
            Assert.Equal(1, created.ExitCode);
            Assert.Contains("unified", created.Error, StringComparison.Ordinal);
            Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
        }
    }

    [Fact]
    public void A_value_that_the_kernel_refuses_is_said_with_its_file()
    {
        using var bundle = new Bundle().With(WithResources("""{"cpu": {"cpus": "4000"}}"""));
        Outcome created = bundle.Create();
        Assert.Equal(1, created.ExitCode);
        Assert.Contains("cpuset.cpus", created.Error, StringComparison.Ordinal);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    private static Bundle Created(string resources)
    {
        Bundle bundle = new Bundle().With(WithResources(resources));
        Outcome created = bundle.Create();
        if (created.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(created.ToString());
        }

        return bundle;
    }

    private static Action<JsonObject> WithResources(string resources) => configuration => configuration["linux"]!["resources"] = JsonNode.Parse(resources);
}
