using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;
using Process = System.Diagnostics.Process;

namespace Rideau.HostTests.Reliability;

/// <summary>The pid of a container's init has come to mean another process: that one is not the container.</summary>
public sealed class PidReuseTests
{
    [Fact]
    public void A_process_with_the_pid_of_init_is_left_alone()
    {
        using var scene = new Scene();
        scene.Succeeds(scene.Words("run", "--detach"));
        scene.Succeeds(scene.Words("kill", scene.Id, "KILL")[..^1]);
        Assert.True(scene.Bundle.WaitForStatus("stopped"));

        // Times of birth are told apart by ticks of ten milliseconds; a number is not used again that soon.
        SpinWait.SpinUntil(() => false, 50);
        using Process other = Process.Start(new ProcessStartInfo("/bin/sleep", "1000") { Environment = { ["RIDEAU_TEST_RUN"] = RideauProgram.RunMark } })!;
        try
        {
            string file = Path.Combine(scene.Bundle.Root, scene.Id, "state.json");
            JsonObject record = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            record["initPid"] = other.Id;
            File.WriteAllText(file, record.ToJsonString());

            Assert.Equal("stopped", scene.Status());
            Outcome killed = scene.Bundle.Rideau("kill", scene.Id, "KILL");
            Assert.True(killed.ExitCode == 1 && killed.Error.Contains("not running", StringComparison.Ordinal), killed.ToString());
            Outcome entered = scene.Bundle.Exec("true");
            Assert.True(entered.ExitCode == 255 && entered.Error.Contains("stopped container", StringComparison.Ordinal), entered.ToString());
            Outcome started = scene.Bundle.Start();
            Assert.True(started.ExitCode == 1 && started.Error.Contains("has stopped", StringComparison.Ordinal), started.ToString());
            Outcome deleted = scene.Bundle.Delete(force: false);
            Assert.True(deleted.ExitCode == 0, deleted.ToString());
            Assert.False(other.HasExited, "delete ended a process that was not the container's");
            scene.NothingLeft("delete");
        }
        finally
        {
            other.Kill();
            other.WaitForExit(5000);
        }
    }
}
