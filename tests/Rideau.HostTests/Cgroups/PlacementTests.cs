using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>Where a container's groups are, that its processes are in all of them, and that nothing is left of them.</summary>
public sealed class PlacementTests
{
    [Fact]
    public void An_absolute_path_begins_at_the_mounts_root_and_the_process_is_in_every_hierarchy()
    {
        using Bundle bundle = Running();
        string path = Groups.PathOf(bundle);
        string[] groups = [.. Groups.Hierarchies.Select(hierarchy => hierarchy.MountPoint + path)];
        Assert.Equal(groups, Groups.Existing(path));
        string pid = (string)bundle.State()["pid"]!.ToJsonString();
        Assert.All(groups, group => Assert.Contains(pid, File.ReadAllLines(group + "/cgroup.procs")));
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Empty(Groups.Existing(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_relative_path_or_none_begins_at_the_runtimes_own_group(bool given)
    {
        using var bundle = new Bundle("sleep 100");
        string name = given ? $"rideau-test-cgroups-{bundle.Name}" : bundle.Name;
        if (given)
        {
            bundle.Linux["cgroupsPath"] = name;
        }
        else
        {
            bundle.Linux.Remove("cgroupsPath");
        }

        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        string[] groups = Groups.OfProcess((int)bundle.State()["pid"]!);
        Assert.All(groups.Zip(Groups.OfProcess(Environment.ProcessId)), pair =>
        {
            string own = pair.Second.Split(':', 3)[2].TrimEnd('/');
            bool beside = Groups.Layout.Driver == "v2";
            Assert.Equal($"{(beside && own.Length > 0 ? own[..own.LastIndexOf('/')] : own)}/{name}", pair.First.Split(':', 3)[2]);
        });
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Empty(Groups.Existing("/" + name));
    }

    [Fact]
    public void Two_dots_do_not_lead_out_of_the_hierarchy()
    {
        using var bundle = new Bundle("sleep 100");
        string name = $"rideau-test-cgroups-{bundle.Name}";
        bundle.Linux["cgroupsPath"] = $"/../../x/../{name}";
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.All(Groups.OfProcess((int)bundle.State()["pid"]!), line => Assert.Equal("/" + name, line.Split(':', 3)[2]));
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Empty(Groups.Existing("/" + name));
    }

    [Fact]
    public void A_group_in_which_another_container_runs_is_refused_and_left_alone()
    {
        using Bundle first = Running();
        using var second = new Bundle("true");
        second.Linux["cgroupsPath"] = Groups.PathOf(first);
        Outcome refused = second.Create();
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("container's cgroup is not empty", refused.Error, StringComparison.Ordinal);
        Assert.Equal("running", (string?)first.State()["status"]);
        Assert.Equal(Groups.Hierarchies.Count(), Groups.Existing(Groups.PathOf(first)).Length);
    }

    [Fact]
    public void Groups_that_the_container_made_are_removed_with_it()
    {
        using var bundle = new Bundle("find /sys/fs/cgroup -mindepth 0 -maxdepth 1 -type d | while read d; do mkdir -p $d/a/b 2>/dev/null; done; sleep 100");
        bundle.Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "cgroup" });
        bundle.Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        string path = Groups.PathOf(bundle);
        int wanted = Math.Max(1, Groups.Layout.Version1.Count);
        for (int tries = 0; tries < 100 && Groups.Existing(path + "/a/b").Length < wanted; tries++)
        {
            System.Threading.Thread.Sleep(20);
        }

        Assert.Equal(wanted, Groups.Existing(path + "/a/b").Length);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Outcome deleted = bundle.Delete(force: false);
        Assert.True(deleted.ExitCode == 0, deleted.ToString());
        Assert.Empty(Groups.Existing(path));
    }

    [Fact]
    public void A_process_that_exec_adds_is_in_the_same_groups()
    {
        using Bundle bundle = Running();
        Outcome outcome = bundle.Exec("cat", "/proc/1/cgroup", "/proc/self/cgroup");
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[..(lines.Length / 2)], lines[(lines.Length / 2)..]);
        Assert.All(lines, line => Assert.EndsWith(Groups.PathOf(bundle), line, StringComparison.Ordinal));
    }

    [Fact]
    public void Exec_puts_a_process_into_a_group_inside_the_containers()
    {
        using Bundle bundle = Running();
        string path = Groups.PathOf(bundle);
        foreach (string group in Groups.Existing(path))
        {
            Directory.CreateDirectory(group + "/inner");
            if (group.Contains("cpuset", StringComparison.Ordinal))
            {
                File.WriteAllText(group + "/inner/cpuset.cpus", "0");
                File.WriteAllText(group + "/inner/cpuset.mems", "0");
            }
        }

        Outcome all = bundle.Rideau("exec", "--cgroup", "inner", bundle.Name, "cat", "/proc/self/cgroup");
        Assert.True(all.ExitCode == 0, all.ToString());
        Assert.All(all.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(path + "/inner", line, StringComparison.Ordinal));
        Outcome missing = bundle.Rideau("exec", "--cgroup", "nowhere", bundle.Name, "true");
        Assert.NotEqual(0, missing.ExitCode);
        Assert.Contains("nowhere", missing.Error, StringComparison.Ordinal);
        Outcome outside = bundle.Rideau("exec", "--cgroup", "../..", bundle.Name, "cat", "/proc/self/cgroup");
        Assert.True(outside.ExitCode != 0 || outside.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(line => line.EndsWith(path, StringComparison.Ordinal)), outside.ToString());
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Empty(Groups.Existing(path));
    }

    [Fact]
    public void A_container_that_cannot_be_made_leaves_no_group()
    {
        using var bundle = new Bundle().With(configuration => configuration["process"]!["args"] = new JsonArray("no-such-program"));
        Assert.NotEqual(0, bundle.Create().ExitCode);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    private static Bundle Running()
    {
        var bundle = new Bundle("sleep 100");
        Outcome outcome = bundle.Run("--detach");
        if (outcome.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(outcome.ToString());
        }

        return bundle;
    }
}
