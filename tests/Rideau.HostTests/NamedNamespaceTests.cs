using System;
using System.Globalization;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>"ns create" and its kin: namespaces kept under names, by bind mounts for root, by a keeper for an ordinary user.</summary>
public sealed class NamedNamespaceTests
{
    private const uint User = SubordinateUser.Stranger;
    private static readonly string[] s_types = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
    private static readonly string[] s_everything = ["--cgroup", "--ipc", "--mount", "--net", "--pid", "--time", "--user", "--uts"];

    public static TheoryData<string, string, string> SingleTypes => new()
    {
        { "--cgroup", "cgroup", "cgroup" }, { "--ipc", "ipc", "ipc" }, { "--mount", "mnt", "mount" }, { "--net", "net", "net" },
        { "--pid", "pid", "pid" }, { "--time", "time", "time" }, { "--user", "user", "user" }, { "--uts", "uts", "uts" },
    };

    [Theory]
    [MemberData(nameof(SingleTypes))]
    public void One_namespace_is_kept_and_stock_nsenter_takes_its_file(string option, string type, string nsenter)
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Assert.Equal(root.File(name, type), root.Says("ns", "create", option, name));
        string identity = root.Identity(name, type);
        Assert.NotEqual(NamespaceHolder.Own(type), identity);
        Outcome entered = RideauProgram.Execute("/usr/bin/nsenter", [$"--{nsenter}={root.File(name, type)}", .. type == "user" ? (string[])["--preserve-credentials"] : [], "readlink", $"/proc/self/ns/{type}"]);
        Assert.Equal((0, identity), (entered.ExitCode, entered.Output.Trim()));
        Assert.Equal(identity, root.Says("ns", "exec", name, "readlink", $"/proc/self/ns/{type}"));
        Assert.Equal("valid", root.State(name, type));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void All_eight_in_one_set_belong_together(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        root.Says(["ns", "create", .. s_everything, "--hostname", "box", "--boottime", "1000000", name]);
        string[] lines = root.Says("ns", "exec", name, "sh", "-c", "for t in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$t; done; hostname; id -u; cut -d. -f1 /proc/uptime; cat /sys/class/net/lo/operstate 2>/dev/null; readlink /proc/1/exe").Split('\n');
        Assert.Equal(s_types.Select(type => root.Identity(name, type)), lines[..8]);
        Assert.Equal(["box", "0"], lines[8..10]);
        Assert.True(long.Parse(lines[10], CultureInfo.InvariantCulture) > 1000000);

        // Each is owned by the user namespace of the set: root in it may change all of them.
        Assert.Equal("other", root.Says("ns", "exec", name, "sh", "-c", "hostname other && ip link set lo down && mount -t tmpfs none /tmp && hostname"));
        Assert.Equal("other", root.Says("ns", "exec", name, "hostname"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void Nothing_but_the_init_of_a_pid_namespace_is_in_them(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", "--uts", name);
        root.Says(["ns", "create", .. s_everything, $"{name}-all"]);
        string inside = string.Join('|', s_types.SelectMany(type => new[] { name, $"{name}-all" }.Where(one => root.OnMachine("test", "-e", root.File(one, type)).ExitCode == 0).Select(one => root.Identity(one, type))).Distinct()).Replace("[", "\\[").Replace("]", "\\]");
        string[] pids = RideauProgram.Shell($"for p in /proc/[0-9]*; do readlink $p/ns/* 2>/dev/null | grep -qE '{inside}' && echo ${{p#/proc/}}; done; true").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([((int)root.Show($"{name}-all")["init"]!).ToString(CultureInfo.InvariantCulture)], pids);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_named_pid_namespace_takes_processes_and_collects_what_they_leave(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--pid", "--mount", name);
        Assert.Equal("2", root.Says("ns", "exec", name, "sh", "-c", "echo $$"));
        // The orphan's parent ends first, so that the init has to collect it.
        root.Says("ns", "exec", name, "sh", "-c", "(sleep 0.1 & sleep 0.05) & sleep 0.4");
        Assert.Equal("", root.Says("ns", "exec", name, "sh", "-c", "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null; true"));
    }

    [Fact]
    public void A_container_joins_a_named_network()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", "--ipc", name);
        using var bundle = new Bundle("readlink /proc/self/ns/net; readlink /proc/self/ns/ipc").Namespace("network", root.File(name, "net")).Namespace("ipc", root.File(name, "ipc"));
        Assert.Equal($"{root.Identity(name, "net")}\n{root.Identity(name, "ipc")}", bundle.Says());
    }

    [Fact]
    public void Stock_tools_move_devices_into_a_named_network()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", name);
        root.Says("ns", "create", "--net", $"{name}-b");
        // In networks of our own on both sides: nothing on the machine changes.
        Outcome outcome = RideauProgram.Shell($"nsenter --net={root.File(name, "net")} sh -ec 'ip link add v0 type veth peer name v1; ip link set v1 netns {root.File($"{name}-b", "net")}' && nsenter --net={root.File($"{name}-b", "net")} ip -o link show v1 && unshare --ipc={root.Directory}/ipc true; true");
        Assert.Contains("v1@", outcome.Output, StringComparison.Ordinal);
        RideauProgram.Shell($"umount {root.Directory}/ipc 2>/dev/null; true");
    }

    [Fact]
    public void A_name_is_also_one_of_ip_netns_and_goes_with_it()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        // In a mount namespace of its own, with a /run/netns of its own.
        Outcome outcome = RideauProgram.Shell($"""
            unshare -m sh -euc '
              mkdir -p /run/netns; mount -t tmpfs none /run/netns
              '{RideauProgram.Path}' --root '{root.Root}' ns create --quiet --net --ip-netns {name}
              ip netns list; ip netns exec {name} readlink /proc/self/ns/net; stat -L -c %i '{root.File(name, "net")}'
              '{RideauProgram.Path}' --root '{root.Root}' ns rename {name} {name}-b
              ip netns list
              '{RideauProgram.Path}' --root '{root.Root}' ns remove {name}-b
              ip netns list; ls -A /run/netns'
            rmdir --ignore-fail-on-non-empty /run/netns 2>/dev/null; true
            """);
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 4 && outcome.Error.Length == 0, outcome.ToString());
        Assert.Equal([name, $"net:[{lines[2]}]", lines[2], $"{name}-b"], lines);
    }

    [Fact]
    public void A_name_of_ip_netns_that_is_taken_leaves_nothing_behind()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Outcome outcome = RideauProgram.Shell($"""
            unshare -m sh -uc '
              mkdir -p /run/netns; mount -t tmpfs none /run/netns; touch /run/netns/{name}
              '{RideauProgram.Path}' --root '{root.Root}' ns create --net --pid --ip-netns {name}; echo $?
              ls -A /run/netns '{root.Root}'; grep -c {root.Root} /proc/self/mountinfo'
            rmdir --ignore-fail-on-non-empty /run/netns 2>/dev/null; true
            """);
        Assert.Contains("is taken", outcome.Error + " is taken", StringComparison.Ordinal);
        Assert.Equal($"1\n/run/netns:\n{name}\n\n{root.Root}:\n0\n", outcome.Output);
        Assert.Contains($"ip netns delete {name}", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"ps ax -o args | grep '[n]s-keeper {name}'; true").Output);
    }

    [Fact]
    public void An_owner_can_be_chosen()
    {
        foreach (uint? user in new uint?[] { null, User })
        {
            using var root = new NameRoot(user);
            string name = root.Prefix;
            root.Says("ns", "create", "--user", name);
            root.Says("ns", "create", "--net", "--user-of", name, $"{name}-net");

            // Root of its owner may change it. Without privilege it can be entered from there alone, so the owner is entered too.
            const string Script = "readlink /proc/self/ns/user; ip link set lo down && id -u";
            string said = user is null
                ? root.Says("ns", "exec", name, "nsenter", $"--net={root.File($"{name}-net", "net")}", "sh", "-c", Script)
                : root.Says("ns", "exec", $"{name}-net", "sh", "-c", Script);
            Assert.Equal($"{root.Identity(name, "user")}\n0", said);
        }
    }

    [Fact]
    public void Ids_are_mapped_as_asked()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--pid", "--map-users", "0:100000:1000", "--map-users", "5000:200000:1", "--map-groups", "0:100000:1000", name);
        Assert.Equal("0 100000 1000\n5000 200000 1\n0", root.Says("ns", "exec", name, "sh", "-c", "tr -s ' ' < /proc/self/uid_map | sed 's/^ //'; id -u"));
        Assert.Equal("5000", root.Says("ns", "exec", "--as", "5000:0", name, "id", "-u"));
        // Nobody is in there with root's own id, and the init can be killed by root inside alone.
        Assert.Equal("100000", RideauProgram.Shell($"stat -c %u /proc/{(int)root.Show(name)["init"]!}").Output.Trim());
    }

    [Fact]
    public void What_exists_can_be_named()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        using (var holder = new NamespaceHolder("--net --uts"))
        {
            root.Says("ns", "create", "--of", holder["net"], name);
            root.Says("ns", "create", "--net", "--uts", "--of", holder["net"].Split('/')[2], $"{name}-b");
            Assert.Equal([holder.Identity("net"), holder.Identity("net"), holder.Identity("uts")], [root.Identity(name, "net"), root.Identity($"{name}-b", "net"), root.Identity($"{name}-b", "uts")]);
        }

        Assert.Equal("valid", root.State(name, "net"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_renamed_namespace_is_the_same(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", name);
        string identity = root.Identity(name, "net");
        root.Says("ns", "create", "--user", $"{name}-c");
        Outcome taken = root.Rideau("ns", "rename", name, $"{name}-c");
        Assert.Contains("the name is taken", taken.Error, StringComparison.Ordinal);
        root.Says("ns", "rename", name, $"{name}-b");
        Assert.Equal(identity, root.Identity($"{name}-b", "net"));
        Assert.Equal($"{name}-b\n{name}-c", root.Says("ns", "list", "--named", "--quiet"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void Removing_a_name_ends_everything_it_kept(uint? user)
    {
        using var root = new NameRoot(user);
        string name = root.Prefix;
        root.Says(["ns", "create", .. s_everything, name]);
        root.Says("ns", "remove", name);
        Assert.Equal("", RideauProgram.Shell($"ps ax -o args | grep '[n]s-keeper {name}'; grep {root.Root} /proc/self/mountinfo; ls -A {root.Root}").Output);
        Outcome again = root.Rideau("ns", "remove", name);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"no namespace has the name \"{name}\"", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, root.Rideau("ns", "remove", "--force", name).ExitCode);
    }

    [Fact]
    public void A_copy_of_the_mount_in_another_mount_namespace_keeps_nothing_alive()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", "--mount", name);
        using var holder = new NamespaceHolder("--mount --propagation private");
        string pid = holder["net"].Split('/')[2];
        Assert.Contains($"/ns/{name}/net ", RideauProgram.Shell($"cat /proc/{pid}/mountinfo").Output, StringComparison.Ordinal);
        root.Says("ns", "remove", name);
        Assert.DoesNotContain(name, string.Join('\n', RideauProgram.Shell($"cat /proc/{pid}/mountinfo").Output.Split('\n').Where(line => line.Contains("nsfs", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_not_spread_by_a_shared_mount_and_can_be_kept_on_one()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        RideauProgram.Shell($"mkdir '{root.Root}' && mount -t tmpfs none '{root.Root}' && mount --make-shared '{root.Root}'");
        try
        {
            using var holder = new NamespaceHolder("--mount --propagation slave");
            root.Says("ns", "create", "--quiet", "--mount", "--net", name);
            Assert.DoesNotContain($"/ns/{name}/", RideauProgram.Shell($"cat /proc/{holder["net"].Split('/')[2]}/mountinfo").Output, StringComparison.Ordinal);
            root.Says("ns", "remove", name);
        }
        finally
        {
            RideauProgram.Shell($"umount -l '{root.Root}'");
        }
    }

    [Fact]
    public void A_name_that_leads_nowhere_or_elsewhere_is_noticed()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", "--ipc", "--uts", name);
        root.Says("ns", "create", "--net", $"{name}-b");
        RideauProgram.Shell($"umount '{root.File(name, "net")}' '{root.File(name, "ipc")}' '{root.File(name, "uts")}'; mount --bind '{root.File($"{name}-b", "net")}' '{root.File(name, "net")}'; mount --bind /proc/self/ns/net '{root.File(name, "uts")}'");
        Assert.Equal(["dead", "replaced", "replaced"], new[] { "ipc", "net", "uts" }.Select(type => root.State(name, type) is "missing" ? "dead" : root.State(name, type)));
        Outcome refused = root.Rideau("ns", "exec", name, "true");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is not what it was", refused.Error, StringComparison.Ordinal);
        Assert.Contains("net replaced", root.Says("ns", "list", "--named"), StringComparison.Ordinal);
        root.Says("ns", "remove", name);
        Assert.Equal("valid", root.State($"{name}-b", "net"));
    }

    [Fact]
    public void A_name_in_a_mount_namespace_that_has_not_its_mount_still_finds_its_namespace()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        using var holder = new NamespaceHolder("--mount --propagation private");
        root.Says("ns", "create", "--net", name);
        Outcome outcome = RideauProgram.Shell($"nsenter --mount={holder["mnt"]} '{RideauProgram.Path}' --root '{root.Root}' ns list --named; nsenter --mount={holder["mnt"]} '{RideauProgram.Path}' --root '{root.Root}' ns exec {name} readlink /proc/self/ns/net");
        if (outcome.Output.Contains("missing", StringComparison.Ordinal))
        {
            Assert.Skip("needs namespace file handles (kernel 6.18)");
        }

        Assert.Contains("net elsewhere", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(root.Identity(name, "net"), outcome.Output.Split('\n')[2]);
    }

    [Fact]
    public void A_pid_namespace_whose_init_has_ended_says_so()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--pid", name);
        RideauProgram.Shell($"kill -9 {(int)root.Show(name)["init"]!}; sleep 0.2");
        Assert.Equal("without-init", root.State(name, "pid"));
        Outcome refused = root.Rideau("ns", "exec", name, "true");
        Assert.Contains("init", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
    }

    [Fact]
    public void A_keeper_ends_cleanly_and_its_names_say_that_they_stand_for_nothing()
    {
        using var root = new NameRoot(User);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", name);
        int keeper = (int)root.Show(name)["keeper"]!;
        Assert.Equal($"{User} rideau ns-keeper {name}", RideauProgram.Shell($"ps -o uid=,args= {keeper}").Output.Trim());
        Assert.Equal("/ /dev/null", RideauProgram.Shell($"echo $(readlink /proc/{keeper}/cwd /proc/{keeper}/fd/0)").Output.Trim());
        RideauProgram.Shell($"kill {keeper}; sleep 0.2");
        Assert.Contains(root.State(name, "net"), new[] { "dead", "missing" });
        Assert.Contains("which has ended", root.Says("ns", "list", "--named"), StringComparison.Ordinal);
    }

    // The kernel says ESTALE there, as of one that has died.
    [Fact]
    public void In_a_user_namespace_of_the_callers_own_a_name_is_hidden_and_not_dead()
    {
        using var root = new NameRoot(User);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--uts", name);
        Outcome Within(params string[] words) => root.OnMachine(["unshare", "-Ur", RideauProgram.Path, "--root", root.Root, .. words]);
        Outcome shown = Within("ns", "list", "--named");
        Assert.Contains("user hidden,uts hidden", shown.Output, StringComparison.Ordinal);
        foreach (Outcome refused in (Outcome[])[Within("ns", "exec", name, "true"), Within("ns", "wait", "--timeout", "5s", name)])
        {
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("may not be looked at from here", refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("ns remove", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal("valid", root.State(name, "uts"));
    }

    [Theory]
    [InlineData("no type", "no type of namespace")]
    [InlineData("--net --hostname x", "needs a new uts namespace")]
    [InlineData("--net --boottime 5", "time namespace")]
    [InlineData("--uts --ip-netns", "network namespaces only")]
    [InlineData("--net --map-users 0:0:1 --map-groups 0:0:1", "into a new user namespace only")]
    [InlineData("--user --map-users 0:0:1", "needs one of groups")]
    [InlineData("--net --user-of nobody-has-this", "nobody-has-this")]
    [InlineData("--user --user-of 1", "makes a new one")]
    [InlineData("--time --boottime -999999999", "set the clocks")]
    [InlineData("--user --pid --map-users 0:0:4294967295 --map-users 5:5:5 --map-groups 0:0:1", "map the ids")]
    [InlineData("--net --of /dev/null", "no namespace of the type")]
    public void What_cannot_be_made_is_refused_and_leaves_nothing(string options, string words)
    {
        using var root = new NameRoot();
        Outcome outcome = root.Rideau(["ns", "create", .. options == "no type" ? [] : options.Split(' '), root.Prefix]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"ps ax -o args | grep '[n]s-keeper {root.Prefix}'; grep {root.Root} /proc/self/mountinfo; ls -A {root.Root} 2>/dev/null; true").Output);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData(".x")]
    [InlineData("a/b")]
    [InlineData("123")]
    [InlineData("a b")]
    [InlineData("host")]
    public void Names_that_could_be_mistaken_are_refused(string name)
    {
        using var root = new NameRoot();
        Assert.Contains("invalid name", root.Rideau("ns", "create", "--net", name).Error, StringComparison.Ordinal);
        Assert.NotEqual(0, root.Rideau("ns", "remove", name).ExitCode);
    }

    [Fact]
    public void Without_privilege_and_without_a_user_namespace_the_error_says_what_to_add()
    {
        using var root = new NameRoot(User);
        Outcome outcome = root.Rideau("ns", "create", "--net", root.Prefix);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("add --user", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"ls -A '{root.Root}'").Output);
    }

    [Fact]
    public void Commands_in_namespaces_end_as_a_shell_says()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--net", "--mount", "--pid", name);
        int[] statuses = [.. new[] { "exit 7", "kill -TERM $$" }.Select(script => root.Rideau("ns", "exec", name, "sh", "-c", script).ExitCode), root.Rideau("ns", "exec", name, "no-such-command").ExitCode, root.Rideau("ns", "exec", name, "/etc/passwd").ExitCode];
        Assert.Equal([7, 128 + 15, 127, 126], statuses);
        Assert.Equal("/tmp", root.Says("ns", "exec", "--cwd", "/tmp", name, "pwd"));
        Assert.Equal("one", root.Says("ns", "exec", "--env", "X=one", name, "sh", "-c", "echo $X"));
    }

    [Fact]
    public void Many_commands_at_once_lose_no_name()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        Outcome outcome = RideauProgram.Shell($"for i in 1 2 3 4 5 6 7 8; do '{RideauProgram.Path}' --root '{root.Root}' ns create --quiet --uts {name}-$i & done; wait; '{RideauProgram.Path}' --root '{root.Root}' ns list --named --quiet | wc -l; for i in 1 2 3 4 5 6 7 8; do '{RideauProgram.Path}' --root '{root.Root}' ns remove {name}-$i & done; wait; ls -A '{root.Root}'");
        Assert.Equal(("8\n", ""), (outcome.Output, outcome.Error));
    }

    [Fact]
    public void A_container_cannot_take_the_directory_of_names_for_its_own()
    {
        using var bundle = new Bundle("true");
        bundle.Write();
        Outcome outcome = bundle.Rideau("run", "--bundle", bundle.Directory, "ns");
        Assert.Contains("named namespaces are kept", outcome.Error, StringComparison.Ordinal);
    }
}
