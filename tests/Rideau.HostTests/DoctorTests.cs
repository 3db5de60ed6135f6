using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What "doctor" says on this machine, and on this machine with something taken away in a namespace of the test's own.</summary>
public sealed class DoctorTests
{
    private static readonly string[] Groups = ["kernel", "namespaces", "file systems", "cgroups", "security", "caller"];

    [Fact]
    public void Root_can_run_containers_here()
    {
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["doctor"]);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.EndsWith("Containers can run here for root.\n", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("", outcome.Error);
    }

    [Fact]
    public void Json_has_every_group_and_a_reason_for_everything()
    {
        JsonObject answer = Json("");
        Assert.True((bool)answer["able"]!);
        JsonObject[] findings = [.. answer["findings"]!.AsArray().Select(finding => finding!.AsObject())];
        Assert.Equal(Groups, findings.Select(finding => (string)finding["group"]!).Distinct());
        Assert.All(findings, finding => Assert.NotEqual("", (string)finding["reason"]!));
        Assert.All(findings.Where(finding => (string)finding["status"]! == "missing"), finding => Assert.False(string.IsNullOrEmpty((string?)finding["advice"])));
        Assert.All(findings, finding => Assert.Contains((string)finding["status"]!, (string[])["ok", "warning", "missing"]));
    }

    [Fact]
    public void An_ordinary_user_can_run_containers_with_a_state_directory_and_is_told_so_without_one()
    {
        using var bundle = new Bundle();
        string program = Path.Combine(bundle.Directory, "rideau");
        RideauProgram.Shell($"chmod 755 '{bundle.Directory}'; install -m 755 '{RideauProgram.Path}' '{program}'; install -d -o 65534 '{bundle.Directory}/user'");
        const string Become = "env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups";
        Outcome without = RideauProgram.Shell($"{Become} '{program}' doctor");
        Assert.True(without.ExitCode == 1, without.ToString());
        Assert.Contains("missing  state directory", without.Output, StringComparison.Ordinal);
        Assert.Contains("XDG_RUNTIME_DIR", without.Output, StringComparison.Ordinal);
        Outcome with = RideauProgram.Shell($"{Become} '{program}' --root '{bundle.Directory}/user/state' doctor");
        Assert.True(with.ExitCode == 0, with.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(bundle.Directory, "user")));
    }

    [Theory]
    [InlineData("echo 0 >/proc/sys/user/max_net_namespaces", "network", "max_net_namespaces")]
    [InlineData("echo 0 >/proc/sys/user/max_pid_namespaces", "pid", "max_pid_namespaces")]
    [InlineData("mount --bind /dev/null /proc/version; nested=\"unshare --user --map-root-user --mount\"", "proc", "unmasked")]
    public void What_was_taken_away_is_missing_with_advice(string take, string name, string advice)
    {
        JsonObject answer = Json(take, "unshare --user --map-root-user --mount");
        Assert.False((bool)answer["able"]!);
        JsonObject finding = Find(answer, name);
        Assert.Equal("missing", (string?)finding["status"]);
        Assert.Contains(advice, (string)finding["advice"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_its_user_can_write_and_whose_mount_cannot_be_cloned_is_sealed_in_memory()
    {
        JsonObject answer = Json("", "strace -f -o /dev/null -e inject=mount_setattr:error=ENOSYS");
        Assert.False((bool)answer["able"]!);
        Assert.Contains("ENOSYS", (string)Find(answer, "new mounts")["reason"]!, StringComparison.Ordinal);
        Assert.Contains("file in memory", (string)Find(answer, "sealing")["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_leaves_nothing_behind()
    {
        string before = Machine();
        RideauProgram.Execute(RideauProgram.Path, ["doctor"]);
        Assert.Equal(before, Machine());
    }

    private static string Machine() => RideauProgram.Shell("grep -v /state /proc/self/mountinfo; find /sys/fs/cgroup /tmp /run -maxdepth 3 -name '*rideau-doctor*' 2>/dev/null; ls -d /run/rideau 2>&1").Output;

    private static JsonObject Json(string before, string prefix = "")
    {
        Outcome outcome = RideauProgram.Shell($"{prefix} sh -c '{before}\nexec $nested {RideauProgram.Path} doctor --format json'");
        Assert.True(outcome.Output.StartsWith('{'), outcome.ToString());
        JsonObject answer = JsonNode.Parse(outcome.Output)!.AsObject();
        Assert.Equal((bool)answer["able"]! ? 0 : 1, outcome.ExitCode);
        return answer;
    }

    private static JsonObject Find(JsonObject answer, string name) => answer["findings"]!.AsArray().Select(finding => finding!.AsObject()).First(finding => (string)finding["name"]! == name);
}
