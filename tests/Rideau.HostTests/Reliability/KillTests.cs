using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>SIGKILL before each system call of a command, and of the container's process while the command lives.</summary>
public sealed class KillTests
{
    private const int Some = 24;

    // In a new user namespace the child waits for its id before it goes on in an image of its own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_create_leaves_nothing_that_delete_does_not_remove(bool userNamespace)
    {
        using var scene = new Scene();
        if (userNamespace)
        {
            scene.Bundle.WithUserNamespace().Write();
        }

        string[] create = scene.Words("create");
        List<TracedCall> calls = scene.CallsOf(create);
        scene.CleansUp("create");
        foreach (TracedCall call in Scene.Spread(Of(calls, 0), Some))
        {
            Kill(scene, create, call);
            string status = scene.Status();
            Assert.True(status is "" or "creating" or "created" or "stopped", $"create killed at {call}: state says {status}");
            if (status == "created")
            {
                // Its process may be about to end, because create did: nobody was told that the container is made.
                Outcome started = scene.Tries(scene.Words("start"));
                Assert.Equal(started.ExitCode == 0 ? "running" : "stopped", scene.Status());
                Assert.True(started.ExitCode == 0 || started.Error.Contains("has stopped", StringComparison.Ordinal), $"create killed at {call}: {started}");
            }

            scene.CleansUp($"create killed at {call}");
            scene.Succeeds(create);
            Assert.Equal("created", scene.Status());
            scene.CleansUp("create");
        }
    }

    [Fact]
    public void Of_run_leaves_nothing_that_delete_does_not_remove()
    {
        using var scene = new Scene("true");
        string[] run = scene.Words("run");
        foreach (TracedCall call in Scene.Spread(Of(scene.CallsOf(run), 0), Some))
        {
            Kill(scene, run, call);
            string status = scene.Status();
            Assert.True(status is "" or "creating" or "running" or "stopped", $"run killed at {call}: state says {status}");
            scene.CleansUp($"run killed at {call}");
            scene.Succeeds(run);
            scene.NothingLeft("run");
        }
    }

    [Fact]
    public void Of_start_leaves_the_container_created_or_running()
    {
        using var scene = new Scene();
        string[] create = scene.Words("create"), start = scene.Words("start");
        scene.Succeeds(create);
        List<TracedCall> calls = scene.CallsOf(start);
        scene.CleansUp("start");
        foreach (TracedCall call in Scene.Spread(Of(calls, 0), Some))
        {
            scene.Succeeds(create);
            Kill(scene, start, call);
            string status = scene.Status();
            if (status == "created")
            {
                // Its process may have been told to begin, and do so between the two.
                Outcome again = scene.Tries(start);
                Assert.True(again.ExitCode == 0 || again.Error.Contains("already running", StringComparison.Ordinal), $"start killed at {call}: {again}");
            }

            Assert.True(scene.Bundle.WaitForStatus("running"), $"start killed at {call}: state says {status}");
            scene.CleansUp($"start killed at {call}");
        }
    }

    [Fact]
    public void Of_delete_leaves_what_the_next_delete_removes()
    {
        using var scene = new Scene();
        string[] run = scene.Words("run", "--detach"), delete = scene.Words("delete");
        scene.Succeeds(run);
        foreach (TracedCall call in Scene.Spread(Of(scene.CallsOf(delete), 0), Some))
        {
            scene.Succeeds(run);
            Kill(scene, delete, call);
            string status = scene.Status();
            // Paused: on cgroup v1 all are frozen for a moment, so that none clones away from the kill.
            Assert.True(status is "" or "running" or "paused" or "stopped", $"delete killed at {call}: state says {status}");
            scene.CleansUp($"delete killed at {call}");
        }
    }

    [Fact]
    public void Of_exec_leaves_the_container_as_it_was()
    {
        using var scene = new Scene();
        scene.Succeeds(scene.Words("run", "--detach"));
        string[] exec = scene.Words("exec", "true");
        int init = scene.InitPid();
        foreach (TracedCall call in Scene.Spread(Of(scene.CallsOf(exec), 0), Some))
        {
            Kill(scene, exec, call);
            Assert.Equal("running", scene.Status());
            scene.Succeeds(exec);
            scene.HasOnly(init, $"exec killed at {call}");
        }
    }

    [Fact]
    public void Of_the_containers_process_fails_create_and_leaves_nothing()
    {
        using var scene = new Scene();
        string[] create = scene.Words("create");
        List<TracedCall> calls = scene.CallsOf(create);
        scene.CleansUp("create");
        int kills = 0, tried = 0;
        foreach (TracedCall call in Scene.Spread(Of(calls, 1), Some))
        {
            (Outcome outcome, Tracer tracer) = scene.Traced(create, at => at == call ? Fate.Kill : Fate.Proceed);
            tried++;
            kills += tracer.Hit is null ? 0 : 1;
            if (outcome.ExitCode == 0)
            {
                // Behind the last word between the two: create has returned, perhaps before the child came to that call.
                Assert.True(scene.Bundle.WaitForStatus(tracer.Hit is null ? "created" : "stopped"), $"child killed at {call}");
                scene.CleansUp($"child killed at {call}");
            }
            else
            {
                TellsOfTheKill(outcome, call);
                scene.NothingLeft($"child killed at {call}");
            }
        }

        AreEnough(kills, tried);
    }

    [Fact]
    public void Of_the_containers_process_fails_run_and_leaves_nothing()
    {
        using var scene = new Scene("true");
        string[] run = scene.Words("run");
        int kills = 0, tried = 0;
        foreach (TracedCall call in Scene.Spread(Of(scene.CallsOf(run), 1), Some))
        {
            tried++;
            kills += KillsChild(scene, run, call) ? 1 : 0;

            scene.NothingLeft($"child killed at {call}");
        }

        AreEnough(kills, tried);
    }

    [Fact]
    public void Of_the_process_that_waits_at_the_gate_leaves_it_stopped()
    {
        using var scene = new Scene();
        string[] create = scene.Words("create"), start = scene.Words("start");
        scene.Succeeds(create);
        List<TracedCall> calls = scene.CallsOf(start, scene.InitPid());
        scene.CleansUp("start");
        Assert.NotEmpty(Of(calls, 1));
        int kills = 0;
        foreach (TracedCall call in Of(calls, 1))
        {
            scene.Succeeds(create);
            // By name: whether the wait that the tracer interrupted is seen once or twice is a matter of chance.
            bool killed = false;
            (Outcome outcome, _) = scene.Traced(start, at => (killed |= at.Process == 1 && at.Number == call.Number) && at.Process == 1 ? Fate.Kill : Fate.Proceed, scene.InitPid());
            Assert.False(outcome.TimedOut, $"killed at {call}: {outcome}");
            if (!killed)
            {
                // Not seen this time: the container runs, as it should.
                Assert.Equal(0, outcome.ExitCode);
                scene.CleansUp($"not killed at {call}");
                continue;
            }

            kills++;
            Assert.True(scene.Bundle.WaitForStatus("stopped"), $"killed at {call}: {outcome}");
            scene.CleansUp($"killed at {call}");
        }

        Assert.True(kills > 0, "no call of the waiting process was met");
    }

    [Fact]
    public void Of_the_new_process_fails_exec_and_leaves_the_container_as_it_was()
    {
        using var scene = new Scene();
        scene.Succeeds(scene.Words("run", "--detach"));
        string[] exec = scene.Words("exec", "true");
        int init = scene.InitPid();
        List<TracedCall> calls = scene.CallsOf(exec);
        int kills = 0, tried = 0;
        foreach (TracedCall call in Scene.Spread([.. Of(calls, 1), .. Of(calls, 2)], Some))
        {
            tried++;
            kills += KillsChild(scene, exec, call) ? 1 : 0;

            scene.HasOnly(init, $"child killed at {call}");
        }

        AreEnough(kills, tried);
    }

    private static void TellsOfTheKill(Outcome outcome, TracedCall call)
    {
        // A go-between that has done its part may be killed without a loss; and at execve the next moment it would
        // have been the container's program, killed by a signal.
        bool ended = call.Name == "exit_group" && outcome.ExitCode == 0 || call.Name == "execve" && outcome.ExitCode == 137;
        Assert.True(ended || (outcome.ExitCode is 1 or 255 && outcome.Error.Contains("was killed while it was to", StringComparison.Ordinal)), $"killed at {call}: {outcome}");
    }

    private static List<TracedCall> Of(List<TracedCall> calls, int process) => [.. calls.Where(call => call.Process == process)];

    // The how manieth call it is; where the command went another way that is another call, and as good a one.
    private static void Kill(Scene scene, string[] words, TracedCall call)
    {
        (Outcome outcome, _) = scene.Traced(words, at => at.Process == call.Process && at.Index == call.Index ? Fate.Kill : Fate.Proceed);
        Assert.False(outcome.TimedOut, $"killed at {call}: {outcome}");
    }

    // Whether the call came by; whoever is killed there, the command tells of it.
    private static bool KillsChild(Scene scene, string[] words, TracedCall call)
    {
        (Outcome outcome, Tracer tracer) = scene.Traced(words, at => at == call ? Fate.Kill : Fate.Proceed);
        if (tracer.Hit is null)
        {
            // It went another way, by a wait that was seen twice or not at all, and nobody was killed.
            Assert.True(outcome.ExitCode == 0, $"nobody was killed at {call}: {outcome}");
            return false;
        }

        TellsOfTheKill(outcome, call);
        return true;
    }

    // Of a child it is to be the same call, before it becomes the container's program: a wait that is seen twice or not at all shifts the rest.
    private static void AreEnough(int kills, int tried) => Assert.True(kills * 2 >= tried, $"of {tried} calls of the process {kills} were met");
}
