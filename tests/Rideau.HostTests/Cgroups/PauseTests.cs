using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>pause and resume: what stops, in which states they are allowed, and what other commands say meanwhile.</summary>
public sealed class PauseTests
{
    [Fact]
    public void A_paused_container_stands_still_until_it_is_resumed()
    {
        using Bundle bundle = Running("while :; do echo x >>/tmp/ticks; usleep 20000; done");
        Assert.Equal((0, "", ""), Said(bundle.Rideau("pause", bundle.Name)));
        Assert.Equal("paused", (string?)bundle.State()["status"]);
        // No wait before the first look: pause returns when everything has stopped.
        long size = Ticks(bundle);
        Thread.Sleep(200);
        Assert.Equal(size, Ticks(bundle));
        Assert.Equal((0, "", ""), Said(bundle.Rideau("resume", bundle.Name)));
        Assert.Equal("running", (string?)bundle.State()["status"]);
        Assert.True(Waits(() => Ticks(bundle) > size));
    }

    [Fact]
    public void Pausing_twice_and_resuming_what_runs_are_errors_in_the_fields_words()
    {
        using Bundle bundle = Running("sleep 100");
        Fails(bundle.Rideau("resume", bundle.Name), "container not paused");
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Fails(bundle.Rideau("pause", bundle.Name), "container not running");
        Assert.Equal("paused", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void A_created_container_can_be_paused_and_is_not_started_before_it_is_resumed()
    {
        using var bundle = new Bundle("echo started");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Assert.Equal("paused", (string?)bundle.State()["status"]);
        Fails(bundle.Start(), "cannot start a container in the paused state");
        Assert.Equal(0, bundle.Rideau("resume", bundle.Name).ExitCode);
        Assert.Equal("created", (string?)bundle.State()["status"]);
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal("started\n", bundle.CreatedOutput);
    }

    [Fact]
    public void A_paused_container_is_deleted_by_force_only_and_dies_of_SIGKILL()
    {
        using Bundle bundle = Running("sleep 100");
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        Fails(bundle.Delete(force: false), $"cannot delete container {bundle.Name} that is not stopped: paused");
        // SIGTERM waits until it goes on; SIGKILL does not.
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "TERM").ExitCode);
        Assert.Equal("paused", (string?)bundle.State()["status"]);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    [Fact]
    public void What_has_stopped_or_is_unknown_cannot_be_paused_or_resumed()
    {
        using Bundle bundle = Running("true");
        Assert.True(bundle.WaitForStatus("stopped"));
        Fails(bundle.Rideau("pause", bundle.Name), "container not running");
        Fails(bundle.Rideau("resume", bundle.Name), "container not paused");
        Fails(bundle.Rideau("pause", "nobody"), "container does not exist");
        Fails(bundle.Rideau("resume", "nobody"), "container does not exist");
    }

    [Fact]
    public void All_processes_stop_those_that_exec_added_and_those_in_groups_inside_too()
    {
        using Bundle bundle = Running("sleep 100");
        foreach (string group in Groups.Existing(Groups.PathOf(bundle)))
        {
            Directory.CreateDirectory(group + "/inside");
        }

        if (Groups.IsVersion1("cpuset"))
        {
            foreach (string file in new[] { "cpuset.cpus", "cpuset.mems" })
            {
                File.WriteAllText(Groups.Directory("cpuset", Groups.PathOf(bundle)) + "/inside/" + file, Groups.Read(bundle, "cpuset", file));
            }
        }

        Outcome exec = bundle.Detached($"exec --detach --cgroup inside {bundle.Name} sh -c 'while :; do echo x >>/tmp/ticks; usleep 20000; done'");
        Assert.True(exec.ExitCode == 0, exec.ToString());
        Assert.True(Waits(() => Ticks(bundle) > 0));
        Assert.Equal(0, bundle.Rideau("pause", bundle.Name).ExitCode);
        long size = Ticks(bundle);
        Thread.Sleep(200);
        Assert.Equal(size, Ticks(bundle));
    }

    internal static void Fails(Outcome outcome, string words)
    {
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
    }

    internal static bool Waits(Func<bool> condition)
    {
        for (long end = Environment.TickCount64 + 30_000; Environment.TickCount64 < end;)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(20);
        }

        return false;
    }

    internal static Bundle Running(string command, string? resources = null)
    {
        var bundle = new Bundle(command);
        if (resources is not null)
        {
            bundle.Linux["resources"] = JsonNode.Parse(resources);
        }

        Outcome outcome = bundle.Run("--detach");
        if (outcome.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(outcome.ToString());
        }

        return bundle;
    }

    private static (int, string, string) Said(Outcome outcome) => (outcome.ExitCode, outcome.Output, outcome.Error);

    private static long Ticks(Bundle bundle)
    {
        var file = new FileInfo(Path.Combine(bundle.RootFilesystem, "tmp", "ticks"));
        return file.Exists ? file.Length : 0;
    }
}
