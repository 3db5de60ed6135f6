using System;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

public sealed class LifecycleTests
{
    [Fact]
    public void A_caller_that_ignores_the_end_of_children_gets_the_status()
    {
        using Bundle bundle = new Bundle("exit 7").Write();
        Outcome outcome = RideauProgram.Shell($"env --ignore-signal=CHLD '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 7, outcome.ToString());
    }

    [Fact]
    public void A_foreground_run_lets_other_commands_change_its_container()
    {
        using Bundle bundle = new Bundle("echo started; sleep 100").Write();
        string rideau = $"'{RideauProgram.Path}' --root '{bundle.Root}'";
        Outcome outcome = RideauProgram.Shell($$"""
            mkfifo '{{bundle.Directory}}/said'
            {{rideau}} run --bundle '{{bundle.Directory}}' {{bundle.Name}} </dev/null >'{{bundle.Directory}}/said' 2>&1 &
            read line <'{{bundle.Directory}}/said'
            timeout 10 {{rideau}} pause {{bundle.Name}}; echo pause $?
            timeout 10 {{rideau}} resume {{bundle.Name}}; echo resume $?
            timeout 10 {{rideau}} delete --force {{bundle.Name}}; echo delete $?
            wait $!; echo run $?
            """);
        Assert.Equal("pause 0\nresume 0\ndelete 0\nrun 137\n", outcome.Output);
    }

    [Fact]
    public void A_foreground_run_gives_the_status_of_its_process()
    {
        using var bundle = new Bundle("echo out; echo err >&2; exit 7");
        Outcome outcome = bundle.Run();
        Assert.Equal((7, "out\n", "err\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void A_process_that_a_signal_ended_gives_128_and_its_number()
    {
        using var bundle = new Bundle("kill -9 $$; sleep 5").Without("pid");
        Assert.Equal(137, bundle.Run().ExitCode);
    }

    [Fact]
    public void A_container_is_created_started_killed_and_deleted()
    {
        using var bundle = new Bundle("echo started; sleep 100");
        Outcome created = bundle.Create();
        Assert.True(created.ExitCode == 0, created.ToString());
        JsonObject state = bundle.State();
        Assert.Equal("created", (string?)state["status"]);
        Assert.True((int)state["pid"]! > 0);
        Assert.Equal("", bundle.CreatedOutput);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    /// <summary>An engine that stops what it has not started yet sends a signal and waits; the kernel spares the first process of a pid namespace.</summary>
    [Theory]
    [InlineData("TERM", true)]
    [InlineData("INT", true)]
    [InlineData("QUIT", true)]
    [InlineData("TERM", false)]
    public void A_signal_ends_what_waits_to_be_started(string signal, bool ownPid)
    {
        using var bundle = new Bundle("echo started; sleep 100");
        Bundle same = ownPid ? bundle : bundle.Without("pid");
        Assert.Equal(0, same.Create().ExitCode);
        Outcome sent = bundle.Rideau("kill", bundle.Name, signal);
        Assert.True(sent.ExitCode == 0, sent.ToString());
        Assert.True(bundle.WaitForStatus("stopped"));
        Outcome late = bundle.Start();
        Assert.Equal(1, late.ExitCode);
        Assert.Contains("stopped", late.Error, StringComparison.Ordinal);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    /// <summary>The handlers are the waiting process's alone: the program has the default action again, and nothing blocked.</summary>
    [Fact]
    public void The_program_has_no_handler_and_no_mask_of_the_waiting_process()
    {
        using var bundle = new Bundle().With(configuration => configuration["process"]!["args"] = new JsonArray("grep", "-E", "Sig(Blk|Ign|Cgt|Pnd)|ShdPnd", "/proc/self/status"));
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.All(bundle.CreatedOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(":\t0000000000000000", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Start_opens_the_gate_once()
    {
        using var bundle = new Bundle("echo started; sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        Outcome started = bundle.Start();
        Assert.True(started.ExitCode == 0, started.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
        Outcome again = bundle.Start();
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("cannot start an already running container", again.Error, StringComparison.Ordinal);
        Outcome refused = bundle.Delete(force: false);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("that is not stopped: running", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, (int)bundle.State()["pid"]!);
        Outcome dead = bundle.Rideau("kill", bundle.Name, "TERM");
        Assert.Equal(1, dead.ExitCode);
        Assert.Contains("not running", dead.Error, StringComparison.Ordinal);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        Assert.Contains("does not exist", bundle.Rideau("state", bundle.Name).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_taken_is_refused()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        Outcome again = bundle.Create();
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("container with given ID already exists", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_missing_fails_create()
    {
        using var bundle = new Bundle().With(configuration => configuration["process"]!["args"] = new JsonArray("no-such-program"));
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("executable file not found in $PATH", outcome.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void Delete_of_what_is_not_there_fails_unless_forced()
    {
        using var bundle = new Bundle();
        Assert.Equal(1, bundle.Rideau("delete", "nobody").ExitCode);
        Assert.Equal(0, bundle.Rideau("delete", "--force", "nobody").ExitCode);
    }

    [Fact]
    public void Delete_with_force_ends_what_runs()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.Equal("running", (string?)bundle.State()["status"]);
        Outcome deleted = bundle.Delete();
        Assert.True(deleted.ExitCode == 0, deleted.ToString());
    }

    [Fact]
    public void Exec_runs_in_the_container_and_gives_its_status()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Outcome outcome = bundle.Exec("sh", "-c", "hostname; ls /proc | grep -c '^[0-9]'; exit 5");
        Assert.Equal(5, outcome.ExitCode);
        Assert.StartsWith("rideau\n", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(255, bundle.Exec("no-such-program").ExitCode);
    }

    [Fact]
    public void Ps_and_list_show_what_runs()
    {
        using var bundle = new Bundle("sleep 100");
        System.IO.Directory.CreateDirectory(bundle.Root);
        Assert.Equal("null", bundle.Rideau("list", "--format", "json").Output.Trim());
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        int pid = (int)bundle.State()["pid"]!;
        Assert.Contains(pid, JsonNode.Parse(bundle.Rideau("ps", "--format", "json", bundle.Name).Output)!.AsArray().GetValues<int>());
        Assert.Equal(bundle.Name, bundle.Rideau("list", "--quiet").Output.Trim());
        Assert.Equal(pid, (int)JsonNode.Parse(bundle.Rideau("list", "--format", "json").Output)!.AsArray()[0]!["pid"]!);
    }
}
