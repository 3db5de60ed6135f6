using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>events: the numbers are the kernel's, the shape is the field's, and the stream ends with the container.</summary>
public sealed class EventsTests
{
    [Fact]
    public void One_line_of_statistics_has_what_the_groups_count()
    {
        using Bundle bundle = PauseTests.Running("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 100", """{"memory": {"limit": 67108864}, "pids": {"limit": 20}}""");
        Assert.True(PauseTests.Waits(() => bundle.Rideau("ps", bundle.Name).Output.Contains("sleep 100", StringComparison.Ordinal)));
        JsonNode data = Statistics(bundle);
        Assert.Equal(
            ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces"],
            data.AsObject().Select(member => member.Key));
        Assert.Equal(20UL, (ulong)data["pids"]!["limit"]!);
        Assert.Equal(67108864UL, (ulong)data["memory"]!["usage"]!["limit"]!);
        Assert.InRange((ulong)data["cpu"]!["usage"]!["total"]!, 1_000_000UL, 30_000_000_000UL);
        Assert.InRange((ulong)data["memory"]!["usage"]!["usage"]!, 4096UL, 67108864UL);
        Assert.True(data["memory"]!["raw"]!.AsObject().Count > 10);
        if (Groups.IsVersion1("cpuacct"))
        {
            Assert.Equal(File.ReadAllText(Groups.Directory("cpuacct", Groups.PathOf(bundle)) + "/cpuacct.usage_percpu").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length - 1, data["cpu"]!["usage"]!["percpu"]!.AsArray().Count);
            Assert.Equal(Groups.Read(bundle, "memory", "memory.max_usage_in_bytes"), ((ulong)Statistics(bundle)["memory"]!["usage"]!["max"]!).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Pressure_is_told_where_the_kernel_counts_it()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        string file = $"{Groups.Layout.Unified?.MountPoint}{Groups.PathOf(bundle)}/memory.pressure";
        Assert.SkipUnless(File.Exists(file), "needs cgroup v2, alone or beside v1, in a kernel that counts pressure");
        JsonNode data = Statistics(bundle);
        Assert.All(new[] { "cpu", "memory", "blkio" }, name => Assert.Equal(["some", "full"], data[name]!["psi"]!.AsObject().Select(line => line.Key)));
        Assert.Equal(["avg10", "avg60", "avg300", "total"], data["memory"]!["psi"]!["some"]!.AsObject().Select(number => number.Key));
    }

    [Fact]
    public void A_throttled_container_shows_it()
    {
        using Bundle bundle = PauseTests.Running("while :; do :; done", """{"cpu": {"quota": 5000, "period": 50000}}""");
        Assert.True(PauseTests.Waits(() => Statistics(bundle)["cpu"]!["throttling"]?["throttledPeriods"] is { } periods && (ulong)periods > 1));
    }

    [Fact]
    public void The_stream_has_lines_in_its_interval_and_ends_with_the_container()
    {
        using Bundle bundle = PauseTests.Running("sleep 2");
        var watch = Stopwatch.StartNew();
        Outcome outcome = bundle.Rideau("events", "--interval", "200ms", bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.2, 20);
        JsonNode[] lines = [.. Lines(outcome)];
        Assert.InRange(lines.Length, 2, 11);
        Assert.All(lines, line => Assert.Equal(("stats", bundle.Name), ((string)line["type"]!, (string)line["id"]!)));
    }

    [Fact]
    public void The_stream_ends_when_nobody_reads_any_more()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        var watch = Stopwatch.StartNew();
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' events --interval 100ms {bundle.Name} | head -n 1");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Single(Lines(outcome));
        Assert.True(watch.Elapsed.TotalSeconds < 20);
    }

    [Fact]
    public void Running_out_of_memory_is_told()
    {
        using Bundle bundle = PauseTests.Running("sleep 2; tail /dev/zero; tail /dev/zero; sleep 1", """{"memory": {"limit": 20971520, "swap": 20971520}}""");
        Outcome outcome = bundle.Rideau("events", "--interval", "1h", bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonNode[] lines = [.. Lines(outcome)];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal($$"""{"type":"oom","id":"{{bundle.Name}}"}""", line.ToJsonString()));
    }

    [Fact]
    public async Task A_container_that_is_killed_and_deleted_is_no_lack_of_memory()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        Task<Outcome> deletion = Task.Run(async () =>
        {
            await Task.Delay(500);
            return bundle.Delete();
        });
        Outcome outcome = bundle.Rideau("events", "--interval", "1h", bundle.Name);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Output));
        Assert.Equal(0, (await deletion).ExitCode);
    }

    [Fact]
    public void Errors_are_in_the_fields_words()
    {
        using Bundle bundle = PauseTests.Running("true");
        Assert.True(bundle.WaitForStatus("stopped"));
        PauseTests.Fails(bundle.Rideau("events", "--stats", bundle.Name), $"container with id {bundle.Name} is not running");
        PauseTests.Fails(bundle.Rideau("events", bundle.Name), $"container with id {bundle.Name} is not running");
        PauseTests.Fails(bundle.Rideau("events", "--interval", "0s", bundle.Name), "duration interval must be greater than 0");
        PauseTests.Fails(bundle.Rideau("events", "--interval", "5", bundle.Name), "invalid value \"5\" for flag --interval");
        PauseTests.Fails(bundle.Rideau("events", "nobody"), "container does not exist");
    }

    private static JsonNode Statistics(Bundle bundle)
    {
        Outcome outcome = bundle.Rideau("events", "--stats", bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return Lines(outcome).Single()["data"]!;
    }

    private static IEnumerable<JsonNode> Lines(Outcome outcome) =>
        outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
