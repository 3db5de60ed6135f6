using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Files;

/// <summary>"cp", "cat", "ls", "stat" and "edit" on the files of containers, from outside.</summary>
public sealed class CopyTests
{
    // The cases of docker-cp(1); "have" is made in both places before.
    [Theory]
    [InlineData("file", "new", "new", 0)]
    [InlineData("file", "dir", "dir/file", 0)]
    [InlineData("file", "dir/", "dir/file", 0)]
    [InlineData("file", "there", "there", 0)]
    [InlineData("file", "missing/", "", 1)]
    [InlineData("file", "missing/new", "", 1)]
    [InlineData("file/", "new", "", 1)]
    [InlineData("tree", "new", "new/sub/leaf", 0)]
    [InlineData("tree", "new/", "new/sub/leaf", 0)]
    [InlineData("tree", "dir", "dir/tree/sub/leaf", 0)]
    [InlineData("tree/", "dir", "dir/tree/sub/leaf", 0)]
    [InlineData("tree/.", "dir", "dir/sub/leaf", 0)]
    [InlineData("tree/.", "new", "new/sub/leaf", 0)]
    [InlineData("tree", "there", "", 1)]
    [InlineData("link", "new", "new", 0)]
    [InlineData("missing", "new", "", 1)]
    public void Paths_mean_what_docker_cp_says(string source, string destination, string made, int status)
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        string outside = Path.Combine(bundle.Directory, "outside");
        string inside = Path.Combine(bundle.RootFilesystem, "data");
        foreach (string place in new[] { outside, inside })
        {
            RideauProgram.Shell($"mkdir -p '{place}/dir' '{place}/tree/sub' && cd '{place}' && echo one > file && echo old > there && echo leaf > tree/sub/leaf && ln -s file link");
        }

        Outcome into = bundle.Rideau("cp", $"{outside}/{source}", $"{bundle.Name}:/data/{destination}");
        Assert.True(into.ExitCode == status, into.ToString());
        Outcome from = bundle.Rideau("cp", $"{bundle.Name}:/data/{source}", $"{outside}/{destination}");
        // What came in before is there as well.
        Assert.True(from.ExitCode == status, from.ToString());
        foreach (string place in new[] { outside, inside })
        {
            if (status == 0)
            {
                string name = Path.Combine(place, made);
                Assert.True(source == "link" ? new FileInfo(name).LinkTarget == "file" : File.Exists(name), name);
                Assert.True(source != "file" || File.ReadAllText(name) == "one\n");
            }
            else
            {
                Assert.StartsWith("rideau: cannot copy \"", into.Error, StringComparison.Ordinal);
                Assert.Equal("old\n", File.ReadAllText(Path.Combine(place, "there")));
            }

            Assert.Equal("", RideauProgram.Shell($"find '{place}' -name '.rideau*'").Output);
        }
    }

    // Modes, times, owners, links, holes, a FIFO, attributes, names that are no text: there and back, compared by stock tools.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tree_comes_back_as_it_was(bool userNamespace)
    {
        using Bundle bundle = Started(userNamespace);
        string tree = Path.Combine(bundle.Directory, "tree");
        MakeTree(tree);
        Outcome copied = bundle.Rideau("cp", "--archive", tree, $"{bundle.Name}:/tmp/tree");
        Assert.True(copied.ExitCode == 0, copied.ToString());
        if (userNamespace)
        {
            Assert.Equal("101000:100005", RideauProgram.Shell($"stat -c %u:%g '{bundle.RootFilesystem}/tmp/tree/owned'").Output.Trim());
        }

        Outcome back = bundle.Rideau("cp", "--archive", $"{bundle.Name}:/tmp/tree", $"{bundle.Directory}/back");
        Assert.True(back.ExitCode == 0, back.ToString());
        Assert.Equal(Facts(tree), Facts($"{bundle.Directory}/back"));
        Assert.Equal("", RideauProgram.Shell($"diff -r --no-dereference '{tree}' '{bundle.Directory}/back' 2>&1 | grep -v 'is a fifo'").Output);
        Assert.Equal("64", RideauProgram.Shell($"du -k '{bundle.Directory}/back/holes' | awk '{{print ($1 < 1000) ? 64 : $1}}'").Output.Trim());
        Assert.Contains("socket", back.Error + copied.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_belong_to_whoever_gets_them()
    {
        using Bundle bundle = Started(true);
        string file = Path.Combine(bundle.Directory, "file");
        RideauProgram.Shell($"echo x > '{file}' && chown 33:33 '{file}' && chmod 6755 '{file}'");
        Assert.Equal(0, bundle.Rideau("cp", file, $"{bundle.Name}:/tmp/f").ExitCode);
        // A file system that the container's own namespace has mounted: nobody outside of it can own a file there.
        Outcome onTmpfs = bundle.Rideau("cp", file, $"{bundle.Name}:/dev/shm/f");
        Assert.True(onTmpfs.ExitCode == 0, onTmpfs.ToString());
        Assert.Equal("0 0 755\n0 0 755\n", bundle.Exec("stat", "-c", "%u %g %a", "/tmp/f", "/dev/shm/f").Output);
        Assert.Equal(0, bundle.Rideau("cp", "-a", file, $"{bundle.Name}:/dev/shm/g").ExitCode);
        Assert.Equal("33 33 6755\n", bundle.Exec("stat", "-c", "%u %g %a", "/dev/shm/g").Output);
        // A program with set-id bits does not become one of the machine's root.
        Assert.Equal(0, bundle.Rideau("cp", $"{bundle.Name}:/dev/shm/g", file + "2").ExitCode);
        Assert.Equal("0 0 755", RideauProgram.Shell($"stat -c '%u %g %a' '{file}2'").Output.Trim());
        RideauProgram.Shell($"chown 70000 '{file}'");
        Outcome unmapped = bundle.Rideau("cp", "-a", file, $"{bundle.Name}:/tmp/h");
        Assert.Contains("user 70000 or group 33 is not mapped in the user namespace of", unmapped.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "h")));
    }

    [Fact]
    public void An_ordinary_user_reaches_the_ids_of_the_own_container()
    {
        SubordinateUser user = SubordinateUser.Find();
        using Bundle bundle = new Bundle("echo secret > /tmp/s; chmod 600 /tmp/s; chown 5:6 /tmp/s; touch /ready; exec sleep 100").AsUser(user).With("""{"root":{"readonly":false}}""").WithLinux($$"""
            {"uidMappings":[{"containerID":0,"hostID":{{user.Uid}},"size":1},{"containerID":1,"hostID":{{user.FirstUid}},"size":{{SubordinateUser.Count}}}],
             "gidMappings":[{"containerID":0,"hostID":{{user.Gid}},"size":1},{"containerID":1,"hostID":{{user.FirstGid}},"size":{{SubordinateUser.Count}}}]}
            """).WithCapabilities("CAP_CHOWN", "CAP_DAC_OVERRIDE");
        bundle.Started();
        Wait(bundle);
        Assert.Equal("secret\n", bundle.Rideau("cat", $"{bundle.Name}:/tmp/s").Output);
        Assert.Contains(" 5 6 7 ", bundle.Rideau("ls", "-n", $"{bundle.Name}:/tmp").Output, StringComparison.Ordinal);
        bundle.OnMachine("sh", "-c", $"mkdir '{bundle.Directory}/o'; echo mine > '{bundle.Directory}/o/mine'");
        Outcome into = bundle.Rideau("cp", $"{bundle.Directory}/o/mine", $"{bundle.Name}:/tmp/mine");
        Assert.True(into.ExitCode == 0, into.ToString());
        Outcome from = bundle.Rideau("cp", $"{bundle.Name}:/tmp/s", $"{bundle.Directory}/o/s");
        Assert.True(from.ExitCode == 0, from.ToString());
        Assert.Equal($"{user.Uid} {user.FirstUid - 1 + 5}\n", bundle.OnMachine("sh", "-c", $"echo $(stat -c %u '{bundle.Directory}/o/s' '{bundle.RootFilesystem}/tmp/s')").Output);
        Assert.Equal("0 0\n", bundle.Exec("stat", "-c", "%u %g", "/tmp/mine").Output);
        Outcome edited = bundle.OnMachine("env", "EDITOR=sed -i s/secret/told/", RideauProgram.Path, "--root", bundle.Root, "edit", $"{bundle.Name}:/tmp/s");
        Assert.True(edited.ExitCode == 0, edited.ToString());
        Assert.Equal("5 6 600 told\n", bundle.Exec("sh", "-c", "echo $(stat -c '%u %g %a' /tmp/s) $(cat /tmp/s)").Output);
        // Somebody else's is refused.
        Outcome stranger = RideauProgram.Execute("/usr/bin/setpriv", [$"--reuid={SubordinateUser.Stranger}", "--clear-groups", "--", RideauProgram.Path, "--root", "/tmp/rideau-tests-none", "cat", "1:/etc/passwd"]);
        Assert.Contains("the process belongs to somebody else", stranger.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_are_containers_paused_stopped_and_without_files_processes_and_names()
    {
        using var bundle = new Bundle();
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}' && mv bin/busybox sleep && rm -rf bin etc tmp root && echo here > file");
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("/sleep", "100");
        bundle.Started();
        string pid = ((int)bundle.State()["pid"]!).ToString();
        Assert.Equal("here\n", bundle.Rideau("cat", $"{bundle.Name}:/file").Output);
        Assert.Equal("here\n", bundle.Rideau("cat", $"{pid}:file").Output);
        Assert.Equal("here\n", bundle.Rideau("cat", $"/proc/{pid}/ns/mnt:/file").Output);
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Assert.Equal("here\n", bundle.Rideau("cat", $"{bundle.Name}:/file").Output);
        Assert.Equal("dev\nfile\nproc\nsleep\nsys\n", bundle.Rideau("ls", $"{bundle.Name}:").Output);
        Assert.Equal(0, bundle.Rideau("resume", bundle.Name).ExitCode);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal("here\n", bundle.Rideau("cat", $"{bundle.Name}:/file").Output);

        using var names = new NameRoot();
        string name = names.Prefix;
        names.Says("ns", "create", "--user", "--mount", "--quiet", name);
        names.Says("ns", "exec", name, "sh", "-c", "mount -t tmpfs none /mnt && echo seen > /mnt/file");
        Assert.Equal("seen", names.Says("cat", $"{name}:/mnt/file"));
        Assert.Equal("seen", names.Says("cat", $"{names.File(name, "mnt")}:/mnt/file"));
        names.Says("ns", "create", "--net", "--quiet", name + "n");
        Assert.Contains("no mount namespace of its own", names.Rideau("cat", $"{name}n:/etc/passwd").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_regular_files_are_opened()
    {
        using var bundle = new Bundle("mkfifo /tmp/fifo; ln -s fifo /tmp/link; touch /ready; exec sleep 100").Started();
        Wait(bundle);
        foreach (string path in new[] { "/tmp/fifo", "/tmp/link", "/dev/zero", "/tmp", "/dev/stdin" })
        {
            Outcome outcome = bundle.Rideau("cat", $"{bundle.Name}:{path}");
            Assert.True(outcome.ExitCode == 1 && !outcome.TimedOut && outcome.Output.Length == 0, outcome.ToString());
        }

        Assert.Contains("it is a FIFO", bundle.Rideau("cat", $"{bundle.Name}:/tmp/fifo").Error, StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"strace -f -e trace=execve -qq -o /dev/stdout '{RideauProgram.Path}' --root '{bundle.Root}' cp {bundle.Name}:/bin '{bundle.Directory}/bin' 2>&1 | tail -n +2").Output);
    }

    [Fact]
    public void A_full_file_system_is_an_error_and_leaves_what_was_there()
    {
        using var bundle = new Bundle("echo old > /small/file; touch /ready; exec sleep 100").Mount("/small", "tmpfs", "tmpfs", "size=128k").Started();
        Wait(bundle);
        string big = Path.Combine(bundle.Directory, "big");
        RideauProgram.Shell($"head -c 1000000 /dev/urandom > '{big}'");
        Outcome outcome = bundle.Rideau("cp", big, $"{bundle.Name}:/small/file");
        Assert.Contains("the file system is full", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("file\nold\n", bundle.Exec("sh", "-c", "ls -A /small; cat /small/file").Output);
        Outcome unpacked = RideauProgram.Shell($"tar -C '{bundle.Directory}' -c big | '{RideauProgram.Path}' --root '{bundle.Root}' tar -x {bundle.Name}:/small");
        Assert.Contains("the file system is full", unpacked.Error, StringComparison.Ordinal);
        Assert.Equal("file\n", bundle.Exec("ls", "-A", "/small").Output);
    }

    [Fact]
    public void A_file_that_is_a_mount_point_is_written_where_it_is()
    {
        using var bundle = new Bundle("exec sleep 100");
        string hosts = Path.Combine(bundle.Directory, "hosts");
        File.WriteAllText(hosts, "a long text that is replaced by a shorter one\n");
        File.WriteAllText(Path.Combine(bundle.Directory, "new"), "new\n");
        bundle.Mount("/etc/hosts", "bind", hosts, "bind").Started();
        Outcome outcome = bundle.Rideau("cp", Path.Combine(bundle.Directory, "new"), $"{bundle.Name}:/etc/hosts");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("new\n", File.ReadAllText(hosts));
        Assert.Equal("", RideauProgram.Shell($"find '{bundle.RootFilesystem}/etc' -name '.rideau*'").Output);
    }

    // A target decides what is mounted where a path leads: nothing of it becomes a setting of the machine.
    [Fact]
    public void Nothing_is_written_on_file_systems_of_the_kernel()
    {
        using var bundle = new Bundle("ln -s /proc/sys/kernel /data; ln -s /sys/fs/cgroup /groups; touch /ready; exec sleep 100").WithLinux("""{"maskedPaths":null,"readonlyPaths":null}""").Started();
        Wait(bundle);
        string file = Path.Combine(bundle.Directory, "core_pattern");
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        File.WriteAllText(file, "|/tmp/evil\n");
        foreach (string path in new[] { "/data", "/data/core_pattern", "/proc/sys/kernel/core_pattern", "/proc/self/comm" })
        {
            Outcome outcome = bundle.Rideau("cp", file, $"{bundle.Name}:{path}");
            Assert.True(outcome.ExitCode == 1, outcome.ToString());
        }

        Outcome tar = RideauProgram.Shell($"tar -C '{bundle.Directory}' -c core_pattern | '{RideauProgram.Path}' --root '{bundle.Root}' tar -x {bundle.Name}:/data");
        Assert.Contains("it would be on proc", tar.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
        // Reading is another matter, and trees are copied without them.
        Assert.Equal(before, bundle.Rideau("cat", $"{bundle.Name}:/data/core_pattern").Output);
        Outcome all = bundle.Rideau("cp", $"{bundle.Name}:/", $"{bundle.Directory}/all");
        Assert.True(all.ExitCode == 0 && all.Error.Contains("where proc is mounted", StringComparison.Ordinal), all.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(bundle.Directory, "all", "proc")));
    }

    [Fact]
    public void A_file_is_edited_in_one_step_and_keeps_its_owner()
    {
        using Bundle bundle = Started(true);
        string file = Path.Combine(bundle.RootFilesystem, "tmp", "conf");
        RideauProgram.Shell($"echo one > '{file}' && chown 100007:100008 '{file}' && chmod 640 '{file}' && ln -s conf '{bundle.RootFilesystem}/tmp/link'");
        Assert.Equal(0, Edit(bundle, "sed -i s/one/two/", "/tmp/link").ExitCode);
        Assert.Equal("two\n", File.ReadAllText(file));
        Assert.Equal("100007 100008 640 conf", RideauProgram.Shell($"echo $(stat -c '%u %g %a' '{file}') $(readlink '{bundle.RootFilesystem}/tmp/link')").Output.Trim());
        Assert.Contains("nothing was changed", Edit(bundle, "true", "/tmp/conf").Error, StringComparison.Ordinal);
        Assert.Contains("the editor ended with 3", Edit(bundle, "sh -c 'exit 3'", "/tmp/conf").Error, StringComparison.Ordinal);
        Outcome changed = Edit(bundle, $"sh -c 'echo theirs > {file}; echo mine > $1' x", "/tmp/conf");
        Assert.Contains("somebody else has changed it meanwhile", changed.Error, StringComparison.Ordinal);
        Assert.Equal("theirs\n", File.ReadAllText(file));
        string kept = changed.Error[(changed.Error.IndexOf("is in ", StringComparison.Ordinal) + 6)..].Trim();
        Assert.Equal("mine\n", File.ReadAllText(kept));
        RideauProgram.Shell($"rm -r '{Path.GetDirectoryName(kept)}'");
        Assert.Equal(0, Edit(bundle, "cp /etc/hostname", "/tmp/new").ExitCode);
        Assert.Equal("100000", RideauProgram.Shell($"stat -c %u '{bundle.RootFilesystem}/tmp/new'").Output.Trim());
        Assert.Equal("", RideauProgram.Shell("ls -d /tmp/rideau-edit-* 2>/dev/null").Output);
    }

    [Fact]
    public void What_cannot_be_put_back_is_kept_and_its_place_is_said()
    {
        using Bundle bundle = new("exec sleep 100");
        bundle.Configuration["root"]!["readonly"] = true;
        bundle.Started();
        Outcome outcome = Edit(bundle, "cp /etc/hostname", "/etc/passwd");
        Assert.Contains("EROFS", outcome.Error, StringComparison.Ordinal);
        string kept = outcome.Error[(outcome.Error.IndexOf("what you have written is in ", StringComparison.Ordinal) + 28)..].Trim();
        Assert.Equal(File.ReadAllText("/etc/hostname"), File.ReadAllText(kept));
        RideauProgram.Shell($"rm -r '{Path.GetDirectoryName(kept)}'");
    }

    [Fact]
    public void Names_are_written_so_that_no_terminal_obeys_them()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}/tmp' && python3 -c \"import os; os.close(os.open(b'a\\x1b[31m\\xff\\n', os.O_CREAT | os.O_WRONLY))\"");
        Assert.Equal("a\\x1b[31m\\xff\\x0a\n", bundle.Rideau("ls", $"{bundle.Name}:/tmp").Output);
        Assert.Equal(0, bundle.Rideau("cp", $"{bundle.Name}:/tmp", $"{bundle.Directory}/copied").ExitCode);
        Assert.Equal("True\n", RideauProgram.Shell($"python3 -c \"import os; print(os.listdir(b'{bundle.Directory}/copied') == [b'a\\x1b[31m\\xff\\n'])\"").Output);
    }

    internal static Bundle Started(bool userNamespace)
    {
        var bundle = new Bundle("exec sleep 100");
        if (userNamespace)
        {
            bundle.WithUserNamespace();
            RideauProgram.Shell($"chmod 755 {bundle.Directory}; chown -R 100000:100000 {bundle.RootFilesystem}");
        }

        return bundle.Started();
    }

    internal static void MakeTree(string tree)
    {
        Outcome made = RideauProgram.Shell($"""
            mkdir -p '{tree}/sub/deep' && cd '{tree}' && echo one > one && ln one sub/two && ln -s ../one sub/link && ln -s /nowhere broken
            echo x > owned && chown 1000:5 owned && chmod 4751 owned && mkfifo -m 640 fifo && mkdir -m 1777 sticky && mkdir -m 555 sub/closed
            head -c 100000 /dev/urandom > data && truncate -s 50M holes && printf middle | dd of=holes bs=1 seek=20000000 conv=notrunc 2>/dev/null
            python3 -c "import os; os.setxattr('one', 'user.mark', b'a=b'); os.close(os.open(b'bad\xff', os.O_CREAT)); import socket; socket.socket(socket.AF_UNIX).bind('sock')"
            n=$(printf 'n%.0s' $(seq 200)); mkdir $n && echo long > $n/$n && touch -d '1999-12-31 23:59:59 UTC' one sub owned
            """, limitSeconds: 120);
        Assert.True(made.ExitCode == 0, made.ToString());
    }

    internal static string Facts(string tree) =>
        RideauProgram.Shell($"cd '{tree}' && rm -f sock && find . -printf '%p %y %m %U:%G %l %n %Ts\\n' | grep -av '^[.] ' | sort; getfattr -d one 2>/dev/null || python3 -c \"import os; print(os.getxattr('one', 'user.mark'))\"; cksum data holes one sub/two", limitSeconds: 120).Output;

    private static Outcome Edit(Bundle bundle, string editor, string path) =>
        RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "edit", $"{bundle.Name}:{path}"], environment: new System.Collections.Generic.Dictionary<string, string> { ["VISUAL"] = editor });

    private static void Wait(Bundle bundle)
    {
        for (int i = 0; i < 1000 && !File.Exists(Path.Combine(bundle.RootFilesystem, "ready")); i++)
        {
            System.Threading.Thread.Sleep(10);
        }
    }
}
