using Rideau.Runtime.Cgroups;
using Xunit;

namespace Rideau.UnitTests.Cgroups;

/// <summary>What takes a write to a cgroup's file back, also for files that this machine does not have.</summary>
public sealed class PreviousValueTests
{
    [Theory]
    [InlineData("cpu.shares", "512\n", "256", "512")]
    [InlineData("cpu.max", "max 100000\n", "50000 100000", "max 100000")]
    [InlineData("cpuset.cpus", "\n", "0", null)]
    [InlineData("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "1", "0")]
    [InlineData("io.weight", "default 100\n8:0 50\n", "200", "default 100")]
    [InlineData("io.weight", "default 100\n8:0 50\n", "8:0 70", "8:0 50")]
    [InlineData("io.weight", "default 100\n8:0 50\n", "8:16 70", "8:16 default")]
    [InlineData("io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n", "8:0 wbps=5", "8:0 rbps=1 wbps=max riops=max wiops=max")]
    [InlineData("io.max", "8:16 rbps=1 wbps=max riops=max wiops=max\n", "8:1 wbps=5", "8:1 rbps=max wbps=max riops=max wiops=max")]
    [InlineData("blkio.throttle.read_bps_device", "8:0 1048576\n", "8:0 5", "8:0 1048576")]
    [InlineData("blkio.throttle.read_bps_device", "", "8:0 5", "8:0 0")]
    [InlineData("rdma.max", "mlx5_0 hca_handle=2 hca_object=max\n", "mlx5_0 hca_handle=9", "mlx5_0 hca_handle=2 hca_object=max")]
    [InlineData("io.latency", "", "8:0 target=10", null)]
    public void The_former_value_is_found(string file, string text, string value, string? former) =>
        Assert.Equal(former, PreviousValue.Of(file, text, value));
}
