using System;
using System.IO;
using System.Linq;
using Rideau.Kernel.Handles;
using Rideau.Runtime;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.State;
using Xunit;

namespace Rideau.HostTests.Cgroups;

public sealed class ContainerCgroupTests
{
    [Fact]
    public void A_group_is_made_in_every_hierarchy_and_removed_with_what_was_made_inside()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        string[] directories = [.. fixture.Cgroup.Paths.Select(entry => entry.Key + entry.Value)];
        Assert.Equal(fixture.Layout.Version1.Count + (fixture.Layout.Unified is null ? 0 : 1), directories.Length);
        Assert.All(directories, directory => Assert.True(Directory.Exists(directory)));
        foreach (string directory in directories)
        {
            Directory.CreateDirectory(directory + "/inner/innermost");
        }

        fixture.Cgroup.Remove();
        Assert.All(directories, directory => Assert.False(Directory.Exists(directory)));
        fixture.Cgroup.Remove();
    }

    [Fact]
    public void A_process_that_is_added_is_in_every_hierarchy_and_is_found()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        Assert.False(fixture.Cgroup.IsPopulated());
        int first = fixture.StartSleeper();
        int second = fixture.StartSleeper();
        fixture.Cgroup.AddProcess(first);
        fixture.Cgroup.AddProcess(second);
        string[] groups = File.ReadAllLines($"/proc/{first}/cgroup");
        Assert.All(groups, group => Assert.EndsWith(fixture.Path, group, StringComparison.Ordinal));
        Assert.Equal(new[] { first, second }.Order(), fixture.Cgroup.Processes());
        Assert.True(fixture.Cgroup.IsPopulated());
    }

    [Fact]
    public void A_group_with_a_process_in_it_is_refused_and_left_as_it_is()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        int pid = fixture.StartSleeper();
        fixture.Cgroup.AddProcess(pid);
        var error = Assert.Throws<ContainerException>(() => fixture.Prepare().Create());
        Assert.Contains("container's cgroup is not empty", error.Message, StringComparison.Ordinal);
        Assert.Equal([pid], fixture.Cgroup.Processes());
    }

    [Fact]
    public void A_frozen_group_is_refused()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        fixture.Cgroup.Freeze();
        try
        {
            var error = Assert.Throws<ContainerException>(() => fixture.Prepare().Create());
            Assert.Contains("frozen", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            fixture.Cgroup.Thaw();
        }
    }

    [Fact]
    public void Processes_are_frozen_and_thawed_and_a_record_finds_the_group_again()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        int pid = fixture.StartSleeper();
        fixture.Cgroup.AddProcess(pid);
        var again = ContainerCgroup.OfRecord(new ContainerRecord { CgroupDriver = fixture.Cgroup.Driver, CgroupPaths = fixture.Cgroup.Paths });
        Assert.False(again.IsFrozen());
        again.Freeze();
        Assert.True(fixture.Cgroup.IsFrozen());
        again.Thaw();
        Assert.False(fixture.Cgroup.IsFrozen());
        Assert.Equal([pid], again.Processes());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_processes_are_killed_frozen_or_not_and_in_nested_groups_too(bool frozen)
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        int first = fixture.StartSleeper();
        int nested = fixture.StartSleeper();
        fixture.Cgroup.AddProcess(first);
        fixture.Cgroup.AddProcess(nested);
        foreach (var (mountPoint, path) in fixture.Cgroup.Paths.Where(entry => !entry.Key.EndsWith("cpuset", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(mountPoint + path + "/inner");
            File.WriteAllText(mountPoint + path + "/inner/cgroup.procs", nested.ToString());
        }

        if (frozen)
        {
            fixture.Cgroup.Freeze();
        }

        fixture.Cgroup.KillAll();
        Assert.True(fixture.HasEnded(first));
        Assert.True(fixture.HasEnded(nested));
        Assert.Empty(fixture.Cgroup.Processes());
        fixture.Cgroup.Remove();
    }

    [Fact]
    public void The_directory_to_be_cloned_into_is_that_of_cgroup_v2()
    {
        using var fixture = new CgroupFixture();
        fixture.Cgroup.Create();
        using OwnedFd? directory = fixture.Cgroup.OpenForClone();
        Assert.Equal(fixture.Layout.Unified is null, directory is null);
    }
}
