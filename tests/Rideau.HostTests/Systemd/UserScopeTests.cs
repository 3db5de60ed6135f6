using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Systemd;

/// <summary>--systemd-cgroup without root: the manager of a user, and groups that it delegates.</summary>
[Collection(Collection)]
public sealed class UserScopeTests
{
    /// <summary>Classes that need this user's manager, one after another.</summary>
    internal const string Collection = "user's manager";

    internal const uint Uid = 1000;
    private const string Manager = "/user.slice/user-1000.slice/user@1000.service";

    [Fact]
    public void The_container_is_a_scope_of_the_users_manager_with_its_limits()
    {
        using Bundle bundle = Prepare("sleep 100");
        bundle.Linux["cgroupsPath"] = $"user-own.slice:rideau:{bundle.Name}";
        bundle.Linux["resources"] = JsonNode.Parse("""{"memory": {"limit": 67108864}, "pids": {"limit": 30}, "cpu": {"shares": 2048, "quota": 20000, "period": 100000, "cpus": "0"}}""");
        Start(bundle);
        string group = Groups.OfProcess((int)bundle.State()["pid"]!).Single()[3..];
        string scope = $"{Manager}/user.slice/user-own.slice/rideau-{bundle.Name}.scope";
        Assert.Equal(scope + "/container", group);
        foreach (string place in new[] { scope, group })
        {
            string[] files = [.. new[] { "memory.max", "pids.max", "cpu.weight", "cpu.max", "cpuset.cpus" }.Select(file => SystemdMachine.Read(place, file))];
            Assert.Equal(["67108864", "30", "174", "20000 100000", "0"], files);
        }

        Dictionary<string, string> unit = SystemdMachine.Show($"rideau-{bundle.Name}.scope", "--user", "--machine=user@.host");
        Assert.Equal(("active", "67108864"), (unit["ActiveState"], unit["MemoryMax"]));
        Outcome inside = bundle.Exec("cat", "/proc/self/cgroup");
        Assert.True(inside.Output == Groups.OfProcess((int)bundle.State()["pid"]!).Single() + "\n" || inside.Output == "0::/\n", inside.ToString());
        Outcome updated = bundle.Rideau("update", "--pids-limit", "40", bundle.Name);
        Assert.True(updated.ExitCode == 0, updated.ToString());
        Assert.Equal(("40", "40"), (SystemdMachine.Read(scope, "pids.max"), SystemdMachine.Read(group, "pids.max")));
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.False(Directory.Exists("/sys/fs/cgroup" + scope));
    }

    [Fact]
    public void Without_a_path_it_is_in_the_users_slice_under_its_id()
    {
        using Bundle bundle = Prepare("sleep 100");
        bundle.Linux.Remove("cgroupsPath");
        Start(bundle);
        Assert.Equal($"0::{Manager}/user.slice/rideau-{bundle.Name}.scope/container", Groups.OfProcess((int)bundle.State()["pid"]!).Single());
    }

    [Fact]
    public void A_user_without_a_session_is_told_what_is_missing()
    {
        SystemdMachine.Require();
        using Bundle bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).InSession(SubordinateUser.Stranger);
        bundle.Write();
        Outcome outcome = bundle.Rideau("--systemd-cgroup", "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot reach systemd of this user", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("ENOENT", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("XDG_RUNTIME_DIR", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_that_are_delegated_to_the_user_take_limits_without_systemds_help()
    {
        using Bundle bundle = Prepare("sleep 100", scope: true);
        bundle.Linux["cgroupsPath"] = bundle.Name;
        bundle.Linux["resources"] = JsonNode.Parse("""{"memory": {"limit": 67108864}, "pids": {"limit": 30}}""");
        bundle.Write();
        Outcome outcome = bundle.Detached($"run --detach --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string group = Groups.OfProcess((int)bundle.State()["pid"]!).Single()[3..];
        Assert.StartsWith(Manager + "/", group, StringComparison.Ordinal);
        Assert.EndsWith("/" + bundle.Name, group, StringComparison.Ordinal);
        Assert.Equal(("67108864", "30"), (SystemdMachine.Read(group, "memory.max"), SystemdMachine.Read(group, "pids.max")));
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.False(Directory.Exists("/sys/fs/cgroup" + group));
    }

    internal static Bundle Prepare(string command, bool scope = false)
    {
        SystemdMachine.Require();
        Assert.SkipUnless(File.Exists($"/run/user/{Uid}/systemd/private"), $"needs a session of the user {Uid}");
        return new Bundle(command).AsUser(Uid, Uid).InSession(Uid, scope);
    }

    internal static void Start(Bundle bundle)
    {
        bundle.Write();
        Outcome outcome = bundle.Detached($"--systemd-cgroup run --detach --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }
}
