using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Network;

/// <summary>--listen: sockets of one network in the hands of a process in another.</summary>
public sealed class ListenTests
{
    private const uint User = SubordinateUser.Stranger;
    private const string Shown = "echo $LISTEN_FDS $LISTEN_FDNAMES; test $LISTEN_PID = $$ && echo mine; ls /proc/self/fd | wc -l";

    /// <summary>Ask A8: a web server in a container with no network answers on a port of the caller's network.</summary>
    [Fact]
    public void A_web_server_in_a_container_without_a_device_answers_on_the_callers_loopback()
    {
        using var host = new HostNetwork();
        using Bundle bundle = WithPython(WebServer.OfListenFds).Write();
        using var server = new RunningProgram("nsenter", "--net=" + host.Path, RideauProgram.Path, "--root", bundle.Root, "run", "--bundle", bundle.Directory, "--listen", "tcp:127.0.0.1:80", bundle.Name);
        Assert.Equal("devices: lo\n", host.Shell("curl -sS --max-time 20 http://127.0.0.1/").Output);
        // Nothing in the container's own network listens, and no device leads there.
        Assert.Equal("", RideauProgram.Shell($"nsenter --net=/proc/{(int)bundle.State()["pid"]!}/ns/net ss -Hltn").Output);
        Assert.Empty(host.Devices());
    }

    [Fact]
    public void A_container_that_waits_for_its_start_holds_the_socket_until_it_ends()
    {
        using var host = new HostNetwork();
        using var bundle = new Bundle(Shown + "; sleep 60");
        Assert.Equal(0, bundle.Create("--listen", $"tcp:127.0.0.1:80@{host.Path}=web").ExitCode);
        Assert.Contains("127.0.0.1:80", host.Shell("ss -Hltn").Output, StringComparison.Ordinal);
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(Cgroups.PauseTests.Waits(() => bundle.CreatedOutput == "1 web\nmine\n5\n"), bundle.CreatedOutput);
        bundle.Delete();
        Assert.True(Cgroups.PauseTests.Waits(() => host.Shell("ss -Hltn").Output.Length == 0));
    }

    /// <summary>LISTEN_PID is the number that the program has itself: in a pid namespace of its own, one that is joined, and none.</summary>
    [Fact]
    public void Run_exec_enter_and_ns_exec_hand_over_alike()
    {
        using var host = new HostNetwork();
        using var bundle = new Bundle(Shown);
        string[] listen = ["--listen", $"tcp:127.0.0.1:80@{host.Path}=a", "--listen", $"udp:127.0.0.1:80@{host.Path}"];
        Assert.Equal("2 a:unknown\nmine\n6", bundle.Says(listen));
        bundle.Command("sleep 60").Started();
        foreach (string[] words in new string[][] { ["exec", .. listen, bundle.Name], ["enter", .. listen, bundle.Name], ["enter", "--quiet", "--only", "net,pid", .. listen, bundle.Name], ["enter", "--quiet", "--only", "net", .. listen, bundle.Name] })
        {
            Outcome outcome = bundle.Rideau([.. words, "sh", "-c", Shown]);
            Assert.Equal((0, "2 a:unknown\nmine\n6\n"), (outcome.ExitCode, outcome.Output));
        }

        using var root = new NameRoot();
        root.Says("ns", "create", "--net", "--pid", "--mount", root.Prefix);
        Assert.Equal("2 a:unknown\nmine\n6", root.Says(["ns", "exec", .. listen, root.Prefix, "sh", "-c", Shown]));
        bundle.Delete();
    }

    [Theory]
    [InlineData("tcp:0.0.0.0:80", "tcp 0.0.0.0:80")]
    [InlineData("tcp:[::1]:80", "tcp [::1]:80")]
    [InlineData("tcp:[::]:80", "tcp *:80")]
    [InlineData("udp:127.0.0.1:53", "udp 127.0.0.1:53")]
    [InlineData("udp:[::1]:53", "udp [::1]:53")]
    [InlineData("unix:@rideau-name", "u_str @rideau-name")]
    [InlineData("unixgram:@rideau-name", "u_dgr @rideau-name")]
    [InlineData("unixpacket:@rideau-name", "u_seq @rideau-name")]
    public void Every_kind_is_opened_over_there(string socket, string seen)
    {
        using var host = new HostNetwork();
        using var root = new NameRoot();
        root.Says("ns", "create", "--net", root.Prefix);
        string list = root.Says("ns", "exec", "--listen", $"{socket}@{host.Path}", root.Prefix, "nsenter", "--net=" + host.Path, "ss", "-Haltnux");
        Assert.Contains(list.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), words => $"{words[0]} {words[4]}" == seen);
        Assert.DoesNotContain("rideau-name", File.ReadAllText("/proc/net/unix"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_has_sockets_of_his_own_networks_in_any_of_them()
    {
        using var root = new NameRoot(User);
        string name = root.Prefix;
        root.Says("ns", "create", "--user", "--net", name);
        root.Says("ns", "create", "--user", "--net", "--pid", "--mount", $"{name}-b");
        // A port that only root of that network may have; the process is in the other one.
        Assert.Equal("1 web\nmine\n5", root.Says("ns", "exec", "--listen", $"tcp:127.0.0.1:80@{name}=web", $"{name}-b", "sh", "-c", Shown));
        using var server = new RunningProgram("setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--", RideauProgram.Path, "--root", root.Root, "ns", "exec", "--listen", $"tcp:127.0.0.1:80@{name}", $"{name}-b", WebServer.Python, "-c", WebServer.OfListenFds);
        Assert.Equal("devices: lo", root.Says("ns", "exec", name, "curl", "-sS", "--max-time", "20", "http://127.0.0.1/"));
        Outcome refused = root.Rideau("ns", "exec", "--listen", "tcp:127.0.0.1:80@/proc/1/ns/net", name, "true");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("cannot reach the network of", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>Whoever runs the program and waits for it has no copy.</summary>
    [Fact]
    public void When_the_program_closes_its_socket_nobody_listens_any_more()
    {
        using var host = new HostNetwork();
        using Bundle bundle = new Bundle("exec 3<&-; echo up; sleep 60").Write();
        string[] listen = ["--listen", $"tcp:127.0.0.1:80@{host.Path}"];
        using (var run = new RunningProgram([RideauProgram.Path, "--root", bundle.Root, "run", "--bundle", bundle.Directory, .. listen, bundle.Name]))
        {
            Assert.Equal("", host.Shell("ss -Hltn").Output);
            foreach (string[] words in new string[][] { ["exec", .. listen, bundle.Name], ["enter", .. listen, bundle.Name], ["enter", "--quiet", "--only", "net", .. listen, bundle.Name] })
            {
                using var more = new RunningProgram([RideauProgram.Path, "--root", bundle.Root, .. words, "sh", "-c", "exec 3<&-; echo up; sleep 60"]);
                Assert.Equal("", host.Shell("ss -Hltn").Output);
            }
        }

        bundle.Delete();
    }

    [Fact]
    public void They_come_behind_the_sockets_that_the_caller_passes_on()
    {
        using var host = new HostNetwork();
        using Bundle bundle = new Bundle("cat <&3; " + Shown).Write();
        Outcome outcome = RideauProgram.Shell($"echo given >'{bundle.Directory}/in'; exec 3<'{bundle.Directory}/in' 5</dev/null; export LISTEN_FDS=1 LISTEN_FDNAMES=first LISTEN_PID=$$; exec '{RideauProgram.Path}' --root '{bundle.Root}' --log '{bundle.Directory}/log' run --bundle '{bundle.Directory}' --listen tcp:127.0.0.1:80@{host.Path}=second {bundle.Name}");
        Assert.Equal((0, "given\n2 first:second\nmine\n6\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void A_path_of_a_unix_socket_is_one_of_the_targets_files_and_leads_nowhere_else()
    {
        using Bundle target = new Bundle("sleep 60");
        string outside = Directory.CreateDirectory(Path.Combine(target.Directory, "outside")).FullName;
        File.CreateSymbolicLink(Path.Combine(target.RootFilesystem, "out"), outside);
        target.Started();
        using var root = new NameRoot();
        root.Says("ns", "create", "--net", root.Prefix);
        string Listen(string path, params string[] command)
        {
            Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["--root", target.Root, "enter", "--quiet", "--only", "net", "--listen", $"unix:{path}@{target.Name}", target.Name, .. command]);
            return outcome.ExitCode == 0 ? outcome.Output : outcome.Error;
        }

        Assert.Equal("", Listen("/tmp/web.sock", "true"));
        Assert.True(File.Exists(Path.Combine(target.RootFilesystem, "tmp/web.sock")));
        // The file that it left is no hindrance; a file that is none of ours is.
        Assert.Equal("", Listen("/tmp/web.sock", "true"));
        File.WriteAllText(Path.Combine(target.RootFilesystem, "tmp/file"), "kept");
        Assert.Contains("EADDRINUSE", Listen("/tmp/file", "true"), StringComparison.Ordinal);
        Assert.Contains("ENOENT", Listen("/out/web.sock", "true"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        target.Delete();
    }

    [Theory]
    [InlineData("tcp:80:90", "bad socket")]
    [InlineData("tcp:80@rideau-none", "nothing is called that")]
    [InlineData("tcp:80@{busy}", "EADDRINUSE")]
    [InlineData("tcp:192.0.2.77:80@{busy}", "EADDRNOTAVAIL")]
    [InlineData("tcp:81@{busy}=a:b", "bad name")]
    [InlineData("vsock:any:80@{busy}", "vsock")]
    public void What_cannot_be_opened_is_said_and_nothing_runs(string socket, string words)
    {
        using var host = new HostNetwork();
        using var bundle = new Bundle("echo ran");
        using var busy = new RunningProgram(RideauProgram.Path, "--root", bundle.Root, "net", "forward", $"tcp:0.0.0.0:80@{host.Path}", $"tcp:127.0.0.1:1@{host.Path}");
        Outcome outcome = bundle.Run("--listen", socket.Replace("{busy}", host.Path, StringComparison.Ordinal));
        if (words == "vsock" && outcome.ExitCode == 0)
        {
            return; // this kernel has it
        }

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", bundle.Rideau("list", "--quiet").Output);
        Outcome both = bundle.Run("--listen", "unix:@rideau-both", "--preserve-fds", "1");
        Assert.Contains("cannot be given together", both.Error, StringComparison.Ordinal);
    }

    // The machine's python3, in the container's own network and pid namespace.
    private static Bundle WithPython(string script)
    {
        Bundle bundle = new Bundle().Mount("/host", "bind", "/", "rbind", "ro");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "bin", "chroot"), "busybox");
        bundle.Process["args"] = new JsonArray("/bin/chroot", "/host", WebServer.Python, "-c", script);
        foreach (string set in (string[])["bounding", "effective", "permitted"])
        {
            bundle.Process["capabilities"]![set]!.AsArray().Add("CAP_SYS_CHROOT");
        }

        return bundle;
    }
}
