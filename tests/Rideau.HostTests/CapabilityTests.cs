using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#linux-process: the five sets, in the kernel's order Inh Prm Eff Bnd Amb.</summary>
public sealed class CapabilityTests
{
    private const string Show = "grep ^Cap /proc/self/status | cut -f2 | sed 's/^0*//;s/^$/0/' | tr '\\n' ' '";

    // CHOWN is bit 0, KILL bit 5, NET_BIND_SERVICE bit 10.
    [Theory]
    [InlineData(0, "", "", "", "", "", "0 0 0 0 0")]
    [InlineData(0, "CHOWN", "CHOWN", "CHOWN", "", "", "0 1 1 1 0")]
    [InlineData(0, "CHOWN KILL", "CHOWN", "CHOWN", "", "", "0 1 1 21 0")]
    [InlineData(0, "CHOWN KILL", "CHOWN", "CHOWN KILL", "", "", "0 21 21 21 0")]
    [InlineData(0, "CHOWN", "CHOWN", "CHOWN", "CHOWN", "", "1 1 1 1 0")]
    [InlineData(0, "CHOWN", "CHOWN", "CHOWN", "CHOWN", "CHOWN", "1 1 1 1 1")]
    [InlineData(1000, "CHOWN", "CHOWN", "CHOWN", "", "", "0 0 0 1 0")]
    [InlineData(1000, "CHOWN", "CHOWN", "CHOWN", "CHOWN", "CHOWN", "1 1 1 1 1")]
    [InlineData(1000, "CHOWN KILL", "", "KILL", "KILL", "KILL", "20 20 20 21 20")]
    [InlineData(1000, "CHOWN KILL NET_BIND_SERVICE", "KILL", "KILL NET_BIND_SERVICE", "NET_BIND_SERVICE", "NET_BIND_SERVICE", "400 400 400 421 400")]
    public void The_sets_are_as_the_configuration_says(int uid, string bounding, string effective, string permitted, string inheritable, string ambient, string expected)
    {
        using var bundle = new Bundle(Show).WithProcess($$"""{ "user": { "uid": {{uid}}, "gid": 0 } }""");
        bundle.Process["capabilities"] = new JsonObject
        {
            ["bounding"] = Names(bounding),
            ["effective"] = Names(effective),
            ["permitted"] = Names(permitted),
            ["inheritable"] = Names(inheritable),
            ["ambient"] = Names(ambient),
        };
        Assert.Equal(expected, bundle.Says().TrimEnd());
    }

    [Fact]
    public void Root_can_have_all_that_the_caller_has()
    {
        string all = Capability.OfTheTest;
        string[] names = RideauProgram.Shell($"capsh --decode={all} | cut -d= -f2").Output.Trim().Split(',');
        if (names.Length < 10)
        {
            Assert.Skip("needs capsh");
        }

        JsonArray Every() => new([.. names.Select(name => (JsonNode)name.ToUpperInvariant())]);
        using var bundle = new Bundle(Show);
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = Every(), ["effective"] = Every(), ["permitted"] = Every() };
        Assert.Equal($"0 {all} {all} {all} 0", bundle.Says().TrimEnd());
    }

    [Fact]
    public void An_unknown_capability_is_a_warning()
    {
        using var bundle = new Bundle(Show).WithProcess("""{"capabilities":{"bounding":["CAP_ODD","CAP_CHOWN"],"permitted":["CAP_CHOWN"],"effective":["CAP_CHOWN"]}}""");
        Outcome outcome = bundle.Run();
        Assert.Equal((0, "0 1 1 1 0 "), (outcome.ExitCode, outcome.Output));
        Assert.Contains("CAP_ODD", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void A_capability_that_the_caller_lacks_is_a_warning(string command)
    {
        // What Docker asks for with --privileged, on a machine whose root lacks one.
        const string Sets = """{"bounding":["CAP_CHOWN","CAP_SYS_TIME"],"permitted":["CAP_CHOWN","CAP_SYS_TIME"],"effective":["CAP_CHOWN","CAP_SYS_TIME"],"inheritable":["CAP_SYS_TIME"],"ambient":["CAP_SYS_TIME"]}""";
        using var bundle = new Bundle(Show);
        string words = $"run --bundle '{bundle.Directory}' {bundle.Name}";
        if (command == "exec")
        {
            string file = Path.Combine(bundle.Directory, "process.json");
            _ = bundle.Command("sleep 100").Started();
            File.WriteAllText(file, new JsonObject { ["args"] = new JsonArray("sh", "-c", Show), ["cwd"] = "/", ["env"] = new JsonArray("PATH=/bin"), ["capabilities"] = JsonNode.Parse(Sets) }.ToJsonString());
            words = $"exec --process '{file}' {bundle.Name}";
        }
        else
        {
            bundle.Process["capabilities"] = JsonNode.Parse(Sets);
            _ = bundle.Write();
        }

        Outcome outcome = RideauProgram.Shell($"exec setpriv --bounding-set -sys_time '{RideauProgram.Path}' --root '{bundle.Root}' {words}");
        Assert.Equal((0, "0 1 1 1 0 "), (outcome.ExitCode, outcome.Output));
        Assert.Contains("CAP_SYS_TIME cannot be granted", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_object_root_keeps_what_the_caller_has()
    {
        using var bundle = new Bundle(Show).WithProcess("""{"capabilities":null}""");
        string all = Capability.OfTheTest;
        Assert.Equal($"0 {all} {all} {all} 0", bundle.Says().TrimEnd());
    }

    private static JsonArray Names(string names) => new([.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => (JsonNode)$"CAP_{name}")]);
}
