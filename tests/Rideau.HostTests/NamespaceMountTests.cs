using System;
using System.Globalization;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>"ns mount" with the tools of every machine: ls, cat, find, tree, nsenter, mkdir, rmdir, mv, ln; as root and as an ordinary user.</summary>
public sealed class NamespaceMountTests
{
    private const uint User = SubordinateUser.Stranger;

    /// <summary>Skips where an ordinary user cannot mount.</summary>
    private static MountedTree Mount(uint? user)
    {
        Assert.SkipUnless(user is null || RideauProgram.Shell("command -v fusermount3").ExitCode == 0, "needs fusermount3 (Debian: apt-get install fuse3)");
        return new MountedTree(user);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void Stock_tools_see_a_tree(uint? user)
    {
        using MountedTree mounted = Mount(user);
        Assert.Equal("README\nby-name\nby-owner\nby-process\nby-type\nerror\nevents", mounted.Says($"ls {mounted.Tree}"));
        Assert.Contains("mkdir by-type/net/lab", mounted.Says($"cat {mounted.Tree}/README"), StringComparison.Ordinal);
        // What a process is in, by its pid, by type and by owner.
        string[] lines = mounted.Says($"""
            cd {mounted.Tree}; n=$(readlink /proc/self/ns/net | tr -dc 0-9); u=$(readlink /proc/self/ns/user | tr -dc 0-9)
            echo $n; stat -L -c %i by-process/$$/net; stat -L -c %i by-process/$$/about/net/ns; cat by-type/net/$n/type
            stat -L -c %i by-owner/$u/net-$n/ns 2>/dev/null || find by-owner -name "net-$n" -exec stat -L -c %i {"{}"}/ns \;
            grep -c . by-type/net/$n/processes; cat by-process/$$/comm; cat by-process/$$/about/user/uid_map | head -1
            """).Split('\n');
        Assert.All(lines[1..3], line => Assert.Equal(lines[0], line));
        Assert.Equal(["net", lines[0]], lines[3..5]);
        Assert.True(int.Parse(lines[5], CultureInfo.InvariantCulture) > 0);
        Assert.Equal(["sh", "0 0 4294967295"], lines[6..8]);
        string found = mounted.Says($"find {mounted.Tree}/by-type -maxdepth 2 | sort; tree -L 1 {mounted.Tree}/by-type 2>/dev/null | tail -1");
        Assert.Contains($"{mounted.Tree}/by-type/net/{lines[0]}\n", found, StringComparison.Ordinal);
        // Every file can be read to its end; the machine's own namespaces may die meanwhile, and what a user may not see of others says so.
        Outcome all = mounted.Own($"find {mounted.Tree}/by-type {mounted.Tree}/by-name {mounted.Tree}/by-owner -type f -exec cat {{}} + 2>&1 >/dev/null | grep -vE 'No such file|Permission denied|not permitted'");
        Assert.Equal("", all.Output);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_directory_that_is_made_is_a_namespace_that_nsenter_takes(uint? user)
    {
        using MountedTree mounted = Mount(user);
        string tree = mounted.Tree, name = mounted.Prefix;
        string owner = user is null ? "" : $"--user={tree}/by-name/{name}/user --preserve-credentials ";
        string[] lines = mounted.Says($"""
            mkdir {tree}/by-type/net/{name}
            nsenter {owner}--net={tree}/by-name/{name}/net readlink /proc/self/ns/net
            stat -L -c 'net:[%i]' {tree}/by-type/net/{name}/ns
            n=$(stat -L -c %i {tree}/by-type/net/{name}/ns); cat {tree}/by-type/net/$n/names
            cat {tree}/by-name/{name}/creator; grep net {tree}/by-name/{name}/state; ls {tree}/by-name
            """).Split('\n');
        Assert.StartsWith("net:[", lines[0], StringComparison.Ordinal);
        Assert.NotEqual(NamespaceHolder.Own("net"), lines[0]);
        Assert.Equal([lines[0], name, (user ?? 0).ToString(CultureInfo.InvariantCulture), "net valid", name], lines[1..]);
        if (user is null)
        {
            Assert.Equal("lo UP 127.0.0.1/8 ::1/128", mounted.Says($"cat {tree}/by-type/net/{name}/devices"));
        }

        // It is what "ns" knows, and what "ns" makes is here at once.
        Assert.Contains(name, mounted.Rideau("ns", "list", "--named", "--quiet").Output, StringComparison.Ordinal);
        Assert.Equal(0, mounted.Rideau(["ns", "create", "--quiet", "--uts", .. user is null ? (string[])[] : ["--user"], $"{name}-b"]).ExitCode);
        Assert.Equal($"{name}-b", mounted.Says($"mv {tree}/by-name/{name} {tree}/by-name/{name}-c; cat {tree}/by-type/uts/{name}-b/names; rmdir {tree}/by-name/{name}-c"));
        Assert.Equal($"{name}-b", mounted.Says($"ls {tree}/by-name; ls {tree}/by-type/net | grep {name}; true"));
        Assert.DoesNotContain(lines[0].Trim("net:[]".ToCharArray()), mounted.Says($"ls {tree}/by-type/net"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_is_made_by_its_types_and_owned_by_its_user_namespace()
    {
        using MountedTree mounted = Mount(null);
        string tree = mounted.Tree, name = mounted.Prefix;
        string[] lines = mounted.Says($"""
            mkdir {tree}/by-name/{name}=user,net,uts,pid; mkdir {tree}/by-name/{name}-b
            cd {tree}/by-name; ls {name}; echo; ls {name}-b; u=$(stat -L -c %i {name}/user); n=$(stat -L -c %i {name}/net)
            readlink ../by-type/net/$n/owner; test -e ../by-type/net/$n/owner/ns && ls -d ../by-owner/*/$u/net-$n >/dev/null && cat ../by-type/user/$u/depth ../by-owner/*/$u/about/creator
            test "$(cat ../by-type/pid/{name}/init)" -gt 1 && nsenter --user={name}/user --uts={name}/uts hostname {name}; nsenter --uts={name}/uts hostname; echo $u
            """).Split('\n');
        Assert.Equal(["about", "created", "creator", "kept_by", "net", "pid", "state", "user", "uts", "", "about", "created", "creator", "ipc", "kept_by", "net", "state", "uts"], lines[..18]);
        Assert.Equal([$"../../user/{lines[22]}", "1", "0", name], lines[18..22]);
    }

    [Fact]
    public void What_exists_gets_a_name_by_a_link()
    {
        using MountedTree mounted = Mount(null);
        using var holder = new NamespaceHolder("--net --uts");
        string tree = mounted.Tree, name = mounted.Prefix, pid = holder["net"].Split('/')[2];
        mounted.Says($"cd {tree}/by-name; ln -s /proc/{pid}/ns/net {name}-a; ln -s ../by-process/{pid}/uts {name}-b; ln -s {tree}/by-process/{pid} {name}-c=net,uts; ln -s {name}-a {name}-f=net; ln -s {tree}/by-name/{name}-a/net {name}-g; ln -s /proc/{pid}/ns/net ../by-type/net/{name}-d");
        foreach ((string one, string type) in new[] { ("a", "net"), ("b", "uts"), ("c", "net"), ("c", "uts"), ("d", "net"), ("f", "net"), ("g", "net") })
        {
            Assert.Equal(holder.Identity(type), mounted.Says($"stat -L -c '{type}:[%i]' {tree}/by-name/{name}-{one}/{type}"));
        }

        Assert.Contains("Invalid argument", mounted.Own($"ln -s /proc/{pid}/ns {tree}/by-name/{name}-e").Error, StringComparison.Ordinal);
        Assert.Contains("Invalid argument", mounted.Own($"ln -s /etc/passwd {tree}/by-name/{name}-e").Error, StringComparison.Ordinal);
        Assert.Contains("is no namespace", mounted.Says($"cat {tree}/error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkdir by-name/NAME", "File exists")]
    [InlineData("mkdir by-name/OTHER=net,nat", "Invalid argument")]
    [InlineData("mkdir by-name/1234", "Invalid argument")]
    [InlineData("mkdir by-name/.hidden", "Invalid argument")]
    [InlineData("mkdir by-type/other", "Operation not permitted")]
    [InlineData("mkdir other", "Permission denied|Operation not permitted")]
    [InlineData("rmdir by-name/OTHER", "No such file")]
    [InlineData("rmdir by-type/uts/NAME", "Directory not empty")]
    [InlineData("rmdir by-type/net", "Operation not permitted")]
    [InlineData("rm -r by-name/NAME", "Operation not permitted")]
    [InlineData("touch by-name/file", "Operation not permitted")]
    [InlineData("echo x > README", "Permission denied")]
    [InlineData("echo x >> by-name/NAME/state", "Permission denied")]
    [InlineData("chmod 777 README", "Operation not permitted")]
    [InlineData("chown 1 by-name", "Operation not permitted")]
    [InlineData("mknod by-name/fifo p", "Operation not permitted")]
    [InlineData("ln README by-name/hard", "Operation not permitted")]
    [InlineData("mv README by-name/moved", "Operation not permitted")]
    [InlineData("python3 -c 'import os; os.rename(\"by-name/NAME\", \"by-type/uts/NAME\")'", "Operation not permitted")]
    [InlineData("mv -T by-name/NAME by-name/SECOND", "File exists|exists")]
    [InlineData("truncate -s 0 README", "Permission denied|Operation not permitted")]
    [InlineData("mkdir by-name/$(printf %0300d 0)", "File name too long")]
    [InlineData("cat by-name/$(printf %0255d 0)", "No such file")]
    [InlineData("cat by-type/net/../../../etc/shadow", "No such file")]
    [InlineData("cat by-type/../by-name", "Is a directory")]
    [InlineData("python3 -c 'import os; os.setxattr(\"README\", \"user.x\", b\"1\")'", "not supported")]
    [InlineData("python3 -c 'import mmap, os; mmap.mmap(os.open(\"README\", os.O_RDONLY), 4096, mmap.MAP_SHARED, mmap.PROT_READ)'", "No such device|mmap length|Invalid argument")]
    [InlineData("dd if=README iflag=direct bs=4096 of=/dev/null status=none && echo fine >&2", "fine")]
    [InlineData("python3 -c 'import os; os.mkdir(b\"by-name/\\xff\\xfe\")'", "Invalid argument|No such file")]
    public void What_means_nothing_is_refused_and_the_tree_goes_on(string script, string said)
    {
        using MountedTree mounted = Mount(null);
        string name = mounted.Prefix;
        Assert.Equal(0, mounted.Rideau("ns", "create", "--quiet", "--uts", "--ipc", name).ExitCode);
        Assert.Equal(0, mounted.Rideau("ns", "create", "--quiet", "--uts", $"{name}-2").ExitCode);
        Outcome outcome = mounted.Own($"cd {mounted.Tree}; {script.Replace("NAME", name, StringComparison.Ordinal).Replace("SECOND", $"{name}-2", StringComparison.Ordinal).Replace("OTHER", $"{name}-x", StringComparison.Ordinal)}");
        Assert.True(Array.Exists(said.Split('|'), one => outcome.Error.Contains(one, StringComparison.Ordinal)), outcome.ToString());
        Assert.Equal($"uts valid\n{name}\n{name}-2", mounted.Says($"grep uts {mounted.Tree}/by-name/{name}/state; ls {mounted.Tree}/by-name"));
        Assert.Single(mounted.Servers);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(User)]
    public void A_killed_server_is_an_error_and_the_next_mount_takes_its_place(uint? user)
    {
        using MountedTree mounted = Mount(user);
        mounted.Says($"mkdir {mounted.Tree}/by-name/{mounted.Prefix}");
        Assert.Equal(0, mounted.Shell($"kill -9 {Assert.Single(mounted.Servers)}").ExitCode);
        MountedTree.Await(() => mounted.Servers.Count == 0, "the server stays");
        Assert.Contains("Transport endpoint is not connected", mounted.Own($"cat {mounted.Tree}/README").Error, StringComparison.Ordinal);
        Outcome again = mounted.Rideau("ns", "mount", mounted.Tree);
        Assert.True(again.ExitCode == 0, again.ToString());
        // The name is where it was, and there is one mount.
        Assert.Equal(mounted.Prefix, mounted.Says($"ls {mounted.Tree}/by-name"));
        Assert.Equal("1", mounted.Says($"grep -c ' {mounted.Tree} ' /proc/self/mountinfo"));
        Assert.Equal(0, mounted.Shell($"kill -9 {Assert.Single(mounted.Servers)}").ExitCode);
        MountedTree.Await(() => mounted.Servers.Count == 0, "the server stays");
        Outcome gone = mounted.Rideau("ns", "unmount", mounted.Tree);
        Assert.True(gone.ExitCode == 0, gone.ToString());
        Assert.Equal("", mounted.Says($"ls {mounted.Tree}; grep ' {mounted.Tree} ' /proc/self/mountinfo; true"));
    }

    [Theory]
    [InlineData(null, "RIDEAU ns unmount TREE")]
    [InlineData(null, "umount TREE")]
    [InlineData(null, "kill -TERM SERVER")]
    [InlineData(null, "kill -INT SERVER")]
    [InlineData(User, "RIDEAU ns unmount TREE")]
    [InlineData(User, "fusermount3 -u TREE")]
    [InlineData(User, "kill -TERM SERVER")]
    public void However_it_is_unmounted_nothing_stays(uint? user, string script)
    {
        using MountedTree mounted = Mount(user);
        mounted.Says($"ls {mounted.Tree}/by-type/net >/dev/null");
        string server = Assert.Single(mounted.Servers).ToString(CultureInfo.InvariantCulture);
        mounted.Says(script.Replace("RIDEAU", $"{RideauProgram.Path} --root {mounted.Root}", StringComparison.Ordinal).Replace("TREE", mounted.Tree, StringComparison.Ordinal).Replace("SERVER", server, StringComparison.Ordinal));
        MountedTree.Await(() => mounted.Servers.Count == 0, "the server stays");
        Assert.Equal("", mounted.Says($"ls {mounted.Tree}; grep ' {mounted.Tree} ' /proc/self/mountinfo; true"));
    }

    [Fact]
    public void A_tree_that_somebody_is_in_is_unmounted_lazily_alone()
    {
        using MountedTree mounted = Mount(null);
        Outcome outcome = mounted.Own($"cd {mounted.Tree}/by-name; {RideauProgram.Path} --root {mounted.Root} ns unmount {mounted.Tree}; echo $?; ls; {RideauProgram.Path} --root {mounted.Root} ns unmount --lazy {mounted.Tree}; echo $?; ls ../by-type | wc -l; ls {mounted.Tree}");
        Assert.Contains("EBUSY", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("--lazy", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("1\n0\n8\n", outcome.Output);
        MountedTree.Await(() => mounted.Servers.Count == 0, "the server outlives the last who was in it");
    }

    [Fact]
    public void Errors_say_what_to_do()
    {
        using var mounted = new MountedTree(null, mount: false);
        void Fails(string words, string said, string hint)
        {
            Outcome outcome = mounted.Own($"{RideauProgram.Path} --root {mounted.Root} {words.Replace("TREE", mounted.Tree, StringComparison.Ordinal)}");
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
            Assert.Contains(hint, outcome.Error, StringComparison.Ordinal);
        }

        Fails("ns mount /nowhere/at/all", "ENOENT", "mkdir -p /nowhere/at/all");
        Fails("ns mount /etc/passwd", "ENOTDIR", "cannot mount on");
        Fails($"ns mount {mounted.Beside}", "the names are kept below it", "--root");
        Fails("ns mount /run", "the names of ip-netns(8) are below it", "choose another directory");
        Fails("ns unmount TREE", "no tree of namespaces is mounted there", "findmnt");
        Outcome without = mounted.Own($"mount --bind /dev/null /dev/fuse && setpriv --reuid=4711 --clear-groups {RideauProgram.Path} --root /tmp/none ns mount {mounted.Tree}; umount /dev/fuse");
        Assert.Contains("hint: ", without.Error, StringComparison.Ordinal);
        Assert.Equal("", mounted.Says($"grep ' {mounted.Tree} ' /proc/self/mountinfo; {RideauProgram.Path} --root {mounted.Root} ns mount {mounted.Tree}"));
        Fails("ns mount TREE", "is mounted there already", "ns unmount");
        Assert.Single(mounted.Servers);
    }

    [Fact]
    public void Nobody_else_may_look_unless_it_is_allowed_and_then_he_changes_nothing()
    {
        using (MountedTree mounted = Mount(null))
        {
            Assert.Contains("Permission denied", mounted.Own($"setpriv --reuid={User} --regid={User} --clear-groups ls {mounted.Tree}").Error, StringComparison.Ordinal);
        }

        using var open = new MountedTree(null, true, "--allow-other");
        Outcome outcome = open.Own($"chmod 755 {open.Beside}; setpriv --reuid={User} --regid={User} --clear-groups sh -c 'ls {open.Tree}/by-type; mkdir {open.Tree}/by-name/{open.Prefix}; cat {open.Tree}/by-process/1/comm'");
        Assert.Contains("net\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Permission denied", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", open.Says($"ls {open.Tree}/by-name"));
    }

    [Fact]
    public void A_user_mounts_it_in_a_user_and_mount_namespace_of_his_own()
    {
        using var mounted = new MountedTree(User, mount: false);
        string name = mounted.Prefix;
        string[] lines = mounted.Says($"""
            exec unshare --user --map-root-user --mount sh -euc '
              {RideauProgram.Path} --root {mounted.Beside}/own ns mount {mounted.Tree}
              mkdir {mounted.Tree}/by-type/net/{name}
              nsenter --net={mounted.Tree}/by-name/{name}/net readlink /proc/self/ns/net
              stat -L -c "net:[%i]" {mounted.Tree}/by-type/net/{name}/ns
              rmdir {mounted.Tree}/by-name/{name}; ls {mounted.Tree}/by-name
              {RideauProgram.Path} --root {mounted.Beside}/own ns unmount {mounted.Tree}'
            """).Split('\n');
        Assert.Equal(lines[0], lines[1]);
        Assert.Equal(2, lines.Length);
    }

    // What only a namespace below it holds is lent for a while, and not kept alive.
    [Fact]
    public void A_namespace_without_any_holder_of_its_own_can_be_entered()
    {
        using MountedTree mounted = Mount(null);
        using var holder = new NamespaceHolder("--user --map-root-user unshare --user --map-root-user");
        string[] lines = mounted.Says($"""
            cd {mounted.Tree}; n=$(stat -L -c %i {holder["user"]}); p=$(readlink by-type/user/$n/parent); cat by-type/user/$n/parent/processes
            basename $p; nsenter --user=by-type/user/$n/parent/ns readlink /proc/self/ns/user | tr -dc 0-9; echo; readlink by-type/user/$n/parent/ns
            """).Split('\n');
        Assert.Equal(lines[0], lines[1]);
        Assert.Contains("/fd/", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_died_is_gone_and_a_stale_name_leads_nowhere()
    {
        using MountedTree mounted = Mount(null);
        string tree = mounted.Tree, name = mounted.Prefix;
        mounted.Says($"mkdir {tree}/by-type/uts/{name}; mkdir {tree}/by-type/uts/{name}-b; umount {mounted.Root}/ns/{name}/uts; umount {mounted.Root}/ns/{name}-b/uts; mount --bind /proc/self/ns/uts {mounted.Root}/ns/{name}-b/uts");
        Assert.Matches("uts (dead|missing)\nuts replaced", mounted.Says($"cat {tree}/by-name/{name}/state {tree}/by-name/{name}-b/state"));
        foreach (string one in new[] { name, $"{name}-b" })
        {
            Outcome entered = mounted.Own($"nsenter --uts={tree}/by-name/{one}/uts true");
            Assert.Contains("Stale file handle", entered.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_birth_and_a_death_are_seen_by_the_next_look()
    {
        using MountedTree mounted = Mount(null);
        for (int i = 0; i < 10; i++)
        {
            mounted.Says($"ls {mounted.Tree}/by-type/uts >/dev/null");
            string number;
            using (var holder = new NamespaceHolder("--uts"))
            {
                number = holder.Identity("uts")["uts:[".Length..^1];
                Assert.Equal($"{mounted.Tree}/by-type/uts/{number}/type\nuts\n{number}", mounted.Says($"ls {mounted.Tree}/by-type/uts/{number}/type; cat {mounted.Tree}/by-type/uts/{number}/type; ls {mounted.Tree}/by-type/uts | grep {number}"));
            }

            // Whoever else looks at the machine's namespaces holds it for a moment.
            MountedTree.Await(() => mounted.Own($"ls {mounted.Tree}/by-type/uts/{number}").Error.Contains("No such file", StringComparison.Ordinal), "it stays");
            MountedTree.Await(() => !mounted.Says($"ls {mounted.Tree}/by-type/uts").Contains(number, StringComparison.Ordinal), "it stays in the list"); // the kernel gives its number to others
        }
    }

    [Fact]
    public void Many_readers_at_once_while_namespaces_come_and_go()
    {
        using MountedTree mounted = Mount(null);
        string tree = mounted.Tree, name = mounted.Prefix;
        Outcome outcome = mounted.Own($"""
            cd {tree}
            for r in $(seq 32); do (find by-type/uts by-name -type f -exec cat {"{}"} + 2>&1 | grep -aE 'not connected|Input/output|Cannot allocate'; [ $((r % 4)) != 0 ] || find by-owner by-process/$$ -type l -exec readlink {"{}"} + >/dev/null 2>&1) & done
            for i in 1 2 3 4; do (for k in 1 2; do mkdir by-type/uts/{name}-$i || echo failed; unshare --uts --ipc true; rmdir by-type/uts/{name}-$i || echo failed; done) & done
            wait; ls by-name
            """, 280);
        Assert.True(outcome is { ExitCode: 0, Output: "" }, outcome.ToString());
        Assert.Single(mounted.Servers);
    }

    /// <summary>What is refused at once has its words in "error" too, and those of the change before do not stay.</summary>
    [Theory]
    [InlineData("touch by-name/f")]
    [InlineData("rm by-name/one/net")]
    [InlineData("rmdir by-type/net/$(stat -L -c %i by-name/one/net)")]
    [InlineData("mkdir by-process/x")]
    public void Every_refusal_is_explained(string command)
    {
        using MountedTree mounted = Mount(null);
        Outcome outcome = mounted.Own($"cd {mounted.Tree}; mkdir by-type/net/one; mkdir by-type/net/123; {command} 2>/dev/null && echo done; cat error; rmdir by-name/one");
        Assert.Matches("^[a-z ]+: EPERM .*\nonly names can be changed", outcome.Output);
    }

    [Fact]
    public void Where_no_descriptors_are_left_the_server_goes_on_and_tells_what_it_can()
    {
        using MountedTree mounted = Mount(null);
        int server = Assert.Single(mounted.Servers);
        Outcome outcome = mounted.Own($$"""
            cd {{mounted.Tree}}; said={{mounted.Beside}}/said
            told() { for i in $(seq 600); do grep -Eq "$1" $said && return; sleep 0.05; done; echo "not told: $1"; cat $said; }
            reads() { for i in $(seq 600); do readlink /proc/$1/fd/* | grep -q events && return; sleep 0.05; done; }
            cat events > $said & cat=$!; reads $cat
            prlimit --pid {{server}} --nofile=4:
            unshare --uts --ipc --net true; mkdir {{mounted.Beside}}/held; touch {{mounted.Beside}}/held/uts; unshare --uts={{mounted.Beside}}/held/uts true
            told "born   uts:.* made by (true|unshare)"
            prlimit --pid {{server}} --nofile=1024:
            umount {{mounted.Beside}}/held/uts; rm -r {{mounted.Beside}}/held; kill $cat; wait
            cat events > $said & cat=$!; reads $cat
            n=$(unshare --uts readlink /proc/self/ns/uts | tr -dc 0-9); told "born   uts:.$n. "; told "died   uts:.$n. "
            kill $cat; wait; rm $said
            """, 240);
        Assert.True(outcome is { Output: "" }, outcome.ToString());
        Assert.Equal([server], mounted.Servers);
    }

    /// <summary>The kernel fails the watch's wait, and then each attempt to begin another: who reads goes on with the one that succeeds, and is told that something is missing.</summary>
    [Fact]
    public void A_watch_that_broke_off_begins_anew_for_those_who_read()
    {
        using MountedTree mounted = Mount(null);
        Outcome outcome = mounted.Own($$"""
            cd {{mounted.Tree}}; said={{mounted.Beside}}/said
            told() { for i in $(seq 600); do [ $(grep -c "$1" $said) -ge $2 ] && return; sleep 0.05; done; echo "not told: $1"; cat $said; }
            cat events > $said & cat=$!
            for i in $(seq 600); do readlink /proc/$cat/fd/* | grep -q events && break; sleep 0.05; done
            timeout 60 strace -qq -p {{Assert.Single(mounted.Servers)}} -o $said.calls -e trace=epoll_pwait,epoll_create1 -e inject=epoll_pwait:error=EIO -e inject=epoll_create1:error=EMFILE & strace=$!
            for i in $(seq 600); do grep -q 'TracerPid:.[1-9]' /proc/{{mounted.Servers[0]}}/status && break; sleep 0.05; done
            unshare --uts true; told ' lost ' 1
            for i in $(seq 600); do [ $(grep -c epoll_create1 $said.calls) -ge 2 ] && break; sleep 0.05; done
            kill $strace; wait $strace; told ' lost ' 2
            n=$(unshare --uts readlink /proc/self/ns/uts | tr -dc 0-9); told "born   uts:.$n. " 1; told "died   uts:.$n. " 1
            kill $cat; wait $cat; rm $said $said.calls
            """, 240);
        Assert.True(outcome is { Output: "" }, outcome.ToString());
    }

    [Fact]
    public void Reading_events_waits_and_tells_births_names_and_deaths()
    {
        using MountedTree mounted = Mount(null);
        Outcome outcome = mounted.Own($$"""
            cd {{mounted.Tree}}; said={{mounted.Beside}}/said; name={{mounted.Prefix}}
            until_said() { for i in $(seq 1200); do grep -Eq "$1" $said && return; sleep 0.05; done; echo "not told: $1"; }
            cat events > $said & cat=$!
            for i in $(seq 1200); do readlink /proc/$cat/fd/* | grep -q events && break; sleep 0.05; done
            mkdir by-type/uts/$name; n=$(stat -L -c %i by-type/uts/$name/ns); id=$(cat by-type/uts/$name/id)
            until_said "^20[0-9TZ:.-]+ born   uts:.$n. id [0-9]+ owner user:.*made by"; until_said "named  uts:.$n. id [0-9]+ .$name. owner user:"
            ln -s $name by-name/$name-b=uts; until_said "named  uts:.$n. .*$name-b"
            rmdir by-name/$name by-name/$name-b; until_said "died   uts:.$n. "
            short=$(unshare --uts readlink /proc/self/ns/uts | tr -dc 0-9); until_said "born   uts:.$short. "; until_said "died   uts:.$short. .* lived 0"
            kill -TERM $cat; wait $cat; echo $?
            grep -c "uts:.$n. id $id " $said; rm $said
            python3 -c '
            import os, select, time
            fd = os.open("events", os.O_RDONLY | os.O_NONBLOCK)
            try:
                while True: os.read(fd, 65536) # others make namespaces too
            except BlockingIOError: print("would wait")
            os.mkdir("by-type/uts/{{mounted.Prefix}}")
            said = b""
            while b"{{mounted.Prefix}}" not in said and select.select([fd], [], [], 60)[0]: said += os.read(fd, 65536)
            print(b"born" in said, b"named" in said)
            os.rmdir("by-type/uts/{{mounted.Prefix}}")'
            """, 200);
        Assert.Equal("143\n4\nwould wait\nTrue True\n", outcome.Output);
    }

    // The lock of --root is held by a command that looks through the tree, while the tree is told to make a name.
    [Fact]
    public void A_command_that_holds_the_lock_may_look_through_the_tree()
    {
        using MountedTree mounted = Mount(null);
        string tree = mounted.Tree, name = mounted.Prefix;
        mounted.Says($"for i in 1 2 3 4 5; do {RideauProgram.Path} --root {mounted.Root} ns create --quiet --of {tree}/by-process/$$/uts {name}-a$i & mkdir {tree}/by-type/uts/{name}-b$i & done; wait");
        Assert.Equal("10", mounted.Says($"ls {tree}/by-name | wc -l"));
    }

    [Fact(Explicit = true)]
    public void Ten_thousand_namespaces_are_listed_in_good_time()
    {
        using MountedTree mounted = Mount(null);
        Outcome outcome = mounted.Own($"""
            cat > {mounted.Beside}/hold.py <<'END'
            import ctypes, os, resource, sys
            resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
            libc = ctypes.CDLL(None)
            kept = []
            for i in range(10000):
                assert libc.unshare(0x04000000) == 0
                kept.append(os.open("/proc/self/ns/uts", os.O_RDONLY))
            print("ready", flush=True)
            sys.stdin.read()
            END
            mkfifo {mounted.Beside}/end {mounted.Beside}/said; python3 {mounted.Beside}/hold.py < {mounted.Beside}/end > {mounted.Beside}/said & exec 3> {mounted.Beside}/end; read ready < {mounted.Beside}/said
            a=$(date +%s%N); ls {mounted.Tree}/by-type/uts | wc -l; b=$(date +%s%N); find {mounted.Tree}/by-type/uts -maxdepth 2 -name id | wc -l; c=$(date +%s%N)
            exec 3>&-; wait; rm {mounted.Beside}/hold.py {mounted.Beside}/end {mounted.Beside}/said; echo "ls $(((b-a)/1000000)) find $(((c-b)/1000000))"; grep VmHWM /proc/{mounted.Servers[0]}/status
            """, 300);
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Current.TestOutputHelper?.WriteLine(outcome.Output);
        Assert.True(lines.Length == 4 && int.Parse(lines[0], CultureInfo.InvariantCulture) >= 10_000 && int.Parse(lines[1], CultureInfo.InvariantCulture) >= 10_000, outcome.ToString());
    }
}
