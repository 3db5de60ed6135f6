using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#process: what the kernel shows of the container's process.</summary>
public sealed class ProcessTests
{
    [Theory]
    [InlineData("""{"cwd":"/tmp"}""", "pwd", "/tmp")]
    [InlineData("""{"cwd":"/not/there"}""", "pwd; stat -c '%a %u' /not /not/there", "/not/there\n755 0\n755 0")]
    [InlineData("""{"cwd":"/proc"}""", "pwd", "/proc")]
    [InlineData("""{"env":["PATH=/bin","A=1","A=2","B=x=y"]}""", "echo $A $B", "2 x=y")]
    [InlineData("""{"env":["PATH=/bin"]}""", "echo $HOME", "/root")]
    [InlineData("""{"env":["PATH=/bin"],"user":{"uid":1000,"gid":1000}}""", "echo $HOME", "/home/user")]
    [InlineData("""{"env":["PATH=/bin"],"user":{"uid":77,"gid":0}}""", "echo $HOME", "/")]
    [InlineData("""{"env":["PATH=/bin","HOME=/x"]}""", "echo $HOME", "/x")]
    [InlineData("""{"env":["PATH=/bin","HOME="]}""", "echo $HOME", "/root")]
    [InlineData("""{"user":{"uid":1000,"gid":1001,"additionalGids":[5,6]}}""", "grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr -s '\\t ' ' ' | sed 's/ $//'", "Uid: 1000 1000 1000 1000\nGid: 1001 1001 1001 1001\nGroups: 5 6")]
    [InlineData("""{"user":{"uid":0,"gid":0}}""", "grep ^Groups /proc/self/status | tr -d '\\t '", "Groups:")]
    [InlineData("""{"user":{"uid":0,"gid":0}}""", "umask", "0022")]
    [InlineData("""{"user":{"uid":0,"gid":0,"umask":63}}""", "umask", "0077")]
    [InlineData("""{"user":{"uid":0,"gid":0,"umask":0}}""", "umask", "0000")]
    [InlineData("""{"noNewPrivileges":true}""", "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1")]
    [InlineData("""{"noNewPrivileges":false}""", "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t0")]
    [InlineData("""{"oomScoreAdj":500}""", "cat /proc/self/oom_score_adj", "500")]
    [InlineData("""{"scheduler":{"policy":"SCHED_BATCH","nice":5}}""", "cut -d' ' -f19,40,41 /proc/self/stat", "5 0 3")]
    [InlineData("""{"scheduler":{"policy":"SCHED_IDLE"}}""", "cut -d' ' -f40,41 /proc/self/stat", "0 5")]
    [InlineData("""{"scheduler":{"policy":"SCHED_OTHER","nice":-3,"flags":["SCHED_FLAG_RESET_ON_FORK"]}}""", "cut -d' ' -f19 /proc/1/stat", "-3")]
    [InlineData("""{"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":6}}""", "ionice -p 1", "best-effort: prio 6")]
    [InlineData("""{"ioPriority":{"class":"IOPRIO_CLASS_IDLE","priority":0}}""", "ionice -p 1", "idle")]
    [InlineData("""{"ioPriority":{"class":"IOPRIO_CLASS_RT","priority":2}}""", "ionice -p 1", "realtime: prio 2")]
    public void The_process_is_as_the_configuration_says(string patch, string script, string expected)
    {
        using var bundle = new Bundle(script).WithProcess(patch);
        Assert.Equal(expected, bundle.Says());
    }

    [Theory]
    [InlineData("RLIMIT_NOFILE", 123, 456, "Max open files")]
    [InlineData("RLIMIT_CORE", 0, 1024, "Max core file size")]
    [InlineData("RLIMIT_NPROC", 100, 200, "Max processes")]
    [InlineData("RLIMIT_AS", 900000000, 900000001, "Max address space")]
    [InlineData("RLIMIT_STACK", 4194304, 8388608, "Max stack size")]
    [InlineData("RLIMIT_NICE", 0, 0, "Max nice priority")]
    [InlineData("RLIMIT_RTPRIO", 0, 0, "Max realtime priority")]
    [InlineData("RLIMIT_MSGQUEUE", 1000, 2000, "Max msgqueue size")]
    [InlineData("RLIMIT_SIGPENDING", 11, 12, "Max pending signals")]
    [InlineData("RLIMIT_FSIZE", 1000, 3000, "Max file size")]
    [InlineData("RLIMIT_CPU", 5, 9, "Max cpu time")]
    [InlineData("RLIMIT_LOCKS", 5, 9, "Max file locks")]
    [InlineData("RLIMIT_MEMLOCK", 4096, 8192, "Max locked memory")]
    [InlineData("RLIMIT_RTTIME", 5, 9, "Max realtime timeout")]
    [InlineData("RLIMIT_DATA", 90000000, 90000001, "Max data size")]
    [InlineData("RLIMIT_RSS", 90000000, 90000001, "Max resident set")]
    public void A_limit_is_what_the_configuration_says(string type, long soft, long hard, string shown)
    {
        using var bundle = new Bundle($"grep '^{shown}' /proc/self/limits | tr -s ' '").WithProcess($$"""{"rlimits":[{"type":"{{type}}","soft":{{soft}},"hard":{{hard}}}]}""");
        Assert.StartsWith($"{shown} {soft} {hard}", bundle.Says(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"oomScoreAdj":-500}""", "cat /proc/self/oom_score_adj", "-500")]
    [InlineData("""{"rlimits":[{"type":"RLIMIT_NICE","soft":3,"hard":20}]}""", "grep '^Max nice' /proc/self/limits | tr -s ' '", "Max nice priority 3 20 ")]
    [InlineData("""{"rlimits":[{"type":"RLIMIT_RTPRIO","soft":1,"hard":2}]}""", "grep '^Max realtime p' /proc/self/limits | tr -s ' '", "Max realtime priority 1 2 ")]
    public void What_takes_a_privilege_that_not_every_root_has(string patch, string script, string expected)
    {
        Capability.Require(Capability.SysResource);
        using var bundle = new Bundle(script).WithProcess(patch);
        Assert.Equal(expected, bundle.Says());
    }

    [Theory]
    [InlineData("SCHED_FIFO", 3, "3 1")]
    [InlineData("SCHED_RR", 7, "7 2")]
    public void Real_time_scheduling(string policy, int priority, string expected)
    {
        if (File.Exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"))
        {
            Assert.Skip("needs a kernel without real-time shares per cgroup");
        }

        using var bundle = new Bundle("cut -d' ' -f40,41 /proc/self/stat").WithProcess($$"""{ "scheduler": { "policy": "{{policy}}", "priority": {{priority}} } }""");
        Assert.Equal(expected, bundle.Says());
    }

    [Fact]
    public void A_hard_limit_may_be_above_the_callers()
    {
        Capability.Require(Capability.SysResource);
        using var bundle = new Bundle("ulimit -Hn").WithProcess("""{"rlimits":[{"type":"RLIMIT_NOFILE","soft":1024,"hard":70000}]}""").Write();
        Outcome outcome = RideauProgram.Shell($"ulimit -n 5000; '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal((0, "70000\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void Without_a_limit_of_open_files_the_process_has_the_callers()
    {
        using var bundle = new Bundle("ulimit -Sn; ulimit -Hn").WithProcess("""{"rlimits":null}""").Write();
        Outcome outcome = RideauProgram.Shell($"ulimit -Sn 777; ulimit -Hn 5000; '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal((0, "777\n5000\n"), (outcome.ExitCode, outcome.Output));
    }

    [Theory]
    [InlineData("no-such-program", "executable file not found in $PATH")]
    [InlineData("/no/such/program", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("/bin/sh/below", "not a directory")]
    [InlineData("/tmp", "is a directory")]
    [InlineData("passwd", "executable file not found in $PATH")]
    [InlineData("/bin/noformat", "exec format error")]
    [InlineData("/bin/nointerpreter", "no such file or directory")]
    [InlineData("/bin/loop", "too many levels of symbolic links")]
    public void What_cannot_be_executed_is_said_in_the_words_of_the_field(string program, string words)
    {
        using var bundle = new Bundle().WithProcess("""{"env":["PATH=/bin:/etc"]}""").With(configuration => configuration["process"]!["args"] = new JsonArray(program));
        AddPrograms(bundle);
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\"{program}\"", outcome.Error.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Theory]
    [InlineData("""["bin/echo","hi"]""", "/")]
    [InlineData("""["./echo","hi"]""", "/bin")]
    [InlineData("""["echo","hi"]""", "/")]
    [InlineData("""["script","hi"]""", "/")]
    public void A_program_is_found_as_a_shell_would_find_it(string arguments, string directory)
    {
        using var bundle = new Bundle().WithProcess($$"""{"args":{{arguments}},"cwd":"{{directory}}","env":["PATH=/nowhere:/bin"]}""");
        AddPrograms(bundle);
        Assert.Equal("hi", bundle.Says());
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$; sleep 5", 143)]
    [InlineData("kill -KILL $$; sleep 5", 137)]
    [InlineData("kill -SEGV $$; sleep 5", 139)]
    [InlineData("ulimit -c 0; kill -ABRT $$; sleep 5", 134)]
    public void The_exit_status_is_the_processs(string script, int expected)
    {
        using var bundle = new Bundle(script).Without("pid");
        Assert.Equal(expected, bundle.Run().ExitCode);
    }

    [Theory]
    [InlineData("TERM", 10)]
    [InlineData("INT", 11)]
    [InlineData("HUP", 12)]
    [InlineData("USR1", 13)]
    [InlineData("QUIT", 14)]
    [InlineData("CONT", 15)]
    public void A_foreground_run_passes_signals_on(string signal, int status)
    {
        using var bundle = new Bundle($"trap 'exit {status}' {signal}; echo ready; for i in $(seq 100); do sleep 0.1; done").Write();
        Outcome outcome = RideauProgram.Shell($$"""
            '{{RideauProgram.Path}}' --root '{{bundle.Root}}' run --bundle '{{bundle.Directory}}' {{bundle.Name}} >'{{bundle.Directory}}/out' &
            for i in $(seq 100); do grep -q ready '{{bundle.Directory}}/out' && break; sleep 0.05; done
            kill -{{signal}} $!; wait $!
            """);
        Assert.True(outcome.ExitCode == status, outcome.ToString());
    }

    [Theory]
    [InlineData("LINUX32", "i686")]
    [InlineData("LINUX", "x86_64")]
    public void The_personality_is_what_the_configuration_says(string domain, string machine)
    {
        if (!System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.HasFlag(System.Runtime.InteropServices.Architecture.X64))
        {
            Assert.Skip("the names are those of x86_64");
        }

        using var bundle = new Bundle("uname -m").WithLinux($$"""{ "personality": { "domain": "{{domain}}" } }""");
        Assert.Equal(machine, bundle.Says());
    }

    [Theory]
    [InlineData("""{"cwd":"tmp"}""", "cwd")]
    [InlineData("""{"cwd":"/etc/passwd"}""", "/etc/passwd", "not a directory")]
    [InlineData("""{"args":[]}""", "args")]
    [InlineData("""{"rlimits":[{"type":"RLIMIT_ODD","soft":1,"hard":1}]}""", "RLIMIT_ODD")]
    [InlineData("""{"scheduler":{"policy":"SCHED_ODD"}}""", "SCHED_ODD")]
    [InlineData("""{"ioPriority":{"class":"ODD","priority":0}}""", "ODD")]
    [InlineData("""{"oomScoreAdj":5000}""", "oom")]
    public void A_wrong_process_is_refused(string patch, params string[] words)
    {
        using var bundle = new Bundle("true").WithProcess(patch);
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.All(words, word => Assert.Contains(word, outcome.Error, StringComparison.OrdinalIgnoreCase));
        }

        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    private static void AddPrograms(Bundle bundle)
    {
        string binaries = Path.Combine(bundle.RootFilesystem, "bin");
        File.WriteAllText(Path.Combine(binaries, "noformat"), "no program\n");
        File.WriteAllText(Path.Combine(binaries, "nointerpreter"), "#!/no/interpreter\n");
        File.WriteAllText(Path.Combine(binaries, "script"), "#!/bin/sh\necho \"$@\"\n");
        File.CreateSymbolicLink(Path.Combine(binaries, "loop"), "loop");
        RideauProgram.Shell($"chmod 755 '{binaries}/noformat' '{binaries}/nointerpreter' '{binaries}/script'");
    }
}
