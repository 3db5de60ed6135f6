using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Rideau.Runtime.Cgroups;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>A machine that has no room, no processes, no groups or no descriptors left: a clear error, and nothing left behind.</summary>
public sealed class ScarcityTests
{
    [Theory]
    [InlineData("size=4k", "ENOSPC", "the file system is full")]
    [InlineData("nr_inodes=1", "ENOSPC", "the file system is full")]
    [InlineData("nr_inodes=2", "ENOSPC", "the file system is full")]
    [InlineData("nr_inodes=4", "ENOSPC", "the file system is full")]
    [InlineData("ro", "EROFS", "the file system is read-only")]
    public void The_file_system_of_root_is_full_or_read_only(string options, string errno, string hint)
    {
        using var scene = new Scene();
        Directory.CreateDirectory(scene.Bundle.Root);
        string[] words = [.. scene.Words("create").Select(word => $"'{word}'")];
        Outcome outcome = RideauProgram.Execute("/usr/bin/unshare",
        [
            "--mount", "--propagation", "private", "sh", "-c",
            $"mount -t tmpfs -o {options} tmpfs '{scene.Bundle.Root}' && {string.Join(' ', words)} </dev/null; echo status $?; ls -A '{scene.Bundle.Root}'",
        ]);
        Assert.Equal("status 1\n", outcome.Output);
        Assert.Contains(errno, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(scene.Bundle.Root, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(hint, outcome.Error, StringComparison.Ordinal);
        scene.NothingLeft(options);
    }

    [Fact]
    public void No_process_is_left_in_the_callers_cgroup()
    {
        string pids = Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
        using var scene = new Scene();
        string group = $"{pids}/rideau-test/{scene.Id}-outer";
        string[] words = [.. scene.Words("create").Select(word => $"'{word}'")];
        Outcome outcome = RideauProgram.Shell(
            $"mkdir -p '{group}' && test -e '{group}/pids.max' || exit 99; sh -c 'echo $$ >{group}/cgroup.procs; echo 1 >{group}/pids.max; exec \"$@\"' sh {string.Join(' ', words)} </dev/null; status=$?; rmdir '{group}'; exit $status");
        if (outcome.ExitCode == 99)
        {
            RideauProgram.Shell($"rmdir '{group}'");
            Assert.Skip("needs the pids controller");
        }

        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains("clone3(", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("EAGAIN", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("pids.max", outcome.Error, StringComparison.Ordinal);
        scene.NothingLeft("pids.max 1");
    }

    [Fact]
    public void No_process_is_left_to_the_user()
    {
        using var scene = new Scene();
        scene.Bundle.AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).Write();
        Outcome outcome = scene.Bundle.OnMachine(["/usr/bin/prlimit", "--nproc=1", .. scene.Words("run")]);
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains("EAGAIN", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("RLIMIT_NPROC", outcome.Error, StringComparison.Ordinal);
        scene.NothingLeft("RLIMIT_NPROC 1");
    }

    [Fact]
    public void Descriptors_are_few()
    {
        using var scene = new Scene("echo done");
        scene.Bundle.Process.Remove("rlimits");
        scene.Bundle.Write();
        bool failed = false, succeeded = false;
        for (int limit = 4; limit < 64; limit += Scene.IsSlow ? 1 : 4)
        {
            Outcome outcome = RideauProgram.Execute("/usr/bin/prlimit", [$"--nofile={limit}:{limit}", .. scene.Words("run")]);
            string after = $"at most {limit} descriptors";
            if (outcome.ExitCode == 0)
            {
                succeeded = true;
                Assert.Equal("done\n", outcome.Output);
            }
            else
            {
                failed = true;
                Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains("EMFILE", StringComparison.Ordinal) && outcome.Error.Contains("ulimit -n", StringComparison.Ordinal), $"{after}: {outcome}");
            }

            scene.NothingLeft(after);
        }

        Assert.True(failed && succeeded, "the limits tried are all too low or too high");
    }

    [Theory]
    [InlineData("cgroup.max.descendants")]
    [InlineData("cgroup.max.depth")]
    public void The_group_above_takes_no_more_groups(string file)
    {
        CgroupHierarchy? unified = Groups.Layout.Unified;
        Assert.SkipWhen(unified is null, "needs cgroup v2");
        using var scene = new Scene();
        string outer = $"/rideau-test/{scene.Id}-outer";
        scene.Bundle.Linux["cgroupsPath"] = $"{outer}/{scene.Id}";
        scene.Bundle.Write();
        DirectoryInfo group = Directory.CreateDirectory(unified!.MountPoint + outer);
        try
        {
            File.WriteAllText($"{group.FullName}/{file}", "0");
            Outcome outcome = scene.Bundle.Create();
            Assert.True(outcome.ExitCode == 1, outcome.ToString());
            Assert.Contains($"cannot create cgroup \"{group.FullName}/{scene.Id}\": EAGAIN", outcome.Error, StringComparison.Ordinal);
            Assert.Contains(file, outcome.Error, StringComparison.Ordinal);
            scene.NothingLeft(file);
            Assert.Empty(Groups.Existing($"{outer}/{scene.Id}"));
        }
        finally
        {
            foreach (string left in Groups.Existing(outer))
            {
                Directory.Delete(left);
            }
        }
    }

    [Fact]
    public void No_process_is_left_to_the_container()
    {
        using var scene = new Scene();
        _ = Groups.Directory("pids", ""); // skips where no hierarchy has it
        scene.Bundle.With("""{"linux":{"resources":{"pids":{"limit":1}}}}""").Started();
        int init = scene.InitPid();
        Outcome outcome = scene.Bundle.Exec("true");
        Assert.True(outcome.ExitCode == 255, outcome.ToString());
        Assert.Contains("EAGAIN", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("pids.max", outcome.Error, StringComparison.Ordinal);
        scene.HasOnly(init, "pids.max of the container");
        Outcome raised = scene.Bundle.Rideau("update", "--pids-limit", "10", scene.Id);
        Assert.True(raised.ExitCode == 0, raised.ToString());
        Assert.Equal(0, scene.Bundle.Exec("true").ExitCode);
        scene.CleansUp("pids.max of the container");
    }

    [Theory]
    [InlineData("net")]
    [InlineData("pid")]
    public void No_namespace_is_left_to_the_callers_user_namespace(string type)
    {
        using var scene = new Scene();
        string[] words = [.. scene.Words("create").Select(word => $"'{word}'")];
        Outcome outcome = RideauProgram.Shell($"exec unshare --user --map-root-user --mount sh -c \"echo 0 >/proc/sys/user/max_{type}_namespaces && exec {string.Join(' ', words)}\" </dev/null");
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains("clone3(", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("ENOSPC", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("/proc/sys/user/max_*_namespaces", outcome.Error, StringComparison.Ordinal);
        scene.NothingLeft(type);
    }
}
