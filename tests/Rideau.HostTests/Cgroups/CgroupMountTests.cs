using System;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>The mount of type cgroup, seen from inside.</summary>
public sealed class CgroupMountTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_containers_own_group_is_the_top_of_what_it_sees(bool ownNamespace, bool readOnly)
    {
        string pids = Groups.Layout.Driver == "v2" ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids";
        Assert.SkipWhen(Groups.Layout.Driver == "v2" && !ownNamespace, "with cgroup v2 and the machine's namespace the whole tree is shown");
        using Bundle bundle = WithMount(ownNamespace, readOnly, $"grep -cx $$ {pids}/cgroup.procs; mkdir {pids}/inner && rmdir {pids}/inner && echo writable; grep -c . /proc/self/cgroup");
        Outcome outcome = bundle.Run();
        int lines = Groups.OfProcess(Environment.ProcessId).Length;
        Assert.True(outcome.Output == $"1\n{(readOnly ? "" : "writable\n")}{lines}\n", outcome.ToString());
        Assert.Equal(readOnly, outcome.Error.Contains("Read-only file system", StringComparison.Ordinal));
    }

    [Fact]
    public void Hierarchies_of_version_1_stand_side_by_side_with_their_own_names_and_nothing_else()
    {
        Assert.SkipWhen(Groups.Layout.Version1.Count == 0, "needs cgroup v1");
        using Bundle bundle = WithMount(ownNamespace: true, readOnly: true, "cd /sys/fs/cgroup; find . -mindepth 1 -maxdepth 1 -type d | sort; grep ' /sys/fs/cgroup' /proc/self/mountinfo | grep -cv 'nosuid,nodev,noexec'; grep -c ' cgroup2 ' /proc/self/mountinfo");
        string[] names = [.. Groups.Layout.Version1.Select(hierarchy => "./" + hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal)];
        Assert.Equal(string.Join('\n', names) + "\n0\n0\n", bundle.Run().Output);
    }

    [Fact]
    public void In_a_cgroup_namespace_the_own_group_is_the_root()
    {
        using Bundle bundle = WithMount(ownNamespace: true, readOnly: true, "cut -d : -f 3 /proc/self/cgroup | sort -u");
        Assert.Equal("/\n", bundle.Run().Output);
    }

    [Fact]
    public void Version_2_is_mounted_by_its_name_beside_version_1()
    {
        Assert.SkipUnless(Groups.Layout.Unified is not null, "needs cgroup v2");
        using var bundle = new Bundle("grep -cx $$ /mnt/cgroup.procs; mkdir /mnt/x");
        bundle.Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "cgroup" });
        bundle.Mount("/mnt", "cgroup2", "cgroup2", "ro", "nosuid", "nodev", "noexec");
        Outcome outcome = bundle.Run();
        Assert.Equal("1\n", outcome.Output);
        Assert.Contains("Read-only file system", outcome.Error, StringComparison.Ordinal);
    }

    private static Bundle WithMount(bool ownNamespace, bool readOnly, string command)
    {
        // No limits: on version 2 alone the tree may lack their controllers.
        Bundle bundle = new Bundle(command).With(configuration => configuration["linux"]!["resources"] = new JsonObject()).Mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", readOnly ? "ro" : "rw"]);
        if (ownNamespace)
        {
            bundle.Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "cgroup" });
        }

        return bundle;
    }
}
