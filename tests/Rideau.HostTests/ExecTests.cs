using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>One container; each test runs one more process in it.</summary>
public sealed class ExecFixture : IDisposable
{
    public Bundle Bundle { get; } = new Bundle("sleep 1000").Started();

    public void Dispose() => Bundle.Dispose();
}

public sealed class ExecTests(ExecFixture fixture) : IClassFixture<ExecFixture>
{
    private readonly Bundle _bundle = fixture.Bundle;

    [Theory]
    [InlineData("", "pwd", "/")]
    [InlineData("--cwd /tmp", "pwd", "/tmp")]
    [InlineData("--env A=1 --env B=2", "echo $A$B$TERM", "12xterm")]
    [InlineData("--env TERM=dumb", "echo $TERM", "dumb")]
    [InlineData("--user 1000", "id -u; id -g; echo $HOME", "1000\n0\n/home/user")]
    [InlineData("--user 1000:1001", "id -u; id -g", "1000\n1001")]
    [InlineData("-g 7 -g 8", "id -G", "0 7 8")]
    [InlineData("--cap CAP_SYS_TIME", "grep CapEff /proc/self/status", "CapEff:\t0000000022000420")]
    [InlineData("", "grep CapEff /proc/self/status", "CapEff:\t0000000020000420")]
    [InlineData("--user 1000", "grep -E 'Cap(Eff|Prm|Bnd)' /proc/self/status", "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000020000420")]
    [InlineData("--no-new-privs", "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1")]
    [InlineData("--tty", "tty; test -t 0 && test -t 1 && test -t 2 && echo yes", "/dev/pts/0\nyes")]
    [InlineData("", "ulimit -n", "1024")]
    [InlineData("", "hostname", "rideau")]
    [InlineData("", "umask", "0022")]
    [InlineData("", "test $(readlink /proc/self/ns/pid) = $(readlink /proc/1/ns/pid) && echo same", "same")]
    [InlineData("", "cut -d' ' -f4 /proc/self/stat", "0")]
    public void The_process_is_as_the_options_say(string options, string script, string expected)
    {
        Outcome outcome = _bundle.Rideau(["exec", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), _bundle.Name, "/bin/sh", "-c", script]);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(expected, outcome.Output.Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n'));
    }

    [Fact]
    public void It_is_in_all_namespaces_and_cgroups_of_the_container()
    {
        int pid = (int)_bundle.State()["pid"]!;
        string outside = RideauProgram.Shell($"for n in cgroup ipc mnt net pid user uts; do readlink /proc/{pid}/ns/$n; done; cat /proc/{pid}/cgroup").Output;
        string inside = _bundle.Exec("sh", "-c", "for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup").Output;
        Assert.Equal(outside, inside);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("kill -TERM $$; sleep 5", 143)]
    [InlineData("kill -KILL $$; sleep 5", 137)]
    public void The_exit_status_is_the_processs(string script, int expected) => Assert.Equal(expected, _bundle.Exec("sh", "-c", script).ExitCode);

    [Theory]
    [InlineData("no-such-program", "executable file not found in $PATH")]
    [InlineData("/no/such/program", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/tmp", "is a directory: permission denied")]
    public void What_cannot_be_executed_is_said_in_the_words_of_the_field(string program, string words)
    {
        Outcome outcome = _bundle.Exec(program);
        Assert.Equal(255, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--cwd /no/such/directory", "/no/such/directory")]
    [InlineData("--cwd relative", "relative")]
    [InlineData("--user odd", "odd")]
    [InlineData("--process /no/such/file", "/no/such/file")]
    public void Wrong_options_are_refused(string options, string words)
    {
        Outcome outcome = _bundle.Rideau(["exec", .. options.Split(' '), _bundle.Name, "true"]);
        Assert.NotEqual(0, outcome.ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_process_object_stands_for_all_options()
    {
        string file = Path.Combine(_bundle.Directory, "process.json");
        File.WriteAllText(file, """{"args":["sh","-c","id -u; id -g; pwd; echo $A; umask; ulimit -n; cat /proc/self/oom_score_adj"],"cwd":"/tmp","env":["PATH=/bin","A=b"],"user":{"uid":5,"gid":6,"umask":7},"rlimits":[{"type":"RLIMIT_NOFILE","soft":33,"hard":44}],"oomScoreAdj":600}""");
        Outcome outcome = _bundle.Rideau("exec", "--process", file, _bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(RideauProgram.IsAnother ? "5\n6\n/tmp\nb\n0022\n33\n0\n" : "5\n6\n/tmp\nb\n0007\n33\n600\n", outcome.Output);
    }

    [Theory]
    [InlineData("""{"initial":"0","final":"0"}""", "0")]
    [InlineData("""{"initial":"0"}""", "")]
    public void The_affinity_of_an_exec_is_as_the_process_says(string affinity, string expected)
    {
        string file = Path.Combine(_bundle.Directory, "affinity.json");
        File.WriteAllText(file, $$"""{"args":["sh","-c","grep Cpus_allowed_list /proc/self/status | cut -f2"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0},"execCPUAffinity":{{affinity}}}""");
        Outcome outcome = _bundle.Rideau("exec", "--process", file, _bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        if (expected.Length > 0)
        {
            Assert.Equal(expected, outcome.Output.Trim());
        }
    }

    [Fact]
    public void A_detached_process_is_there_when_exec_returns()
    {
        string pidFile = Path.Combine(_bundle.Directory, "exec.pid");
        Outcome outcome = _bundle.Detached($"exec --detach --pid-file '{pidFile}' {_bundle.Name} sleep 77");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string pid = File.ReadAllText(pidFile);
        Assert.All(pid, letter => Assert.True(char.IsAsciiDigit(letter)));
        Assert.Equal("sleep\077\0", File.ReadAllText($"/proc/{pid}/cmdline"));
        Assert.Contains(pid, _bundle.Rideau("ps", "--format", "json", _bundle.Name).Output, StringComparison.Ordinal);
        RideauProgram.Shell($"kill -KILL {pid}");
    }

    [Fact]
    public void A_signal_to_the_runtime_reaches_the_process()
    {
        string output = Path.Combine(_bundle.Directory, "signal.out");
        Outcome outcome = RideauProgram.Shell($$"""
            '{{RideauProgram.Path}}' --root '{{_bundle.Root}}' exec {{_bundle.Name}} sh -c 'trap "exit 9" TERM; echo ready; for i in $(seq 100); do sleep 0.1; done' >'{{output}}' &
            for i in $(seq 100); do grep -q ready '{{output}}' && break; sleep 0.05; done
            kill -TERM $!; wait $!
            """);
        Assert.Equal(9, outcome.ExitCode);
    }

    [Fact]
    public void Standard_input_reaches_the_process()
    {
        Outcome outcome = RideauProgram.Shell($"echo given | '{RideauProgram.Path}' --root '{_bundle.Root}' exec {_bundle.Name} cat");
        Assert.Equal("given\n", outcome.Output);
    }

    [Fact]
    public void Preserved_descriptors_come_in_and_no_others()
    {
        string command = $"exec 3</dev/null 4</dev/null 6</dev/null; '{RideauProgram.Path}' --root '{_bundle.Root}' exec";
        Assert.Equal("0 1 2 3 4", RideauProgram.Shell($"{command} --preserve-fds 1 {_bundle.Name} ls /proc/self/fd").Output.Trim().Replace('\n', ' '));
        Assert.Equal("0 1 2 3", RideauProgram.Shell($"{command} {_bundle.Name} ls /proc/self/fd").Output.Trim().Replace('\n', ' '));
    }

    [Fact]
    public void Nothing_is_left_after_an_exec()
    {
        string Here() => string.Join(' ', Directory.EnumerateFileSystemEntries(Path.Combine(_bundle.Root, _bundle.Name)).Order());
        _bundle.Exec("true");
        string before = Here();
        Assert.Equal(0, _bundle.Exec("true").ExitCode);
        Assert.Equal(255, _bundle.Exec("no-such-program").ExitCode);
        Assert.Equal(before, Here());
        Assert.DoesNotContain("true", _bundle.Exec("ps").Output, StringComparison.Ordinal);
    }
}

/// <summary>Containers in which nothing may be run.</summary>
public sealed class ExecStateTests
{
    [Fact]
    public void An_unknown_container_is_an_error()
    {
        using var bundle = new Bundle();
        Outcome outcome = bundle.Rideau("exec", "nobody", "true");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("does not exist", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_container_is_an_error()
    {
        using var bundle = new Bundle("true");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Outcome outcome = bundle.Exec("true");
        Assert.Equal(255, outcome.ExitCode);
        Assert.Contains("cannot exec in a stopped container", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_created_container_takes_a_process()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        Outcome outcome = bundle.Exec("hostname");
        Assert.Equal((0, "rideau\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal("created", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void A_container_whose_init_is_killed_takes_its_processes_along()
    {
        using var bundle = new Bundle("sleep 100").Started();
        string pidFile = Path.Combine(bundle.Directory, "exec.pid");
        bundle.Detached($"exec --detach --pid-file '{pidFile}' {bundle.Name} sleep 77");
        string pid = File.ReadAllText(pidFile);
        Assert.True(Directory.Exists($"/proc/{pid}"));
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.False(File.Exists($"/proc/{pid}/exe") && File.ReadAllText($"/proc/{pid}/cmdline").Contains("77", StringComparison.Ordinal));
    }

    [Fact]
    public void A_paused_container_is_an_error_unless_that_is_ignored()
    {
        using var bundle = new Bundle("sleep 100").Started();
        string[] files = [$"/sys/fs/cgroup/freezer/rideau-test/{bundle.Name}/freezer.state", $"/sys/fs/cgroup/rideau-test/{bundle.Name}/cgroup.freeze", $"/sys/fs/cgroup/unified/rideau-test/{bundle.Name}/cgroup.freeze"];
        string file = Array.Find(files, File.Exists) ?? "";
        bool old = file.EndsWith("freezer.state", StringComparison.Ordinal);
        File.WriteAllText(file, old ? "FROZEN" : "1");
        try
        {
            Assert.True(bundle.WaitForStatus("paused"));
            Outcome refused = bundle.Exec("true");
            Assert.Equal(255, refused.ExitCode);
            Assert.Contains("paused", refused.Error, StringComparison.Ordinal);
            Outcome waiting = RideauProgram.Shell($"timeout -s KILL 1 '{RideauProgram.Path}' --root '{bundle.Root}' exec --ignore-paused {bundle.Name} true");
            Assert.Equal(137, waiting.ExitCode);
        }
        finally
        {
            File.WriteAllText(file, old ? "THAWED" : "0");
        }

        Assert.True(bundle.WaitForStatus("running"));
        Assert.Equal(0, bundle.Exec("true").ExitCode);
        Assert.DoesNotContain("true", bundle.Exec("ps").Output, StringComparison.Ordinal);
    }
}
