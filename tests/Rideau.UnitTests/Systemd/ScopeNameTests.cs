using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.Runtime;
using Rideau.Runtime.Spec;
using Rideau.Runtime.Systemd;
using Xunit;

namespace Rideau.UnitTests.Systemd;

public sealed class ScopeNameTests
{
    [Theory]
    [InlineData(null, false, "/system.slice/rideau-a.b_c.scope")]
    [InlineData("", true, "/user.slice/rideau-a.b_c.scope")]
    [InlineData("machine.slice:libpod:web", false, "/machine.slice/libpod-web.scope")]
    [InlineData(":libpod:web", false, "/system.slice/libpod-web.scope")]
    [InlineData(":libpod:web", true, "/user.slice/libpod-web.scope")]
    [InlineData("a-b-c.slice:docker:1", false, "/a.slice/a-b.slice/a-b-c.slice/docker-1.scope")]
    [InlineData("-:docker:1", false, "/docker-1.scope")]
    [InlineData("-.slice:docker:1", false, "/docker-1.scope")]
    [InlineData("system.slice::1", false, "/system.slice/-1.scope")]
    [InlineData("system.slice:cpu.x:1", false, "/system.slice/_cpu.x-1.scope")]
    [InlineData("kubepods-burstable-pod1_2.slice:cri-containerd:9", false, "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-9.scope")]
    public void The_group_is_where_systemd_puts_it(string? path, bool user, string expected) =>
        Assert.Equal(expected, ScopeName.Parse(path, "a.b_c", user).GroupPath);

    [Fact]
    public void A_plus_in_an_id_is_written_as_systemd_writes_it() => Assert.Equal("rideau-a\\x2bb.scope", ScopeName.Parse(null, "a+b", user: false).Unit);

    [Theory]
    [InlineData("/system.slice/web", "slice:prefix:name")]
    [InlineData("a:b:c:d", "slice:prefix:name")]
    [InlineData("system.slice:docker:", "name of a unit")]
    [InlineData("system.slice:a/b:c", "name of a unit")]
    [InlineData("system.slice:a b:c", "name of a unit")]
    [InlineData("system:docker:1", "name of a slice")]
    [InlineData("a--b.slice:docker:1", "name of a slice")]
    [InlineData("-a.slice:docker:1", "name of a slice")]
    [InlineData("a/b.slice:docker:1", "name of a slice")]
    [InlineData("../b.slice:docker:1", "name of a slice")]
    [InlineData(".slice:docker:1", "name of a slice")]
    [InlineData("system.slice:docker:pod.slice", "holds no processes")]
    public void What_is_no_name_is_refused(string path, string says)
    {
        var failure = Assert.Throws<ContainerException>(() => ScopeName.Parse(path, "web", user: false));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Hint);
    }

    [Theory]
    [InlineData("unix:path=/run/user/1000/bus", "/run/user/1000/bus")]
    [InlineData("unix:guid=1,path=/a%20b", "/a b")]
    [InlineData("unix:abstract=/x;tcp:host=a;unix:path=/b", "/b")]
    [InlineData("unix:path=relative;unix:path=/%zz", "")]
    public void Addresses_of_a_bus_are_read(string address, string expected) => Assert.Equal(expected, string.Join(' ', BusAddress.Paths(address)));

    [Theory]
    [InlineData("TimeoutStopUSec", "uint64 123456789", "TimeoutStopUSec")]
    [InlineData("TimeoutStopSec", "1.5", "TimeoutStopUSec")]
    [InlineData("CollectMode", "'inactive-or-failed'", "CollectMode")]
    [InlineData("After", "['a.service', \"b.service\"]", "After")]
    [InlineData("SendSIGHUP", "true", "SendSIGHUP")]
    [InlineData("KillSignal", "15", "KillSignal")]
    public void Annotations_become_properties(string name, string value, string property)
    {
        var properties = new UnitProperties();
        PropertyAnnotations.Add(properties, new Dictionary<string, string> { ["org.systemd.property." + name] = value, ["other"] = "x" });
        Assert.Equal([property], properties.Names);
    }

    [Theory]
    [InlineData("SuccessAction", "'poweroff-force'", "not among the properties")] // CVE-2024-3154
    [InlineData("FailureAction", "'reboot'", "not among the properties")]
    [InlineData("Wants", "['poweroff.target']", "not among the properties")]
    [InlineData("OnFailure", "['poweroff.target']", "not among the properties")]
    [InlineData("Conflicts", "['sshd.service']", "not among the properties")]
    [InlineData("Slice", "'system.slice'", "not among the properties")]
    [InlineData("PIDs", "[1]", "not among the properties")]
    [InlineData("DevicePolicy", "'auto'", "not among the properties")]
    [InlineData("CPUWeight", "lots", "no value")]
    [InlineData("CPUWeight", "uint64 -1", "no value")]
    [InlineData("CollectMode", "'a\\'b'", "no value")]
    [InlineData("After", "['a', b]", "no list")]
    public void Annotations_that_reach_beyond_the_container_are_refused(string name, string value, string says)
    {
        var failure = Assert.Throws<ContainerException>(() => PropertyAnnotations.Add(new UnitProperties(), new Dictionary<string, string> { ["org.systemd.property." + name] = value }));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50_000, 100_000UL, 50_000)]
    [InlineData(12_345, 100_000UL, 13_000)]
    [InlineData(1_000, 1_000_000UL, 10_000)]
    [InlineData(-1, 100_000UL, -1)]
    public void A_quota_is_made_whole_percents(long quota, ulong period, long expected)
    {
        var cpu = new CpuResources { Quota = quota, Period = period };
        ResourceProperties.RoundQuota(cpu);
        Assert.Equal(expected, cpu.Quota);
    }

    [Fact]
    public void Resources_become_properties()
    {
        var resources = new Resources
        {
            Memory = new MemoryResources { Limit = 1 << 20, Reservation = 1 << 19, Swap = 2 << 20 },
            Cpu = new CpuResources { Shares = 512, Quota = 50000, Period = 100000, Cpus = "0-1", Mems = "0" },
            Pids = new PidsResources(10),
            BlockIo = new BlockIoResources { Weight = 500, ThrottleReadBpsDevice = [new ThrottleDevice(8, 0, 1000)] },
            Unified = { ["memory.high"] = "max", ["io.weight"] = "default 50", ["memory.oom.group"] = "1", ["hugetlb.2MB.max"] = "0" },
        };
        var properties = new UnitProperties();
        new ResourceProperties(properties, systemdVersion: 257).Add(resources);
        Assert.Equal(
            ["MemoryMax", "MemoryLow", "MemorySwapMax", "CPUWeight", "CPUQuotaPeriodUSec", "CPUQuotaPerSecUSec", "AllowedCPUs", "AllowedMemoryNodes", "TasksMax", "IOWeight", "IOReadBandwidthMax", "MemoryHigh", "IOWeight"],
            properties.Names.ToArray());
    }
}
