using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>A machine that has no room, no processes or no descriptors left: a clear error, and nothing left behind.</summary>
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
}
