using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Where errors go, in which words, and what the program ends with.</summary>
public sealed class CommandLineErrorTests
{
    [Theory]
    [InlineData("state", 1)]
    [InlineData("start", 1)]
    [InlineData("kill", 1)]
    [InlineData("delete", 1)]
    [InlineData("ps", 1)]
    [InlineData("exec", 255)]
    public void An_unknown_container_is_called_so_once(string verb, int status)
    {
        using var bundle = new Bundle();
        Outcome outcome = bundle.Rideau(verb, "nobody");
        Assert.Equal((status, ""), (outcome.ExitCode, outcome.Output));
        Assert.Equal(2, outcome.Error.Split("does not exist").Length);
        Assert.Contains("container does not exist\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_that_engines_look_for()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        AssertFails(1, "container with given ID already exists", "run", "--bundle", bundle.Directory, bundle.Name);
        AssertFails(1, "cannot start an already running container", "start", bundle.Name);
        AssertFails(1, $"cannot delete container {bundle.Name} that is not stopped: running", "delete", bundle.Name);
        AssertFails(1, "unknown signal \"XYZ\"", "kill", bundle.Name, "XYZ");
        AssertFails(255, "exec failed: ", "exec", bundle.Name, "no-such");
        AssertFails(255, "executable file not found in $PATH", "exec", bundle.Name, "no-such");
        AssertFails(255, "permission denied", "exec", bundle.Name, "/etc/passwd");
        AssertFails(255, "exec args cannot be empty", "exec", bundle.Name);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "sigkill").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        AssertFails(1, "cannot start a container that has stopped", "start", bundle.Name);
        AssertFails(1, "container not running", "kill", bundle.Name, "15");
        AssertFails(255, "cannot exec in a stopped container", "exec", bundle.Name, "true");
        Assert.Equal(0, bundle.Rideau("kill", "--all", bundle.Name).ExitCode);

        void AssertFails(int status, string words, params string[] command)
        {
            Outcome outcome = bundle.Rideau(command);
            Assert.True(outcome.ExitCode == status && outcome.Output.Length == 0 && outcome.Error.Contains(words, StringComparison.Ordinal), $"{string.Join(' ', command)}: {outcome}");
        }
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public void An_error_goes_to_the_log_and_to_standard_error(string format)
    {
        using var bundle = new Bundle();
        string log = Path.Combine(bundle.Directory, "log");
        File.WriteAllText(log, "what was there\n");
        Outcome outcome = bundle.Rideau("--log", log, "--log-format", format, "state", "nobody");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("container does not exist", outcome.Error, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(log);
        Assert.Equal("what was there", lines[0]);
        if (format == "text")
        {
            Assert.Matches("^time=\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\" level=error msg=\".*container does not exist\"$", lines[^1]);
            return;
        }

        JsonObject last = JsonNode.Parse(lines[^1])!.AsObject();
        Assert.Equal(["level", "msg", "time"], last.Select(pair => pair.Key));
        Assert.Equal("error", (string?)last["level"]);
        Assert.EndsWith("container does not exist", (string?)last["msg"], StringComparison.Ordinal);
    }

    [Fact]
    public void Json_without_a_file_goes_to_standard_error_alone()
    {
        using var bundle = new Bundle();
        Outcome outcome = bundle.Rideau("--log-format=json", "state", "nobody");
        Assert.Equal("error", (string?)JsonNode.Parse(outcome.Error)!["level"]);
    }

    [Fact]
    public void The_logged_error_of_a_failed_call_names_the_call()
    {
        using var bundle = new Bundle("true").With(configuration => configuration["process"]!["cwd"] = "/bin/sh");
        bundle.Write();
        string log = Path.Combine(bundle.Directory, "log");
        Outcome outcome = bundle.Rideau("--log", log, "--log-format", "json", "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal(1, outcome.ExitCode);
        string message = (string)JsonNode.Parse(File.ReadAllLines(log)[^1])!["msg"]!;
        Assert.Contains("ENOTDIR", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Equal(outcome.Error.Split('\n')[0]["rideau: ".Length..], message[..(outcome.Error.Split('\n')[0].Length - "rideau: ".Length)]);
    }

    [Fact]
    public void Debug_writes_to_the_log_and_success_writes_nothing_else()
    {
        using var bundle = new Bundle("true");
        bundle.Write();
        string log = Path.Combine(bundle.Directory, "log");
        Outcome quiet = bundle.Rideau("--log", log, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal((0, "", ""), (quiet.ExitCode, quiet.Output, quiet.Error));
        Assert.Equal("", File.ReadAllText(log));
        Outcome debug = bundle.Rideau("--debug", "--log", log, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal((0, "", ""), (debug.ExitCode, debug.Output, debug.Error));
    }

    [Fact]
    public void A_log_that_cannot_be_opened_is_an_error()
    {
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["--log", "/no/such/place/log", "list"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot open the log \"/no/such/place/log\"", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_systemd_does_not_manage_the_groups_its_driver_says_so_and_how_to_go_on()
    {
        Assert.SkipWhen(Systemd.SystemdMachine.IsThere, "systemd is here");
        using var bundle = new Bundle("true");
        bundle.Linux["cgroupsPath"] = $"system.slice:rideau:{bundle.Name}";
        bundle.Write();
        Directory.CreateDirectory(bundle.Root);
        Outcome refused = bundle.Rideau("--systemd-cgroup", "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("systemd", refused.Error, StringComparison.Ordinal);
        Assert.Contains("leave --systemd-cgroup out", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, bundle.Rideau("--systemd-cgroup", "list").ExitCode);
    }

    [Fact]
    public void With_version_2_alone_and_no_systemd_the_sockets_that_were_tried_are_named()
    {
        Assert.SkipWhen(Systemd.SystemdMachine.IsThere, "systemd is here");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, for a mount namespace with cgroup2 alone");
        using var bundle = new Bundle("true");
        bundle.Linux["cgroupsPath"] = $"system.slice:rideau:{bundle.Name}";
        bundle.Write();
        Outcome refused = RideauProgram.Shell($"""
            exec unshare --mount sh -c '
            mount --make-rprivate / && umount -l -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 99
            {RideauProgram.Path} --root {bundle.Root} --systemd-cgroup run --bundle {bundle.Directory} {bundle.Name}'
            """);
        if (refused.ExitCode == 99)
        {
            Assert.Skip("this caller may not mount cgroup2");
        }

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("cannot reach systemd", refused.Error, StringComparison.Ordinal);
        Assert.Contains("\"/run/systemd/private\"", refused.Error, StringComparison.Ordinal);
        Assert.Contains("ENOENT", refused.Error, StringComparison.Ordinal);
    }
}
