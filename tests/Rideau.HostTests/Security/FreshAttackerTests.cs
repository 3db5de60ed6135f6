using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>Attacks that no advisory names: what somebody would try who has read the source.</summary>
public sealed class FreshAttackerTests
{
    // The image makes a second name for /dev, by which a volume gets between the runtime's own tmpfs and a place in it; the volume's link then leads out.
    [Theory]
    [InlineData("tmpfs", "/dev/between/link/made")]
    [InlineData("tmpfs", "/dev/between/link/folder")]
    [InlineData("file", "/dev/between/link/made")]
    public void A_second_name_of_a_place_does_not_lead_out(string type, string destination)
    {
        using var bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(volume);
        File.CreateSymbolicLink(Path.Combine(volume, "link"), victim.Path);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "alias"), "/dev");
        string source = Path.Combine(bundle.Directory, "source");
        File.WriteAllText(source, "");
        bundle.Mount("/alias/between", "bind", volume, "bind").Mount(destination, type == "file" ? "bind" : "tmpfs", source, type == "file" ? "bind" : "nosuid").Run();
        victim.IsUntouched();
    }

    // A node of a device in the place of passwd: to open it can be enough to set the device off, and the caller is not bound by the container's rules.
    [Theory]
    [InlineData("mknod passwd c 1 3")]
    [InlineData("mkfifo passwd")]
    public void What_an_image_has_in_the_place_of_passwd_is_not_opened_unless_it_is_a_file(string make)
    {
        using var bundle = new Bundle("true");
        using var watcher = new Bundle("exec attack watch /etc/watched/passwd 1500 >/tmp/found").WithAttacker();
        string etc = Path.Combine(bundle.RootFilesystem, "etc");
        RideauProgram.Shell($"cd '{etc}' && rm passwd && {make}");
        watcher.Mount("/etc/watched", "bind", etc, "bind").Started();
        for (int i = 0; i < 200 && !watcher.HasFinding("/tmp/found"); i++)
        {
            System.Threading.Thread.Sleep(5);
        }

        while (!watcher.Finding("/tmp/found").Contains("opened", StringComparison.Ordinal))
        {
            Assert.Equal(0, bundle.Run().ExitCode);
        }

        Assert.Equal("watching\nopened 0", watcher.Finding("/tmp/found"));
    }

    // A link in the place of the file that is written beside the pid file and renamed.
    [Fact]
    public void A_pid_file_is_not_written_through_a_link()
    {
        using Bundle bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string folder = Path.Combine(bundle.Directory, "pids");
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Path.Combine(folder, ".pid"), Path.Combine(victim.Path, "file"));
        File.CreateSymbolicLink(Path.Combine(folder, "pid"), Path.Combine(victim.Path, "ptmx"));
        Assert.Equal(0, bundle.Run("--pid-file", Path.Combine(folder, "pid")).ExitCode);
        victim.IsUntouched();
        Assert.NotEqual("", File.ReadAllText(Path.Combine(folder, "pid")));
    }

    [Theory]
    [InlineData("""{"hostname":"in\u0000side"}""")]
    [InlineData("""{"process":{"args":["/bin/sh\u0000x"]}}""")]
    [InlineData("""{"process":{"cwd":"/\u0000x"}}""")]
    [InlineData("""{"mounts":[{"destination":"/proc\u0000x","type":"tmpfs","source":"tmpfs"}]}""")]
    [InlineData("""{"mounts":[{"destination":"/tmp","type":"bind","source":"/tmp\u0000x","options":["bind"]}]}""")]
    [InlineData("""{"linux":{"maskedPaths":["/proc/keys\u0000x"]}}""")]
    [InlineData("""{"linux":{"cgroupsPath":"/rideau-test/a\u0000x"}}""")]
    [InlineData("""{"root":{"path":"rootfs\u0000x"}}""")]
    public void A_text_that_the_kernel_would_see_cut_is_refused(string patch)
    {
        using Bundle bundle = new Bundle("echo ran").With(patch);
        Outcome outcome = bundle.Run();
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
    }

    [Theory]
    [InlineData("../victim")]
    [InlineData("/victim")]
    [InlineData("..")]
    [InlineData("a/../../victim")]
    public void No_id_leads_out_of_the_runtimes_directory(string id)
    {
        using Bundle bundle = new Bundle("true").Write();
        var victim = new Victim(bundle);
        Directory.CreateDirectory(bundle.Root);
        foreach (string[] command in new string[][] { ["delete", "--force", id], ["kill", id, "KILL"], ["state", id], ["run", "--bundle", bundle.Directory, id], ["exec", id, "true"], ["start", id], ["ps", id] })
        {
            Outcome outcome = bundle.Rideau(command);
            Assert.True(outcome.ExitCode != 0 && outcome.Error.Contains("invalid id", StringComparison.Ordinal), $"{command[0]}: {outcome}");
        }

        victim.IsUntouched();
    }

    // What an image calls its program is printed on somebody's terminal.
    [Fact]
    public void No_control_sequence_of_an_image_reaches_the_terminal_or_the_log()
    {
        using Bundle bundle = new Bundle().WithProcess("""{"args":["/bin/\u001b]0;owned\u0007\u001b[2J\r\nrideau: all is well"]}""").Write();
        string log = Path.Combine(bundle.Directory, "log");
        Outcome outcome = bundle.Rideau("--log", log, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal(1, outcome.ExitCode);
        foreach (string text in new[] { outcome.Error, File.ReadAllText(log) })
        {
            Assert.Contains("owned", text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, letter => char.IsControl(letter) && letter != '\n');
        }

        Assert.Single(File.ReadAllLines(log));
    }

    // The 32-bit door and x32 have other numbers for the calls that a profile forbids.
    [Theory]
    [InlineData("32")]
    [InlineData("x32")]
    public void A_filter_is_not_passed_by_another_door_into_the_kernel(string door)
    {
        using Bundle bundle = new Bundle($"attack mkdir {door} /tmp/made; test -d /tmp/made && echo made; mkdir /tmp/other 2>/dev/null || echo forbidden").WithAttacker()
            .WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}}""");
        Assert.EndsWith("forbidden", bundle.Says(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "made")));
        bundle.WithLinux("""{"seccomp":{"architectures":["SCMP_ARCH_X86_64"]}}""").Run();
        Assert.False(Directory.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "made")));
    }

    [Fact]
    public void A_fork_bomb_is_ended_by_delete()
    {
        using Bundle bundle = new Bundle("bomb() { bomb | bomb & }; trap '' TERM HUP INT; bomb; while :; do bomb 2>/dev/null; done").Started();
        var clock = Stopwatch.StartNew();
        Outcome exec = bundle.Exec("true");
        Assert.False(exec.TimedOut, exec.ToString());
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    // keyctl(2) joins a session keyring by its name, whoever has made it: another container lies in wait under the next one's.
    [Fact]
    public void A_keyring_under_the_containers_name_is_not_joined()
    {
        using var bundle = new Bundle("attack addkey; exec sleep 100").WithAttacker();
        using Bundle attacker = new Bundle($"exec attack keyring _ses.{bundle.Name} 1500 >/tmp/found").WithAttacker().Started();
        Assert.StartsWith("waiting", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        bundle.Started();
        for (int i = 0; i < 20; i++)
        {
            bundle.Exec("/bin/attack", "addkey");
        }

        while (!attacker.Finding("/tmp/found").Contains("found", StringComparison.Ordinal))
        {
            System.Threading.Thread.Sleep(20);
        }

        Assert.Equal("waiting\nfound 0", attacker.Finding("/tmp/found"));
    }

    // exec --cgroup with a path that climbs: into another container's group, or the machine's.
    [Theory]
    [InlineData("../..")]
    [InlineData("/../../..")]
    [InlineData("a/../../../..")]
    public void No_group_of_exec_leads_out_of_the_containers_own(string group)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Outcome outcome = bundle.Rideau("exec", "--cgroup", group, bundle.Name, "sh", "-c", "cat /proc/self/cgroup");
        Assert.True(outcome.ExitCode != 0 || outcome.Output.Split('\n').Any(line => line.EndsWith($":/rideau-test/{bundle.Name}", StringComparison.Ordinal)), outcome.ToString());
    }

    // The container's own files of the gate, its state and its terminal are not where the container could reach them.
    [Fact]
    public void A_created_container_holds_nothing_of_the_machine_but_its_gate()
    {
        using var bundle = new Bundle("true");
        Assert.Equal(0, bundle.Create().ExitCode);
        string links = RideauProgram.Shell($"ls -l /proc/{(int)bundle.State()["pid"]!}/fd | sed -n 's/.*-> //p' | sort -u").Output;
        Assert.Equal(["/dev/null", $"{bundle.Directory}/err", $"{bundle.Directory}/out", $"{bundle.Root}/{bundle.Name}/gate", $"{bundle.Root}/{bundle.Name}/report"], links.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
