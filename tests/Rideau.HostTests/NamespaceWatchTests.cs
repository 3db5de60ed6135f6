using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>"ns watch" and "ns wait": births and deaths of namespaces, each told once, none kept alive.</summary>
public sealed class NamespaceWatchTests
{
    private const uint User = SubordinateUser.Stranger;
    private const int BurstCount = 1000;
    private const long Uts = 0x4000000, Ipc = 0x8000000, Net = 0x40000000;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWTIME: all but the network, which takes the kernel long to make.
    private const long AllButNet = 0x20000 | 0x2000000 | Uts | Ipc | 0x10000000 | 0x20000000 | 0x80;

    public static TheoryData<string, string> Types => new()
    {
        { "cgroup", "--cgroup" }, { "ipc", "--ipc" }, { "mnt", "--mount" }, { "net", "--net" }, { "pid", "--pid --fork" }, { "time", "--time --fork" }, { "user", "--user" }, { "uts", "--uts" },
    };

    [Fact]
    public void Birth_and_death_of_each_type_are_told_once_with_owner_and_lifetime()
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root);
        foreach ((string type, string option) in Types.Select(row => row.Data))
        {
            ulong id = WatchedEvents.IdIn(RideauProgram.Shell($"unshare {option} python3 '{WatchedEvents.ScriptPath}' handle /proc/self/ns/{type}").Output);
            JsonNode died = watch.WaitFor("died", id);
            JsonNode born = watch.WaitFor("born", id);
            Assert.Equal((type, type, 1, 1), ((string)born["type"]!, (string)died["type"]!, watch.Count("born", id), watch.Count("died", id)));
            Assert.Equal(Inode(NamespaceHolder.Own("user")), (ulong)died["owner"]!["inode"]!);
            Assert.Equal((ulong)born["inode"]!, (ulong)died["inode"]!);
            Assert.InRange((double)died["lifetime"]!, 0.000001, 60);
            Assert.NotNull(born["creator"]);
            Assert.True(DateTime.Parse((string)born["time"]!, CultureInfo.InvariantCulture) <= DateTime.Parse((string)died["time"]!, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void A_burst_of_a_thousand_of_seven_types_is_told_whole() => Burst("burst", AllButNet, BurstCount, 7, "");

    [Fact]
    public void A_burst_of_networks_is_told_whole() => Burst("burst", Net, 200, 1, "--type net");

    [Fact(Explicit = true)]
    public void A_burst_of_a_thousand_networks_is_told_whole() => Burst("burst", Net, BurstCount, 1, "--type net");

    /// <summary>They live for microseconds, in one process that neither forks nor ends between.</summary>
    [Fact]
    public void What_one_process_makes_and_leaves_at_once_is_told_whole() => Burst("inside", Uts | Ipc, BurstCount, 2, "--type uts,ipc --thorough");

    [Fact]
    public void Records_that_are_lost_are_noticed_and_each_death_is_told_once_all_the_same()
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root, "--type uts,ipc --buffer 4k");
        if (watch.Errors.Contains("looking at processes", StringComparison.Ordinal))
        {
            Assert.Skip("needs BPF programs (CAP_BPF, CAP_PERFMON)");
        }

        // Born before the loss, dies in it; born in the loss, dies after it.
        var early = new NamespaceHolder("--uts");
        ulong earlyId = WatchedEvents.Id(early["uts"]);
        watch.WaitFor("born", earlyId);
        watch.Signal("STOP");
        WatchedEvents.Script("burst", root.Prefix, $"{Uts | Ipc}", "200");
        early.Dispose();
        using var late = new NamespaceHolder("--ipc");
        WatchedEvents.Script("burst", root.Prefix, $"{Uts | Ipc}", "200");
        watch.Signal("CONT");
        watch.WaitFor(() => watch.Told("lost").Count > 0, "lost");
        Assert.True((long)watch.Told("lost")[0]["lost"]! > 0);
        watch.WaitFor("died", earlyId);
        ulong lateId = WatchedEvents.Id(late["ipc"]);
        watch.WaitFor("born", lateId);
        late.Dispose();
        watch.WaitFor("died", lateId);
        List<ulong> died = [.. watch.Told("died").Select(line => (ulong)line["id"]!)];
        Assert.Equal(died.Distinct().Count(), died.Count);
        Assert.Equal((1, 1, 1), (watch.Count("died", earlyId), watch.Count("born", lateId), watch.Count("died", lateId)));
    }

    [Theory]
    [InlineData("best")]
    [InlineData("processes")]
    public void Nothing_is_kept_alive(string mechanism)
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root, $"--mechanism {mechanism} --interval 100ms");
        var holder = new NamespaceHolder("--uts --net --ipc");
        string[] handles = [.. new[] { "uts", "net", "ipc" }.Select(type => WatchedEvents.Script("handle", holder[type]).Output.Trim())];
        ulong[] ids = [.. handles.Select(WatchedEvents.IdIn)];
        Assert.All(ids, id => watch.WaitFor("born", id));
        Assert.All(handles, handle => Assert.Equal("alive", Ask(handle)));
        holder.Dispose();
        watch.WaitFor(() => handles.All(handle => Ask(handle) == "Stale file handle"), "their end");
        Assert.All(ids, id => watch.WaitFor("died", id));
        Assert.All(ids, id => Assert.Equal(1, watch.Count("died", id)));
    }

    [Fact]
    public void A_watch_that_is_killed_leaves_no_program_in_the_kernel()
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root);
        string[] programs = WatchedEvents.Script("programs", $"{watch.Pid}").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (programs.Length == 0)
        {
            Assert.Skip("needs BPF programs (CAP_BPF, CAP_PERFMON)");
        }

        Assert.NotEqual("", WatchedEvents.Script(["gone", .. programs]).Output);
        watch.Signal("KILL");
        watch.ExitCode();
        watch.WaitFor(() => WatchedEvents.Script(["gone", .. programs]).Output.Length == 0, "the end of its programs");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_name_is_told_and_goes_into_the_death(uint? user)
    {
        using var root = new NameRoot(user);
        using var watch = new WatchedEvents(root, "--type net,uts --interval 200ms", user);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", "--uts", name);
        ulong id = WatchedEvents.Id(root.File(name, "net"));
        Assert.Equal(name, (string)watch.WaitFor("named", id)["names"]![0]!);
        root.Says("ns", "remove", name);
        JsonNode died = watch.WaitFor("died", id);
        Assert.Equal([name], died["names"]!.AsArray().Select(one => (string)one!));
        Assert.Equal((1, 1), (watch.Count("born", id), watch.Count("died", id)));
    }

    [Fact]
    public void Names_of_ip_netns_are_told_and_can_be_chosen()
    {
        using var root = new NameRoot();
        string name = root.Prefix;

        // In a mount namespace of its own, with a /run/netns of its own.
        Outcome outcome = RideauProgram.Shell($"""
            unshare -m sh -euc '
              mkdir -p /run/netns; mount -t tmpfs none /run/netns; cd {root.Directory}
              seen() ( i=0; while ! grep -q "$1" told 2>/dev/null && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done )
              "{RideauProgram.Path}" --root "{root.Root}" ns create --quiet --uts {name}
              "{RideauProgram.Path}" --root "{root.Root}" ns watch --quiet --initial --name {name} --exec "echo \$RIDEAU_EVENT \$RIDEAU_EVENT_TYPE \$RIDEAU_EVENT_NAMES >> told" --event exists,named,died --count 3 --timeout 90s & watch=$!
              seen exists
              ip netns add {name}-other; ip netns add {name}
              seen named
              ip netns del {name}; ip netns del {name}-other
              status=0; wait $watch || status=$?; echo status $status; cat told
              "{RideauProgram.Path}" --root "{root.Root}" ns remove {name}'
            rmdir --ignore-fail-on-non-empty /run/netns 2>/dev/null; true
            """, 240);
        Assert.True(outcome.Output == $"status 0\nexists uts {name}\nnamed net {name}\ndied net {name}\n", outcome.ToString());
    }

    [Fact]
    public void An_ordinary_user_sees_his_own_and_is_told_what_he_does_not_see()
    {
        using var root = new NameRoot(User);
        using var watch = new WatchedEvents(root, "--interval 100ms", User);
        // Whether they can be missed or are: the words come on another descriptor than the events.
        watch.WaitFor(() => watch.Errors is { } said && said.Contains("root sees all of them", StringComparison.Ordinal)
            && (said.Contains("can be missed", StringComparison.Ordinal) || said.Contains("is missed", StringComparison.Ordinal)), "what he does not see");
        var holder = new NamespaceHolder("--user --map-root-user --net --mount --uts --ipc", $"setpriv --reuid={User} --regid={User} --clear-groups");
        ulong[] ids = [.. new[] { "user", "net", "mnt", "uts", "ipc" }.Select(type => WatchedEvents.Id(holder[type]))];
        Assert.All(ids, id => watch.WaitFor("born", id));
        holder.Dispose();
        Assert.All(ids, id => watch.WaitFor("died", id));
        Assert.All(ids, id => Assert.Equal((1, 1), (watch.Count("born", id), watch.Count("died", id))));
    }

    [Fact]
    public void Commands_get_the_event_and_run_side_by_side_as_many_as_asked()
    {
        using var root = new NameRoot();
        string script = $"exec 2>&1; echo \"$RIDEAU_EVENT $RIDEAU_EVENT_TYPE $RIDEAU_EVENT_INODE $RIDEAU_EVENT_OWNER\" >> {root.Directory}/told; ls {root.Directory}/run.* 2>/dev/null | wc -l >> {root.Directory}/beside; touch {root.Directory}/run.$$; sleep 0.2; rm {root.Directory}/run.$$";
        using var watch = new WatchedEvents(root, $"--type time --jobs 3 --exec '{script}'");
        ulong[] inodes = [.. Enumerable.Range(0, 8).Select(_ => Inode(RideauProgram.Shell("unshare --time --fork readlink /proc/self/ns/time").Output))];
        ulong owner = Inode(NamespaceHolder.Own("user"));
        string Told() => RideauProgram.Shell($"cat {root.Directory}/told 2>/dev/null").Output;
        foreach (ulong inode in inodes)
        {
            watch.WaitFor(() => Told().Contains($"born time {inode} {owner}\n", StringComparison.Ordinal) && Told().Contains($"died time {inode} {owner}\n", StringComparison.Ordinal), $"commands for {inode}");
        }

        Assert.All(RideauProgram.Shell($"cat {root.Directory}/beside").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), count => Assert.InRange(int.Parse(count, CultureInfo.InvariantCulture), 0, 2));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_signal_ends_it_cleanly(string signal)
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root);
        watch.Signal(signal);
        Assert.Equal(0, watch.ExitCode());
    }

    [Fact]
    public void Scripts_can_wait_with_a_count_and_a_time()
    {
        using var root = new NameRoot();
        Assert.Equal(124, root.Rideau("ns", "watch", "--name", "nobody-has-this", "--count", "1", "--timeout", "300ms").ExitCode);
        Assert.Equal(0, root.Rideau("ns", "watch", "--name", "nobody-has-this", "--timeout", "300ms").ExitCode);
        root.Says("ns", "create", "--uts", root.Prefix);
        Assert.Equal(0, root.Rideau("ns", "watch", "--initial", "--name", root.Prefix, "--count", "1", "--timeout", "60s").ExitCode);
    }

    [Fact]
    public void A_reader_that_goes_away_ends_it()
    {
        using var root = new NameRoot();
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{root.Root}' ns watch --initial | head -1; sleep 0.1; echo ended", 60);
        Assert.False(outcome.TimedOut);
        Assert.EndsWith("ended\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_a_name_and_for_a_path_ends_with_their_deaths()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", "--uts", name);
        Assert.Equal(124, root.Rideau("ns", "wait", "--timeout", "200ms", name).ExitCode);
        Outcome removed = RideauProgram.Shell($"(sleep 1; '{RideauProgram.Path}' --root '{root.Root}' ns remove {name}) & '{RideauProgram.Path}' --root '{root.Root}' ns wait --timeout 60s {name}; echo $?; wait");
        Assert.Equal("0\n", removed.Output);
        Outcome path = RideauProgram.Shell($"unshare --uts sleep 4 & sleep 1; '{RideauProgram.Path}' ns wait --timeout 60s /proc/$!/ns/uts; echo $?; wait");
        Assert.Equal("0\n", path.Output);
        Assert.Contains("no namespace has the name", root.Rideau("ns", "wait", name).Error, StringComparison.Ordinal);
        Assert.Contains("leads to no namespace", root.Rideau("ns", "wait", "/etc/passwd").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--type nonsense", "unknown type")]
    [InlineData("--event nonsense", "unknown event")]
    [InlineData("--count 0", "more than 0")]
    [InlineData("--interval 0s", "at least")]
    [InlineData("--mechanism magic", "mechanism")]
    public void What_makes_no_sense_is_refused(string options, string words)
    {
        using var root = new NameRoot();
        Outcome outcome = root.Rideau(["ns", "watch", .. options.Split(' ')]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
    }

    private static void Burst(string how, long flags, int count, int types, string options)
    {
        using var root = new NameRoot();
        using var watch = new WatchedEvents(root, options);
        if (watch.Errors.Contains("looking at processes", StringComparison.Ordinal))
        {
            Assert.Skip("needs BPF programs (CAP_BPF, CAP_PERFMON) and kernel 6.18");
        }

        string name = root.Prefix[^Math.Min(15, root.Prefix.Length)..];
        Outcome made = WatchedEvents.Script(how, name, $"{flags}", $"{count}");
        Assert.True(made.ExitCode == 0, made.ToString());
        watch.WaitFor(() => watch.IdsOf("died", name).Count >= count * types, $"{count * types} deaths");
        List<ulong> born = watch.IdsOf("born", name), died = watch.IdsOf("died", name);
        Assert.Empty(watch.Told("lost"));
        Assert.Equal((count * types, count * types), (born.Distinct().Count(), born.Count));
        Assert.Equal((count * types, count * types), (died.Distinct().Count(), died.Count));
        Assert.Equal(born.Order(), died.Order());
    }

    private static string Ask(string handle) => WatchedEvents.Script(["alive", .. handle.Split(' ')]).Output.Trim();

    private static ulong Inode(string link) => ulong.Parse(link.Trim().Split('[', ']')[1], CultureInfo.InvariantCulture);
}
