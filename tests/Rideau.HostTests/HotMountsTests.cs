using System;
using System.IO;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>mounts add and remove: what a container that runs sees of them, and what it cannot do about them.</summary>
public sealed class HotMountsTests
{
    [Fact]
    public void A_directory_and_a_file_of_the_machine_come_and_go()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        string directory = Source(bundle, "hello");
        string mounts = $$"""[{"destination": "/new/place", "type": "bind", "source": "{{directory}}", "options": ["rbind"]}, {"destination": "/etc/one", "source": "{{directory}}/file", "options": ["bind", "ro"]}]""";
        Succeeds(Mounts(bundle, "add", mounts));
        Assert.Equal("hello\n", bundle.Exec("cat", "/new/place/file").Output);
        Assert.Equal("hello\n", bundle.Exec("cat", "/etc/one").Output);
        Succeeds(bundle.Exec("sh", "-c", "echo more >> /new/place/file"));
        Outcome refused = bundle.Exec("sh", "-c", "echo more >> /etc/one");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Read-only", refused.Error, StringComparison.Ordinal);
        Succeeds(Mounts(bundle, "remove", mounts));
        Assert.NotEqual(0, bundle.Exec("cat", "/new/place/file").ExitCode);
        Assert.Equal("", bundle.Exec("cat", "/etc/one").Output);
        Assert.Equal("hello\nmore\n", File.ReadAllText(directory + "/file"));
    }

    [Fact]
    public void A_new_file_system_has_its_options()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        Succeeds(Mounts(bundle, "add", """[{"destination": "/scratch", "type": "tmpfs", "source": "scratch", "options": ["size=1m", "noexec", "mode=0700"]}]"""));
        string line = bundle.Exec("grep", " /scratch ", "/proc/self/mountinfo").Output;
        Assert.Contains("noexec", line, StringComparison.Ordinal);
        Assert.Contains("size=1024k", line, StringComparison.Ordinal);
        Assert.Equal("700\n", bundle.Exec("stat", "-c", "%a", "/scratch").Output);
    }

    [Fact]
    public void One_that_fails_takes_those_before_it_away_again()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        string directory = Source(bundle, "x");
        string before = bundle.Exec("cat", "/proc/self/mountinfo").Output;
        // A file in the way of the second one's place.
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "obstacle"), "");
        Outcome outcome = Mounts(bundle, "add", $$"""[{"destination": "/a", "source": "{{directory}}", "options": ["bind"]}, {"destination": "/obstacle/b", "source": "{{directory}}", "options": ["bind"]}]""");
        PauseTests.Fails(outcome, "\"/obstacle/b\"");
        Assert.Equal(before, bundle.Exec("cat", "/proc/self/mountinfo").Output);
    }

    [Fact]
    public void Links_of_the_container_lead_no_mount_out_of_it()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        string outside = Path.Combine(bundle.Directory, "outside");
        Directory.CreateDirectory(outside);
        string directory = Source(bundle, "x");
        Succeeds(bundle.Exec("sh", "-c", $"mkdir -p {outside}; ln -s {outside} /trap"));
        string mounts = $$"""[{"destination": "/trap/in", "source": "{{directory}}", "options": ["bind"]}]""";
        Succeeds(Mounts(bundle, "add", mounts));
        Assert.Equal("x\n", bundle.Exec("cat", outside + "/in/file").Output);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Succeeds(Mounts(bundle, "remove", mounts));
        // The last part of a place that is unmounted is not followed at all.
        Succeeds(bundle.Exec("ln", "-s", "/proc", "/link"));
        Assert.Equal(1, Mounts(bundle, "remove", """[{"destination": "/link"}]""").ExitCode);
        Succeeds(bundle.Exec("cat", "/proc/self/stat"));
    }

    [Fact]
    public void Root_of_a_user_namespace_cannot_make_a_read_only_mount_writable()
    {
        using var bundle = new Bundle("sleep 100").WithUserNamespace();
        RideauProgram.Shell($"chown -R 100000:100000 '{bundle.RootFilesystem}'; chmod 755 '{bundle.Directory}'");
        bundle.Process["capabilities"] = System.Text.Json.Nodes.JsonNode.Parse("""{"bounding": ["CAP_SYS_ADMIN"], "effective": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"]}""");
        Succeeds(bundle.Run("--detach"));
        string directory = Source(bundle, "x");
        RideauProgram.Shell($"chmod 777 '{directory}'");
        Succeeds(Mounts(bundle, "add", $$"""[{"destination": "/ro", "source": "{{directory}}", "options": ["bind", "ro", "nosuid"]}, {"destination": "/own", "type": "tmpfs", "options": ["size=1m"]}]"""));
        Assert.Equal("x\n", bundle.Exec("cat", "/ro/file").Output);
        Assert.NotEqual(0, bundle.Exec("touch", "/ro/new").ExitCode);
        Assert.NotEqual(0, bundle.Exec("mount", "-o", "remount,bind,rw", "/ro").ExitCode);
        Assert.NotEqual(0, bundle.Exec("touch", "/ro/new").ExitCode);
        // A new file system belongs to the container's ids.
        Succeeds(bundle.Exec("touch", "/own/new"));
        Assert.Equal("0\n", bundle.Exec("stat", "-c", "%u", "/own").Output);
    }

    [Fact]
    public void A_paused_container_gets_mounts_and_a_stopped_one_does_not()
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        const string Tmpfs = """[{"destination": "/scratch", "type": "tmpfs"}]""";
        Succeeds(bundle.Rideau("pause", bundle.Name));
        Succeeds(Mounts(bundle, "add", Tmpfs));
        Succeeds(bundle.Rideau("kill", bundle.Name, "KILL"));
        Assert.True(bundle.WaitForStatus("stopped"));
        PauseTests.Fails(Mounts(bundle, "add", Tmpfs), "container not running");
        PauseTests.Fails(Mounts(bundle, "remove", Tmpfs), "container not running");
    }

    [Theory]
    [InlineData("""[{"destination": "/proc/sys", "type": "tmpfs"}]""", "inside /proc")]
    [InlineData("""[{"destination": "/", "type": "tmpfs"}]""", "root file system")]
    [InlineData("""[{"destination": "/x", "type": "proc"}]""", "when the container is made")]
    [InlineData("""[{"destination": "/x", "source": "/none", "options": ["bind"]}]""", "ENOENT")]
    [InlineData("""[{"type": "tmpfs"}]""", "no destination")]
    [InlineData("""{"destination": "/x"}""", "expected a list")]
    [InlineData("""[{"destination": 1}]""", "[0].destination")]
    public void What_cannot_be_mounted_is_said(string mounts, string words)
    {
        using Bundle bundle = PauseTests.Running("sleep 100");
        string before = bundle.Exec("cat", "/proc/self/mountinfo").Output;
        PauseTests.Fails(Mounts(bundle, "add", mounts), words);
        Assert.Equal(before, bundle.Exec("cat", "/proc/self/mountinfo").Output);
    }

    private static string Source(Bundle bundle, string text)
    {
        string directory = Path.Combine(bundle.Directory, "source");
        Directory.CreateDirectory(directory);
        File.WriteAllText(directory + "/file", text + "\n");
        return directory;
    }

    private static Outcome Mounts(Bundle bundle, string verb, string json) =>
        RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "mounts", verb, bundle.Name, "-"], json);

    private static void Succeeds(Outcome outcome) => Assert.True(outcome.ExitCode == 0, outcome.ToString());
}
