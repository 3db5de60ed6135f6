using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>explain: the plan is shown, and nothing of it is done.</summary>
public sealed partial class ExplainTests
{
    // All that explain may ask of the kernel beside reading; the rest would be doing something.
    private static readonly string[] s_harmless =
    [
        "access", "arch_prctl", "brk", "close", "execve", "exit_group", "fcntl", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "geteuid", "getegid", "getuid", "getgid", "getpid",
        "getrandom", "gettid", "ioctl", "lseek", "madvise", "memfd_create", "mmap", "mprotect", "munmap", "newfstatat", "openat", "openat2", "pipe2", "poll", "ppoll", "prctl", "pread64",
        "prlimit64", "read", "readlink", "readlinkat", "rseq", "rt_sigaction", "rt_sigprocmask", "sched_getaffinity", "set_robust_list", "set_tid_address", "sigaltstack", "socketpair",
        "statfs", "statx", "write", "membarrier", "sched_yield", "clock_gettime", "getrusage", "tgkill", "gettimeofday", "capget", "sysinfo", "uname",
    ];

    public static TheoryData<string> Kinds => ["plain", "idmapped", "hooks and terminal", "user namespace"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_done(string kind)
    {
        RideauProgram.SkipForAnother("explain is Rideau's own");
        using Bundle bundle = Make(kind);
        string trace = Path.Combine(bundle.Directory, "trace");
        Outcome outcome = RideauProgram.Execute("/usr/bin/strace", ["-f", "-qq", "-o", trace, RideauProgram.Path, "--root", bundle.Root, "explain", bundle.Directory]);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("execve(", outcome.Output);
        string[] lines = File.ReadAllLines(trace);
        Assert.Empty(lines.Select(line => CallName().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct().Except(s_harmless));
        Assert.Single(lines, line => line.Contains(" execve(", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(" open", StringComparison.Ordinal) && (line.Contains("O_WRONLY", StringComparison.Ordinal) || line.Contains("O_RDWR", StringComparison.Ordinal) || line.Contains("O_CREAT", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.Contains(" write(", StringComparison.Ordinal) && !line.Contains(" write(1,", StringComparison.Ordinal));
        Assert.False(Directory.Exists(bundle.Root));
    }

    [Fact]
    public void An_ordinary_user_can_have_it_explained()
    {
        RideauProgram.SkipForAnother("explain is Rideau's own");
        using Bundle bundle = new Bundle("true").AsUser(1234, 1234).Write();
        Outcome outcome = bundle.Rideau("explain", bundle.Directory);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("write setgroups: deny\n", outcome.Output);
        Assert.Contains("write uid_map: 0 in the container is 1234 outside\n", outcome.Output);
    }

    [Theory]
    [InlineData("""{"process":{"cwd":"tmp"}}""", "process.cwd")]
    [InlineData("""{"mounts":[{"destination":"/x","type":"tmpfs","options":7}]}""", "mounts[0].options")]
    [InlineData("""{"linux":{"namespaces":[{"type":"pid"},{"type":"nothing"}]}}""", "linux.namespaces[1].type")]
    [InlineData("""{"root":{"path":"nowhere"}}""", "rootfs\"|nowhere")]
    public void What_is_wrong_is_named_with_its_path(string patch, string path)
    {
        RideauProgram.SkipForAnother("explain is Rideau's own");
        using Bundle bundle = new Bundle("true").With(patch).Write();
        Outcome outcome = bundle.Rideau("explain", bundle.Directory);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        Assert.Contains(path.Split('|'), word => outcome.Error.Contains(word, StringComparison.Ordinal));
        Assert.True(outcome.Error.StartsWith("rideau: cannot ", StringComparison.Ordinal), outcome.Error);
    }

    [Fact]
    public void Json_has_the_same_as_the_text()
    {
        RideauProgram.SkipForAnother("explain is Rideau's own");
        using Bundle bundle = Make("hooks and terminal");
        string text = bundle.Rideau("explain", bundle.Directory).Output;
        JsonNode answer = JsonNode.Parse(bundle.Rideau("explain", "--format", "json", bundle.Directory).Output)!;
        Assert.Equal(bundle.Directory, (string?)answer["bundle"]);
        var lines = new List<string>();
        foreach (JsonNode? stage in answer["stages"]!.AsArray())
        {
            bool child = (string)stage!["process"]! == "child";
            lines.Add($"{(child ? "The child: " : "The caller, ")}{stage["name"]}");
            foreach (JsonNode? action in stage["actions"]!.AsArray())
            {
                lines.Add($"  {action!["purpose"]}");
                lines.AddRange((action["steps"]?.AsArray() ?? []).Select(step => $"{step!["number"]!.ToString().PadLeft(7)}  {step["call"]}"));
            }
        }

        // What a step does after an error stands behind it in the text.
        static string Plain(string line) => Course().Replace(line, "");
        Assert.Equal(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Plain), lines);
    }

    [Fact]
    public void The_step_that_fails_is_the_step_that_was_explained()
    {
        RideauProgram.SkipForAnother("explain is Rideau's own");
        using Bundle bundle = new Bundle("true").Mount("/mnt", "nosuchfs", "none").Write();
        string text = bundle.Rideau("explain", bundle.Directory).Output;
        Outcome run = bundle.Run();
        Match failure = FailedStep().Match(run.Error);
        Assert.True(failure.Success, run.Error);
        Assert.Contains($"{failure.Groups[2].Value.PadLeft(7)}  {failure.Groups[1].Value}", text);
        Assert.Contains("  mount nosuchfs on \"/mnt\"\n", text);
    }

    private static Bundle Make(string kind)
    {
        var bundle = new Bundle("true");
        switch (kind)
        {
            case "idmapped":
                bundle.Mount("/mnt", "bind", bundle.RootFilesystem, "bind", "idmap").With(configuration =>
                {
                    JsonNode mount = configuration["mounts"]!.AsArray()[^1]!;
                    mount["uidMappings"] = JsonNode.Parse("""[{"containerID":0,"hostID":100000,"size":1000}]""");
                    mount["gidMappings"] = JsonNode.Parse("""[{"containerID":0,"hostID":100000,"size":1000}]""");
                });
                break;
            case "hooks and terminal":
                bundle.With("""{"hooks":{"prestart":[{"path":"/bin/false"}],"createContainer":[{"path":"/bin/false"}],"startContainer":[{"path":"/bin/false"}]}}""")
                    .WithProcess("""{"terminal":true}""");
                break;
            case "user namespace":
                bundle.WithUserNamespace();
                break;
        }

        return bundle.Write();
    }

    [GeneratedRegex(@"^\d+ +([a-z_0-9]+)\(")]
    private static partial Regex CallName();

    [GeneratedRegex(@"  \[[^""]*(go on|go to \d+)\]$")]
    private static partial Regex Course();

    [GeneratedRegex(@"(fsopen\([^)]*\)) failed.*\[child, step (\d+) of")]
    private static partial Regex FailedStep();
}
