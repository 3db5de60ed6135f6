using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>"enter": wholly, as a child of the target's init would be; in part; and for looking, configuring and visiting.</summary>
public sealed class EnterTests
{
    private static readonly string[] s_same =
    [
        "Umask", "Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", "Seccomp_filters", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
        "Cpus_allowed_list", "Mems_allowed_list", "SigBlk", "SigIgn", "Speculation_Store_Bypass", "THP_enabled", "NSpid-depth",
    ];

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Everything_in_proc_is_as_with_init(bool userNamespace, bool filter)
    {
        using var bundle = new Bundle("exec sleep 100");
        bundle.WithProcess("""{"user":{"uid":1000,"gid":1000,"umask":23,"additionalGids":[5,6]},"rlimits":[{"type":"RLIMIT_NOFILE","hard":512,"soft":256},{"type":"RLIMIT_CORE","hard":0,"soft":0}],"oomScoreAdj":100,"scheduler":{"policy":"SCHED_BATCH","nice":5},"ioPriority":{"class":"IOPRIO_CLASS_IDLE","priority":0},"env":["PATH=/bin","ONE=1","TWO=a b"]}""")
            .Namespace("cgroup");
        if (filter)
        {
            bundle.WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mount"],"action":"SCMP_ACT_ERRNO"}]}}""");
        }

        if (userNamespace)
        {
            bundle.WithUserNamespace();
            RideauProgram.Shell($"chmod 755 {bundle.Directory}; chown -R 100000:100000 {bundle.RootFilesystem}");
        }

        bundle.Started();
        int init = bundle.InitAs("sleep");
        // One that is entered reports its pid as the machine sees it, and stays to be looked at.
        RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' enter {bundle.Name} sleep 77 </dev/null >/dev/null 2>'{bundle.Directory}/enter' & for i in $(seq 100); do grep -qlsx 'sleep.77.' /proc/[0-9]*/cmdline && break; sleep 0.05; done");
        int entered = bundle.Rideau("ps", "--format", "json", bundle.Name).Output is { } list
            ? JsonNode.Parse(list)!.AsArray().Select(pid => (int)pid!).First(pid => pid != init && File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep\077", StringComparison.Ordinal))
            : 0;
        Assert.Equal(Facts(init), Facts(entered));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Check_says_that_all_is_equal(bool userNamespace)
    {
        using var bundle = new Bundle("exec sleep 100");
        if (userNamespace)
        {
            bundle.WithUserNamespace();
            RideauProgram.Shell($"chmod 755 {bundle.Directory}; chown -R 100000:100000 {bundle.RootFilesystem}");
        }

        bundle.Started().InitAs("sleep");
        Outcome outcome = bundle.Rideau("enter", "--check", bundle.Name);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.DoesNotContain("differs", outcome.Output, StringComparison.Ordinal);
        JsonArray attributes = JsonNode.Parse(bundle.Rideau("enter", "--check", "--format", "json", bundle.Name).Output)!.AsArray();
        Assert.True(attributes.Count > 40 && attributes.All(one => (bool?)one!["equal"] ?? true));
        Assert.Contains("unknown  Landlock rules: the kernel does not tell", outcome.Output, StringComparison.Ordinal);
        // What looked is gone again, and left no zombie.
        Assert.Equal([Init(bundle)], JsonNode.Parse(bundle.Rideau("ps", "--format", "json", bundle.Name).Output)!.AsArray().Select(pid => (int)pid!));
    }

    /// <summary>The record says it where the namespaces are all there is to know; what an older version wrote does not.</summary>
    [Fact]
    public void What_is_to_know_is_in_the_record_or_in_the_configuration()
    {
        const string Namespaces = "for type in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$type; done";
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        string state = Path.Combine(bundle.Root, bundle.Name, "state.json");
        JsonNode record = JsonNode.Parse(File.ReadAllText(state))!;
        Assert.NotNull(record["ownNamespacesAlone"]);
        string entered = bundle.Rideau("enter", bundle.Name, "sh", "-c", Namespaces).Output;
        record.AsObject().Remove("ownNamespacesAlone");
        File.WriteAllText(state, record.ToJsonString());
        Assert.Equal(entered, bundle.Rideau("enter", bundle.Name, "sh", "-c", Namespaces).Output);
        Assert.Contains("mnt:", entered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("--only", "net", "true")]
    [InlineData("--monitor", "true")]
    public void What_has_stopped_is_not_entered(params string[] words)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        bundle.Rideau("kill", bundle.Name, "KILL");
        bundle.WaitForStatus("stopped");
        Outcome outcome = bundle.Rideau(["enter", .. words[..^1], bundle.Name, words[^1]]);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains($"cannot enter container \"{bundle.Name}\": it has stopped\n  hint: start it, or delete it", StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void A_container_is_found_by_id_pid_cgroup_and_path()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        int init = Init(bundle);
        string cgroup = new[] { "/sys/fs/cgroup" }.Concat(Directory.GetDirectories("/sys/fs/cgroup")).Select(hierarchy => $"{hierarchy}/rideau-test/{bundle.Name}").First(Directory.Exists);
        foreach (string target in new[] { bundle.Name, init.ToString(CultureInfo.InvariantCulture), cgroup, $"/proc/{init}/ns/net", $"/proc/{init}/ns/pid" })
        {
            Outcome outcome = bundle.Rideau("enter", target, "readlink", "/proc/self/ns/mnt");
            Assert.True(outcome.ExitCode == 0 && outcome.Output.Trim() == new FileInfo($"/proc/{init}/ns/mnt").LinkTarget, $"{target}: {outcome}");
        }

        Assert.Contains("cannot find \"nobody\"", bundle.Rideau("enter", "nobody", "true").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void In_part_the_rest_is_the_callers_and_it_is_said_once()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        int init = Init(bundle);
        Outcome outcome = bundle.Rideau("enter", "--only", "net,uts", bundle.Name, "/bin/sh", "-c", "readlink /proc/self/ns/net; readlink /proc/self/ns/mnt; hostname");
        Assert.Equal($"{new FileInfo($"/proc/{init}/ns/net").LinkTarget}\n{NamespaceHolder.Own("mnt")}\nrideau\n", outcome.Output);
        Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("not confined by its ipc namespace, mount namespace, pid namespace", outcome.Error, StringComparison.Ordinal);
        JsonNode report = JsonNode.Parse(bundle.Rideau("enter", "--not", "mnt", "--format", "json", bundle.Name, "/bin/true").Error)!;
        Assert.Equal(["ipc", "net", "pid", "uts"], report["entered"]!.AsArray().Select(one => (string)one!));
        Assert.Contains("no_new_privs", report["missing"]!.AsArray().Select(one => (string)one!));
    }

    [Fact]
    public void In_part_the_command_takes_this_programs_place_where_it_can_and_its_status_and_signals_are_its_own()
    {
        using Bundle bundle = new Bundle("sleep 100").Namespace("network").Started();
        int init = bundle.InitAs("sleep");
        // As a process that is no container of this root: nothing has to be done with the command's process.
        string enter = $"'{RideauProgram.Path}' --root '{bundle.Root}-none' enter --quiet";
        Outcome outcome = RideauProgram.Shell($"""
            echo $$; {enter} --only net,uts {init} sh -c 'echo $PPID; readlink /proc/self/ns/net'
            {enter} --only net {init} sh -c 'exit 7'; echo $?
            {enter} --only net {init} sh -c 'kill -9 $$'; echo $?
            {enter} --only net {init} /nowhere; echo $?
            (trap '' HUP; {enter} --only net {init} grep SigIgn /proc/self/status; {enter} --only pid,net {init} sh -c 'kill -HUP $$; echo on')
            {enter} --only net {init} sh -c 'ulimit -n; grep SigBlk /proc/self/status'; ulimit -n; grep SigBlk /proc/self/status
            """);
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[0], lines[1]);
        Assert.Equal(RideauProgram.Shell($"readlink /proc/{init}/ns/net").Output, lines[2] + "\n");
        Assert.Equal(["7", "137", "127"], lines[3..6]);
        Assert.Equal(["SigIgn:\t0000000000000001", "on"], lines[6..8]); // nohup(1)
        Assert.Equal(lines[10..], lines[8..10]);
        Assert.Contains("\"/nowhere\": not found", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_paused_container_is_not_entered_in_part()
    {
        using Bundle bundle = new Bundle("sleep 100").Namespace("network").Started();
        bundle.Rideau("pause", bundle.Name);
        Outcome outcome = bundle.Rideau("enter", "--quiet", "--only", "net", bundle.Name, "true");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"it is paused, and whoever enters it would be\n  hint: \"rideau resume {bundle.Name}\" first", outcome.Error, StringComparison.Ordinal);
        bundle.Rideau("resume", bundle.Name);
        Assert.Equal(0, bundle.Rideau("enter", "--quiet", "--only", "net", bundle.Name, "true").ExitCode);
    }

    [Fact]
    public void What_entered_in_part_is_listed_known_and_ended_with_its_container()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        int init = Init(bundle);
        RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' enter --quiet --only net {bundle.Name} /bin/sleep 78 </dev/null >/dev/null 2>&1 & for i in $(seq 100); do grep -qlsx '/bin/sleep.78.' /proc/[0-9]*/cmdline && break; sleep 0.05; done");
        int entered = JsonNode.Parse(bundle.Rideau("ps", "--format", "json", bundle.Name).Output)!.AsArray().Select(pid => (int)pid!).Single(pid => pid != init);
        string who = bundle.Rideau("who", entered.ToString(CultureInfo.InvariantCulture)).Output;
        Assert.Contains($"container \"{bundle.Name}\"", who, StringComparison.Ordinal);
        Assert.Contains("not the container's own mnt namespace", who, StringComparison.Ordinal);
        Assert.Contains($"process {entered} ", bundle.Rideau("who", $"/proc/{init}/ns/net").Output, StringComparison.Ordinal);
        bundle.Delete();
        Assert.False(File.Exists($"/proc/{entered}/cmdline") && File.ReadAllText($"/proc/{entered}/cmdline").Contains("78", StringComparison.Ordinal));
    }

    [Fact]
    public void A_container_of_a_single_file_is_looked_at_configured_and_visited_with_the_machines_tools()
    {
        using var bundle = new Bundle();
        // A root file system with one static program and nothing else.
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}' && mv bin/busybox sleep && rm -rf bin etc tmp root");
        bundle.Process["args"] = new JsonArray("/sleep", "100");
        bundle.Started();
        int init = Init(bundle);
        Assert.Contains("it has no shell", bundle.Rideau("enter", "--login", bundle.Name).Error, StringComparison.Ordinal);

        string seen = bundle.Rideau("enter", "--monitor", bundle.Name, "/bin/sh", "-c", "ps ax -o pid,args; ls /sys/class/net; echo x > /tmp/rideau-write-test").Output;
        Assert.Contains(" 1 /sleep 100", seen, StringComparison.Ordinal);
        Assert.Contains("\nlo\n", seen, StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/rideau-write-test"));

        Outcome configured = bundle.Rideau("enter", "--configure", bundle.Name, "/bin/sh", "-c", "hostname changed; ip link set lo down");
        Assert.True(configured.ExitCode == 0, configured.ToString());
        Assert.Equal("changed", RideauProgram.Shell($"nsenter --uts=/proc/{init}/ns/uts hostname").Output.Trim());

        Outcome visited = bundle.Rideau("enter", "--with-host", bundle.Name, "/bin/sh", "-c", "ls; ps ax -o pid,args; touch /mnt/from-outside; touch /etc/must-not 2>/dev/null || echo read-only");
        Assert.True(visited.ExitCode == 0, visited.ToString());
        Assert.Contains("sleep\n", visited.Output, StringComparison.Ordinal);
        Assert.Contains(" 1 /sleep 100", visited.Output, StringComparison.Ordinal);
        Assert.EndsWith("read-only\n", visited.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(bundle.RootFilesystem, "from-outside")));
        // Nobody in the container sees the tools.
        Assert.DoesNotContain("/mnt", File.ReadAllText($"/proc/{init}/mountinfo"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_is_no_container_is_entered_too()
    {
        using var holder = new NamespaceHolder("--net --uts --mount");
        using var root = new NameRoot();
        string pid = holder["net"].Split('/')[2];
        Assert.Equal($"{holder.Identity("net")}\n{holder.Identity("mnt")}", root.Says("enter", pid, "sh", "-c", "readlink /proc/self/ns/net; readlink /proc/self/ns/mnt"));
        Assert.Equal(0, root.Rideau("enter", "--check", pid).ExitCode);
    }

    /// <summary>In the caller's own process, and in an image of its own, which a pid namespace needs.</summary>
    [Theory]
    [InlineData("uts")]
    [InlineData("pid")]
    public void The_callers_environment_goes_on_byte_by_byte(string type)
    {
        using var holder = new NamespaceHolder("--uts --pid --fork --kill-child");
        string pid = RideauProgram.Shell($"cat /proc/{holder["net"].Split('/')[2]}/task/*/children").Output.Trim();
        string entered = $"{RideauProgram.Path} enter --quiet --only {type} {pid} sh -c 'printf %s \"$ODD\" | od -An -tx1'";
        Outcome outcome = RideauProgram.Shell($"ODD=$(printf 'a\\377b'); export ODD; {entered}");
        Assert.Equal(" 61 ff 62\n", outcome.Output);
        Assert.Equal(" 61 ff 62\n", RideauProgram.Shell($"ODD=$(printf 'a\\377b'); export ODD; {entered.Replace("enter ", "enter --env OTHER=1 ", StringComparison.Ordinal)}").Output);
    }

    /// <summary>getenv(3) finds the first, and so does who set a safe one: the second must not lead to another program.</summary>
    [Fact]
    public void Of_a_variable_that_is_there_twice_the_first_counts_and_an_empty_one_harms_nobody()
    {
        using var holder = new NamespaceHolder("--uts");
        using var root = new NameRoot();
        foreach (string which in new[] { "first", "second" })
        {
            string program = Path.Combine(Directory.CreateDirectory(Path.Combine(root.Directory, which)).FullName, "which-of-two");
            File.WriteAllText(program, $"#!/bin/sh\necho {which} $A\n");
            RideauProgram.Shell($"chmod 755 {program}");
        }

        string script = $"""
            import ctypes
            words = lambda *all: (ctypes.c_char_p * (len(all) + 1))(*[one.encode() for one in all], None)
            ctypes.CDLL(None).execve(b"{RideauProgram.Path}", words("rideau", "enter", "--quiet", "--only", "uts", "--env", "A=given", "--env", "A=set", "{holder["uts"].Split('/')[2]}", "which-of-two"),
                words("", "PATH={root.Directory}/first", "A=old", "=odd", "PATH={root.Directory}/second", "no-value", "A=older"))
            """;
        Outcome outcome = RideauProgram.Execute("python3", ["-c", script]);
        Assert.True(outcome is { ExitCode: 0, Output: "first set\n" }, outcome.ToString());
    }

    [Theory]
    [InlineData("NAME")]
    [InlineData("=value")]
    public void What_is_no_variable_is_refused(string text)
    {
        using var holder = new NamespaceHolder("--uts");
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["enter", "--quiet", "--only", "uts", "--env", text, holder["uts"].Split('/')[2], "true"]);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains($"\"{text}\" is no variable", StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void The_census_has_what_lsns_has_and_what_no_process_is_in()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", "--pid", name);
        JsonArray all = JsonNode.Parse(root.Says("ns", "list", "--format", "json"))!.AsArray();
        JsonNode network = all.Single(one => (string)one!["type"]! == "net" && one["names"]!.AsArray().Any(other => (string)other! == name))!;
        Assert.Equal(root.Identity(name, "net"), $"net:[{network["inode"]}]");
        Assert.Equal(root.Identity(name, "user"), $"user:[{network["owner"]}]");
        Assert.Contains(root.File(name, "net"), network["mounts"]!.AsArray().Select(one => (string)one!));
        JsonNode pid = all.Single(one => $"pid:[{one!["inode"]}]" == root.Identity(name, "pid"))!;
        Assert.Equal((1, 1), ((int)pid["depth"]!, pid["processes"]!.AsArray().Count));
        // What lsns shows with the same process before and after: others end meanwhile, and the kernel gives their numbers away again.
        string[] before = ShownByLsns();
        HashSet<string> ours = [.. JsonNode.Parse(root.Says("ns", "list", "--format", "json"))!.AsArray().Select(one => one!["inode"]!.ToString())];
        string[] stable = [.. before.Intersect(ShownByLsns())];
        Assert.NotEmpty(stable);
        string[] missing = [.. stable.Where(one => !ours.Contains(one.Split(' ')[0]))];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
        root.Says("ns", "create", "--net", $"{name}-alone");
        Assert.Contains($"{root.Identity($"{name}-alone", "net")} \"{name}-alone\": no process, held by 1 mounts", root.Says("ns", "tree"), StringComparison.Ordinal);
    }

    // "NUMBER PID" of each.
    private static string[] ShownByLsns() =>
        [.. RideauProgram.Shell("lsns -n -r -o NS,PID").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static int Init(Bundle bundle) => (int)bundle.State()["pid"]!;

    private static string Facts(int pid)
    {
        List<string> facts = [];
        foreach (string line in File.ReadLines($"/proc/{pid}/status"))
        {
            if (s_same.Contains(line.Split(':')[0]))
            {
                facts.Add(line);
            }
        }

        facts.AddRange(Directory.GetFiles($"/proc/{pid}/ns").Order().Select(file => new FileInfo(file).LinkTarget!));
        foreach (string file in new[] { "limits", "oom_score_adj", "cgroup", "personality", "coredump_filter", "loginuid", "uid_map", "gid_map", "setgroups", "mountinfo", "timens_offsets", "environ", "timerslack_ns" })
        {
            facts.Add($"{file}: {File.ReadAllText($"/proc/{pid}/{file}")}");
        }

        facts.Add(RideauProgram.Shell($"stat -L -c '%d %i' /proc/{pid}/root /proc/{pid}/cwd; chrt -p {pid} | sed 's/pid [0-9]*//'; ionice -p {pid}; ps -o ni= -p {pid}").Output);
        return string.Join('\n', facts);
    }
}
