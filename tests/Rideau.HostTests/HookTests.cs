using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#posix-platform-hooks: when each runs, where, with what, and what its failure means.</summary>
public sealed class HookTests
{
    private const string Status = """sed 's/.*"status":"\([a-z]*\)".*/\1/'""";

    [Fact]
    public void Each_has_its_turn_and_its_status()
    {
        RideauProgram.SkipForAnother("poststart hooks run at create there");
        using var bundle = new Bundle("echo program >>/tmp/log");
        string outside = Log(bundle);
        foreach (string kind in new[] { "prestart", "createRuntime", "createContainer", "poststart", "poststop" })
        {
            Add(bundle, kind, $"echo {kind} $({Status}) >>'{outside}'");
        }

        Add(bundle, "startContainer", $"echo startContainer $({Status}) >>/tmp/log");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal("prestart creating\ncreateRuntime creating\ncreateContainer creating\n", File.ReadAllText(outside));
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        string[] lines = File.ReadAllLines(outside);

        // The program and the poststart hook run side by side; that it has ended by the hook's turn may show.
        Assert.Equal(["poststart", "program", "startContainer created"], lines[3..6].Select(line => line.StartsWith("poststart", StringComparison.Ordinal) ? "poststart" : line).Order(StringComparer.Ordinal));
        Assert.Equal(["poststop stopped"], lines[6..]);
    }

    [Fact]
    public void Run_has_them_all_too()
    {
        using var bundle = new Bundle("echo program >>/tmp/log");
        foreach (string kind in new[] { "prestart", "createRuntime", "createContainer", "poststart", "poststop" })
        {
            Add(bundle, kind, $"echo {kind} >>'{Log(bundle)}'");
        }

        Add(bundle, "startContainer", "echo startContainer >>/tmp/log");
        bundle.Says();
        Assert.Equal(["createContainer", "createRuntime", "poststart", "poststop", "prestart", "program", "startContainer"], File.ReadAllLines(Log(bundle)).Order(StringComparer.Ordinal));
    }

    // Before the root is entered createContainer hooks see the machine's files, and the container's namespaces.
    [Theory]
    [InlineData("prestart", "mnt net pid uts", "")]
    [InlineData("createRuntime", "mnt net pid uts", "")]
    [InlineData("createContainer", "", "mnt net uts")]
    [InlineData("poststart", "mnt net pid uts", "")]
    [InlineData("poststop", "mnt net pid uts", "")]
    public void It_runs_in_the_right_namespaces(string kind, string asOutside, string asInside)
    {
        using var bundle = new Bundle("for n in mnt net pid uts; do readlink /proc/self/ns/$n; done; sleep 0.3");
        Add(bundle, kind, $"for n in mnt net pid uts; do readlink /proc/self/ns/$n; done >'{Log(bundle)}'");
        string[] names = ["mnt", "net", "pid", "uts"];
        string[] inside = bundle.Says().Split('\n');
        string[] seen = File.ReadAllLines(Log(bundle));
        Assert.Equal(asOutside.Split(' ', StringSplitOptions.RemoveEmptyEntries), names.Where((name, i) => seen[i] == NamespaceHolder.Own(name)));
        Assert.Subset(names.Where((name, i) => seen[i] == inside[i]).ToHashSet(), asInside.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
    }

    [Fact]
    public void In_a_joined_pid_namespace_hooks_get_the_pid_of_the_container()
    {
        RideauProgram.SkipForAnother("createContainer hooks get another pid there");
        using var holder = new NamespaceHolder("--pid --fork --kill-child");
        using var bundle = new Bundle("readlink /proc/self/ns/net; sleep 0.3").Namespace("pid", holder["pid_for_children"]);
        string pid = """pid=$(sed 's/.*"pid":\([0-9]*\).*/\1/')""";
        Add(bundle, "createRuntime", $"{pid}; readlink /proc/$pid/ns/net >>'{Log(bundle)}'");
        Add(bundle, "createContainer", $"{pid}; readlink /proc/$pid/ns/net >>'{Log(bundle)}'");
        Add(bundle, "poststart", $"{pid}; readlink /proc/$pid/ns/net >>'{Log(bundle)}'");
        string inside = bundle.Says();
        Assert.Equal([inside, inside, inside], File.ReadAllLines(Log(bundle)));
    }

    [Fact]
    public void A_startContainer_hook_is_inside()
    {
        using var bundle = new Bundle("for n in mnt net pid uts; do readlink /proc/self/ns/$n; done; cat /tmp/log");
        Add(bundle, "startContainer", "for n in mnt net pid uts; do readlink /proc/self/ns/$n; done >/tmp/log");
        string[] lines = bundle.Says().Split('\n');
        Assert.Equal(lines[..4], lines[4..]);
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("poststart")]
    public void The_state_tells_the_container_and_its_process(string kind)
    {
        using var bundle = new Bundle("sleep 0.5").With("""{"annotations":{"a.b":"c"}}""");
        Add(bundle, kind, $"cat >'{Log(bundle)}'; readlink /proc/self/ns/net >'{bundle.Directory}/net'");
        bundle.Says();
        JsonObject state = JsonNode.Parse(File.ReadAllText(Log(bundle)))!.AsObject();
        Assert.Equal(bundle.Name, (string?)state["id"]);
        Assert.Equal(bundle.Directory, (string?)state["bundle"]);
        Assert.Equal("c", (string?)state["annotations"]!["a.b"]);
        Assert.True((int)state["pid"]! > 0);
        Assert.StartsWith("1.", (string?)state["ociVersion"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_createRuntime_hook_can_set_the_containers_network_up()
    {
        using var bundle = new Bundle("cat /proc/sys/net/ipv4/ip_forward");
        Add(bundle, "createRuntime", """pid=$(sed 's/.*"pid":\([0-9]*\).*/\1/'); nsenter --net=/proc/$pid/ns/net sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'""");
        Assert.Equal("1", bundle.Says());
    }

    [Fact]
    public void A_createContainer_hook_can_mount_into_the_root()
    {
        using var bundle = new Bundle("cat /tmp/file");
        Add(bundle, "createContainer", $"mount -t tmpfs x '{bundle.RootFilesystem}/tmp' && echo hooked >'{bundle.RootFilesystem}/tmp/file'");
        Assert.Equal("hooked", bundle.Says());
    }

    [Theory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    [InlineData("poststop")]
    public void Arguments_and_environment_are_those_of_the_configuration(string kind)
    {
        using var bundle = new Bundle("true");
        string log = Log(bundle);
        bundle.Configuration["hooks"] = new JsonObject
        {
            [kind] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("zero", "-c", $"{{ echo $0 $1; echo $A; echo $SECRET; cat /proc/self/environ | tr '\\0' '\\n' | grep -v ^PWD= | sort; }} >'{log}'", "one", "two"),
                ["env"] = new JsonArray("A=b", "PATH=/bin:/usr/bin"),
            }),
        };
        bundle.Write();
        Outcome outcome = RideauProgram.Shell($"SECRET=x '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("one two\nb\n\nA=b\nPATH=/bin:/usr/bin\n", File.ReadAllText(log));
    }

    [Fact]
    public void They_run_in_their_order_and_the_first_failure_is_the_last()
    {
        using var bundle = new Bundle("true");
        string log = Log(bundle);
        Add(bundle, "createRuntime", $"echo 1 >>'{log}'");
        Add(bundle, "createRuntime", $"echo 2 >>'{log}'; echo told >&2; exit 7");
        Add(bundle, "createRuntime", $"echo 3 >>'{log}'");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("1\n2\n", File.ReadAllText(log));
        Assert.Contains("told", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("7", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("hook", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prestart", "create")]
    [InlineData("createRuntime", "create")]
    [InlineData("createContainer", "create")]
    [InlineData("prestart", "run")]
    [InlineData("createRuntime", "run")]
    [InlineData("createContainer", "run")]
    [InlineData("startContainer", "run")]
    public void A_failure_before_the_start_unmakes_the_container(string kind, string verb)
    {
        using var bundle = new Bundle("echo program");
        Add(bundle, kind, "exit 9");
        Outcome outcome = verb == "create" ? bundle.Create() : bundle.Run();
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains($"{kind} hook 0 \"/bin/sh\"", outcome.Error, StringComparison.Ordinal);
            Assert.Contains("exit status 9", outcome.Error, StringComparison.Ordinal);
        }

        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
        Assert.DoesNotContain(Directory.GetDirectories("/sys/fs/cgroup"), hierarchy => Directory.Exists(Path.Combine(hierarchy, "rideau-test", bundle.Name)));
    }

    [Theory]
    [InlineData("createRuntime", "create", "INT")]
    [InlineData("prestart", "run", "TERM")]
    [InlineData("createContainer", "create", "TERM")]
    [InlineData("createContainer", "run", "INT")]
    [InlineData("startContainer", "run", "INT")]
    public void A_hook_that_hangs_is_ended_by_a_signal_to_the_runtime_and_nothing_is_left(string kind, string verb, string signal)
    {
        RideauProgram.SkipForAnother("it has no answer to signals there");
        using var bundle = new Bundle("echo program");
        Add(bundle, kind, "exec sleep 77");
        bundle.Write();
        // A shell without job control lets what it puts into the background ignore SIGINT.
        Outcome outcome = RideauProgram.Shell($"""
            env --default-signal=INT '{RideauProgram.Path}' --root '{bundle.Root}' {verb} --bundle '{bundle.Directory}' {bundle.Name} </dev/null & pid=$!
            sleep 0.3; kill -{signal} $pid
            for i in $(seq 300); do [ -d /proc/$pid ] || break; sleep 0.1; done
            [ -d /proc/$pid ] && echo hangs && kill -9 $pid
            wait $pid; echo $?
            """, limitSeconds: 60);
        Assert.True(outcome.Output == "1\n" && outcome.Error.Contains($"signal {(signal == "INT" ? 2 : 15)} came", StringComparison.Ordinal), outcome.ToString());
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
        Assert.DoesNotContain(Directory.GetDirectories("/sys/fs/cgroup"), hierarchy => Directory.Exists(Path.Combine(hierarchy, "rideau-test", bundle.Name)));
    }

    [Theory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void A_signal_that_the_caller_ignores_ends_no_hook(string kind)
    {
        RideauProgram.SkipForAnother("it has no answer to signals there");
        using var bundle = new Bundle("echo program");
        Add(bundle, kind, "exec sleep 3");
        bundle.Write();
        Outcome outcome = RideauProgram.Shell($"""
            trap '' HUP; '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name} </dev/null & pid=$!
            sleep 0.5; kill -HUP $pid; wait $pid; echo $?
            """, limitSeconds: 60);
        Assert.Equal("program\n0\n", outcome.Output);
    }

    /// <summary>Engines' default profiles answer clone3(2) with ENOSYS, and the filter is on when these hooks run.</summary>
    [Fact]
    public void A_startContainer_hook_runs_under_a_filter_without_clone3()
    {
        using var bundle = new Bundle("true");
        Add(bundle, "startContainer", "echo startContainer >/tmp/log");
        bundle.WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}}""");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("startContainer\n", File.ReadAllText(Log(bundle)));
    }

    [Fact]
    public void A_startContainer_hook_that_fails_fails_start_and_stops_the_container()
    {
        using var bundle = new Bundle("echo program");
        Add(bundle, "startContainer", "exit 9");
        Assert.Equal(0, bundle.Create().ExitCode);
        Outcome outcome = bundle.Start();
        if (!RideauProgram.IsAnother)
        {
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains("exit status 9", outcome.Error, StringComparison.Ordinal);
        }

        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal("", bundle.CreatedOutput);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    [Fact]
    public void A_poststart_hook_that_fails_stops_the_container()
    {
        RideauProgram.SkipForAnother("poststart hooks run at create there");
        using var bundle = new Bundle("sleep 100");
        Add(bundle, "poststart", "echo told >&2; exit 9");
        Assert.Equal(0, bundle.Create().ExitCode);
        Outcome outcome = bundle.Start();
        if (!RideauProgram.IsAnother)
        {
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains("poststart hook 0", outcome.Error, StringComparison.Ordinal);
            Assert.True(bundle.WaitForStatus("stopped"));
        }

        using var second = new Bundle("sleep 100");
        Add(second, "poststart", "exit 9");
        Assert.Equal(1, second.Run().ExitCode);
        Assert.NotEqual(0, second.Rideau("state", second.Name).ExitCode);
    }

    [Fact]
    public void A_poststop_hook_that_fails_is_a_warning_and_the_next_one_runs()
    {
        using var bundle = new Bundle("true");
        Add(bundle, "poststop", "exit 9");
        Add(bundle, "poststop", $"echo second >'{Log(bundle)}'");
        Outcome outcome = bundle.Run();
        Assert.Equal(0, outcome.ExitCode);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains("poststop hook 0", outcome.Error, StringComparison.Ordinal);
            Assert.Equal("second\n", File.ReadAllText(Log(bundle)));
        }
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    public void A_hook_that_takes_too_long_is_killed(string kind)
    {
        RideauProgram.SkipForAnother("it waits for the hook's children");
        using var bundle = new Bundle("true");
        Add(bundle, kind, "sleep 77.7; true", 1);
        var clock = Stopwatch.StartNew();
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 8);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains("timeout", outcome.Error, StringComparison.Ordinal);
            Assert.Equal("", RideauProgram.Shell("pgrep -f '^sleep 77.7'").Output);
        }
    }

    [Theory]
    [InlineData("/no/such/hook", "no such file")]
    [InlineData("relative", "relative")]
    [InlineData("/etc/passwd", "permission denied")]
    public void A_hook_that_cannot_be_run_is_an_error(string path, string words)
    {
        foreach (string kind in new[] { "createRuntime", "createContainer" })
        {
            using var bundle = new Bundle("true");
            bundle.Configuration["hooks"] = new JsonObject { [kind] = new JsonArray(new JsonObject { ["path"] = path }) };
            Outcome outcome = bundle.Run();
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void A_hook_that_does_not_read_its_state_is_no_failure()
    {
        using var bundle = new Bundle("echo program").With($$"""{ "annotations": { "long": "{{new string('x', 100000)}}" } }""");
        Add(bundle, "createRuntime", "exec <&-; exit 0");
        Assert.Equal("program", bundle.Says());
    }

    // Inside the root the log is the same file: /tmp of the container.
    private static string Log(Bundle bundle) => Path.Combine(bundle.RootFilesystem, "tmp", "log");

    private static void Add(Bundle bundle, string kind, string script, int? timeout = null)
    {
        JsonObject hooks = bundle.Configuration["hooks"]?.AsObject() ?? [];
        bundle.Configuration["hooks"] = hooks.Parent is null ? hooks : hooks.DeepClone();
        hooks = bundle.Configuration["hooks"]!.AsObject();
        hooks[kind] ??= new JsonArray();
        var hook = new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script), ["env"] = new JsonArray("PATH=/bin:/usr/bin:/sbin:/usr/sbin") };
        if (timeout is not null)
        {
            hook["timeout"] = timeout;
        }

        hooks[kind]!.AsArray().Add(hook);
    }
}
