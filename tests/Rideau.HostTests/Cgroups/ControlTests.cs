using System;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>What the commands do with all processes of a container: ps, kill --all, and what they say of one that is paused.</summary>
public sealed class ControlTests
{
    [Fact]
    public void Ps_shows_every_process_as_a_table_and_as_json()
    {
        using Bundle bundle = Running("sleep 101 & sleep 102 & wait");
        int[] pids = WaitForProcesses(bundle, 3);
        Assert.Contains((int)bundle.State()["pid"]!, pids);
        string[] table = bundle.Rideau("ps", bundle.Name).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("PID", table[0], StringComparison.Ordinal);
        Assert.Equal(4, table.Length);
        Assert.Contains(table, line => line.Contains("sleep 102", StringComparison.Ordinal));
    }

    [Fact]
    public void A_frozen_container_is_paused_until_it_is_thawed()
    {
        using Bundle bundle = Running("while :; do echo x >>/tmp/ticks; sleep 0.02; done");
        Groups.Freeze(bundle, true);
        Assert.Equal("paused", (string?)bundle.State()["status"]);
        long size = Ticks(bundle);
        System.Threading.Thread.Sleep(200);
        Assert.Equal(size, Ticks(bundle));
        Groups.Freeze(bundle, false);
        Assert.Equal("running", (string?)bundle.State()["status"]);
        System.Threading.Thread.Sleep(300);
        Assert.True(Ticks(bundle) > size);
    }

    [Fact]
    public async System.Threading.Tasks.Task Exec_in_a_paused_container_is_refused_unless_asked_for()
    {
        using Bundle bundle = Running("sleep 100");
        Groups.Freeze(bundle, true);
        Outcome refused = bundle.Exec("true");
        Assert.Equal(255, refused.ExitCode);
        Assert.Contains("paused", refused.Error, StringComparison.Ordinal);
        System.Threading.Tasks.Task<Outcome> waiting = System.Threading.Tasks.Task.Run(() => bundle.Rideau("exec", "--ignore-paused", bundle.Name, "echo", "thawed"));
        System.Threading.Thread.Sleep(300);
        Groups.Freeze(bundle, false);
        Outcome outcome = await waiting;
        Assert.Equal((0, "thawed\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void A_paused_container_can_be_killed_and_deleted()
    {
        using Bundle bundle = Running("sleep 100");
        Groups.Freeze(bundle, true);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        using Bundle forced = Running("sleep 100");
        Groups.Freeze(forced, true);
        Assert.Equal(0, forced.Delete().ExitCode);
        Assert.Empty(Groups.Existing(Groups.PathOf(forced)));
    }

    [Fact]
    public void Kill_with_all_reaches_every_process_where_the_pid_namespace_is_shared()
    {
        using var bundle = new Bundle("sleep 101 & sleep 102 & wait").Without("pid");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        int[] pids = WaitForProcesses(bundle, 3);
        Assert.Equal(0, bundle.Rideau("kill", "--all", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.DoesNotContain(pids, IsAlive);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    [Fact]
    public void Processes_that_outlive_init_in_a_shared_pid_namespace_are_removed_by_a_forced_delete()
    {
        using var bundle = new Bundle("sleep 101 & exec sleep 2").Without("pid");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        int[] pids = WaitForProcesses(bundle, 2);
        Assert.True(bundle.WaitForStatus("stopped"));
        // Its number is still the session's of the other: on Linux 6.12 pidfd_open(2) says EINVAL then.
        Outcome deleted = bundle.Delete();
        Assert.True(deleted.ExitCode == 0, deleted.ToString());
        Assert.DoesNotContain(pids, IsAlive);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    private static bool IsAlive(int pid)
    {
        // A zombie that its parent has not collected has ended.
        string path = $"/proc/{pid}/stat";
        try
        {
            return System.IO.File.ReadAllText(path).Split(") ")[^1][0] is not ('Z' or 'X');
        }
        catch (System.IO.IOException)
        {
            return false;
        }
    }

    private static long Ticks(Bundle bundle)
    {
        var file = new System.IO.FileInfo(System.IO.Path.Combine(bundle.RootFilesystem, "tmp", "ticks"));
        return file.Exists ? file.Length : 0;
    }

    private static int[] WaitForProcesses(Bundle bundle, int count)
    {
        for (int tries = 0; tries < 100; tries++)
        {
            Outcome outcome = bundle.Rideau("ps", "--format", "json", bundle.Name);
            int[] pids = [.. JsonNode.Parse(outcome.Output)!.AsArray().GetValues<int>()];
            if (pids.Length == count)
            {
                return pids;
            }

            System.Threading.Thread.Sleep(20);
        }

        Assert.Fail($"there were never {count} processes");
        return [];
    }

    private static Bundle Running(string command)
    {
        var bundle = new Bundle(command);
        Outcome outcome = bundle.Run("--detach");
        if (outcome.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(outcome.ToString());
        }

        return bundle;
    }
}
