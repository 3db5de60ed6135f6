using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>checkpoint and restore with a real CRIU.</summary>
public sealed class CheckpointTests
{
    private const string Counting = "i=0; while :; do echo $i >/tmp/count; i=$((i+1)); sleep 0.1; done";

    [Fact]
    public void A_container_goes_on_where_it_was_and_all_commands_work_on_it()
    {
        CriuMachine.Require();
        using Bundle bundle = Counter().RunQuietly();
        Assert.Equal(0, bundle.Exec("sh", "-c", "echo kept >/dev/shm/file").ExitCode);
        int pid = (int)bundle.State()["pid"]!;
        bundle.Checkpoint();
        int before = Count(bundle);
        Assert.Contains("container does not exist", bundle.Rideau("state", bundle.Name).Error, StringComparison.Ordinal);
        Assert.True(CriuMachine.Becomes(() => HasEnded(pid)));
        bundle.Restore($"--pid-file '{bundle.Directory}/pid'");
        JsonObject state = bundle.State();
        Assert.Equal("running", (string?)state["status"]);
        Assert.Equal(File.ReadAllText(Path.Combine(bundle.Directory, "pid")), ((int)state["pid"]!).ToString(CultureInfo.InvariantCulture));
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > before), "it does not go on");
        Assert.Equal("kept\nrideau\n", bundle.Exec("sh", "-c", "cat /dev/shm/file; hostname").Output);
        Assert.Contains("sh -c", bundle.Rideau("ps", bundle.Name).Output, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"stats\"", bundle.Rideau("events", "--stats", bundle.Name).Output, StringComparison.Ordinal);
        Assert.Contains("LOOPBACK,UP", bundle.Exec("ip", "link", "show", "lo").Output, StringComparison.Ordinal);
        Assert.Contains("64", File.ReadAllText(Cgroups.Groups.Directory("pids", Cgroups.Groups.PathOf(bundle)) + "/pids.max"), StringComparison.Ordinal);
        Assert.DoesNotContain("criu-root", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Assert.Equal(0, bundle.Rideau("resume", bundle.Name).ExitCode);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    [Fact]
    public void It_can_be_done_again_with_what_exec_has_added()
    {
        CriuMachine.Require();
        // A restored sleep is told that it was interrupted; that of busybox 1.37 ends then.
        const string Added = "while :; do sleep 1000; done";
        using Bundle bundle = Counter().RunQuietly();
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(0, bundle.Exec("sh", "-c", $"{Added} </dev/null >/dev/null 2>&1 &").ExitCode);
            bundle.Checkpoint();
            bundle.Restore();
            Outcome processes = bundle.Exec("ps");
            Assert.True(processes.Output.Split(Added).Length - 1 == round + 1, processes.ToString());
        }
    }

    [Fact]
    public void With_leave_running_it_goes_on_and_a_copy_can_be_made()
    {
        CriuMachine.Require();
        using Bundle bundle = Counter().RunQuietly();
        bundle.Checkpoint("--leave-running");
        Assert.Equal("running", (string?)bundle.State()["status"]);
        int count = Count(bundle);
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > count));
        Assert.True(File.Exists(Path.Combine(CriuMachine.Images(bundle), "inventory.img")));
        Assert.True(File.Exists(Path.Combine(CriuMachine.Work(bundle), "dump.log")));
    }

    [Fact]
    public void Bind_mounts_are_bound_again_also_through_links_and_inside_one_another()
    {
        CriuMachine.Require();
        using Bundle bundle = Counter();
        string one = Directory.CreateDirectory(Path.Combine(bundle.Directory, "one")).FullName;
        string two = Directory.CreateDirectory(Path.Combine(bundle.Directory, "two")).FullName;
        string file = Path.Combine(bundle.Directory, "file");
        File.WriteAllText(file, "a file\n");
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "real"));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), "/real");
        bundle.Mount("/link/data", "bind", one, "rbind").Mount("/link/data/deep/two", "bind", two, "bind", "ro").Mount("/etc/file", "bind", file, "bind", "ro");
        bundle.RunQuietly();
        bundle.Checkpoint();
        // The places were made by create in the directory that is bound.
        Directory.Delete(Path.Combine(one, "deep"), recursive: true);
        File.WriteAllText(Path.Combine(two, "new"), "from outside\n");
        bundle.Restore();
        Assert.Equal("from outside\na file\n", bundle.Exec("sh", "-c", "cat /real/data/deep/two/new /etc/file; touch /real/data/made").Output);
        Assert.True(File.Exists(Path.Combine(one, "made")));
        Assert.NotEqual(0, bundle.Exec("touch", "/real/data/deep/two/no").ExitCode);
    }

    [Fact]
    public async Task In_the_foreground_it_ends_with_the_status_of_the_process_and_the_container_is_gone()
    {
        CriuMachine.Require();
        using Bundle bundle = new("trap 'exit 7' TERM; while :; do sleep 0.1; done");
        bundle.RunQuietly();
        bundle.Checkpoint();
        Task<Outcome> restored = Task.Run(() => bundle.Quietly($"restore --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}"));
        Assert.True(CriuMachine.Becomes(() => bundle.Rideau("state", bundle.Name).ExitCode == 0 && (string?)bundle.State()["status"] == "running"));
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "TERM").ExitCode);
        Outcome outcome = await restored;
        Assert.True(outcome.ExitCode == 7, outcome.ToString());
        Assert.Contains("container does not exist", bundle.Rideau("state", bundle.Name).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipes_of_the_restoring_command_take_the_place_of_the_old_ones()
    {
        CriuMachine.Require();
        using Bundle bundle = new("while :; do echo tick; sleep 0.1; done");
        bundle.Write();
        string program = $"PATH='{CriuMachine.SearchPath}' '{RideauProgram.Path}' --root '{bundle.Root}'";
        RideauProgram.Shell($"{program} run --detach --bundle '{bundle.Directory}' {bundle.Name} </dev/null 2>/dev/null | cat >'{bundle.Directory}/first' &\nwhile [ ! -s '{bundle.Directory}/first' ]; do sleep 0.1; done");
        bundle.Checkpoint();
        Assert.Contains("\"pipe:[", File.ReadAllText(Path.Combine(CriuMachine.Images(bundle), "descriptors.json")), StringComparison.Ordinal);
        RideauProgram.Shell($"{program} restore --detach --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name} </dev/null 2>/dev/null | cat >'{bundle.Directory}/second' &\nsleep 0.1");
        Assert.True(CriuMachine.Becomes(() => File.Exists(Path.Combine(bundle.Directory, "second")) && File.ReadAllText(Path.Combine(bundle.Directory, "second")).Contains("tick\ntick", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_terminal_comes_back_over_the_console_socket()
    {
        CriuMachine.Require();
        using Bundle bundle = new("stty -echo; echo ready; while read line; do echo \"got $line\"; done");
        bundle.Process["terminal"] = true;
        bundle.Write();
        string program = $"env PATH='{CriuMachine.SearchPath}' '{RideauProgram.Path}' --root '{bundle.Root}'";
        string socket = Path.Combine(bundle.Directory, "socket");
        string dump = $"{program} run --detach --console-socket '{socket}' --bundle '{bundle.Directory}' {bundle.Name}; sleep 1; {program} checkpoint --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}; echo dumped $? >'{bundle.Directory}/dumped'";
        Outcome first = Console(socket, dump, "expect:ready", "wait");
        Assert.True(File.Exists(Path.Combine(bundle.Directory, "dumped")), first.ToString());
        Assert.Equal("dumped 0\n", File.ReadAllText(Path.Combine(bundle.Directory, "dumped")));
        File.Delete(socket);
        Outcome second = Console(socket, $"{program} restore --detach --console-socket '{socket}' --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}", "wait", "send:it\\r", "expect:got it");
        Assert.True(second.ExitCode == 0 && second.Output.Contains("got it", StringComparison.Ordinal), second.ToString());
    }

    [Fact]
    public void A_network_namespace_named_by_path_is_joined_again()
    {
        CriuMachine.Require();
        using var holder = new NamespaceHolder("--net");
        using Bundle bundle = Counter().Namespace("network", holder["net"]);
        bundle.RunQuietly();
        bundle.Checkpoint();
        bundle.Restore();
        Assert.Equal(holder.Identity("net"), NamespaceOf(bundle, "net"));
    }

    [Fact]
    public void Hooks_of_the_runtimes_namespace_are_run_and_one_that_fails_undoes_the_restore()
    {
        CriuMachine.Require();
        using Bundle bundle = Counter();
        string said = Path.Combine(bundle.Directory, "said");
        bundle.With(new JsonObject { ["hooks"] = new JsonObject { ["createRuntime"] = Hook($"cat >>'{said}'; test ! -e '{bundle.Directory}/fail' || {{ echo no more >&2; exit 3; }}"), ["poststop"] = Hook($"echo stopped >>'{said}'") } }.ToJsonString());
        bundle.RunQuietly();
        bundle.Checkpoint();
        Assert.EndsWith("stopped\n", File.ReadAllText(said), StringComparison.Ordinal);
        File.Delete(said);
        File.WriteAllText(Path.Combine(bundle.Directory, "fail"), "");
        Outcome failed = bundle.Quietly($"restore --detach --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}");
        Assert.True(failed.ExitCode == 1 && failed.Error.Contains("createRuntime hook 0", StringComparison.Ordinal) && failed.Error.Contains("no more", StringComparison.Ordinal), failed.ToString());
        FailureTests.NothingIsLeft(bundle);
        File.Delete(Path.Combine(bundle.Directory, "fail"));
        File.Delete(said);
        bundle.Restore();
        JsonNode hook = JsonNode.Parse(File.ReadAllText(said))!;
        Assert.Equal((int)bundle.State()["pid"]!, (int)hook["pid"]!);
    }

    [Fact]
    public void A_paused_container_is_written_too()
    {
        CriuMachine.Require();
        using Bundle bundle = Counter().RunQuietly();
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        bundle.Checkpoint("--manage-cgroups-mode ignore");
        int count = Count(bundle);
        bundle.Restore("--manage-cgroups-mode ignore");
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > count));
    }

    private static Bundle Counter() => new(Counting);

    private static int Count(Bundle bundle)
    {
        string path = Path.Combine(bundle.RootFilesystem, "tmp", "count");
        return File.Exists(path) && int.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int count) ? count : -1;
    }

    // Its zombie is its parent's business.
    private static bool HasEnded(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static JsonArray Hook(string script) => new(new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) });

    private static string NamespaceOf(Bundle bundle, string name) => File.ResolveLinkTarget($"/proc/{(int)bundle.State()["pid"]!}/ns/{name}", false)!.Name;

    private static Outcome Console(string socket, string command, params string[] steps)
    {
        string player = Path.Combine(SourceTree.Root, "tests", "Rideau.HostTests", "Harness", "terminal.py");
        return RideauProgram.Execute("/usr/bin/env", ["python3", player, "console", socket, "/bin/sh", "-c", command, "--", .. steps], limitSeconds: 60);
    }
}
