using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Eight commands at a time, on one container and on different ones, some of them killed at a random moment.</summary>
public sealed class ConcurrencyTests
{
    private const int AtATime = 8;
    private static readonly int s_rounds = Scene.IsSlow ? 125 : 4;

    [Fact]
    public void Different_containers_do_not_disturb_each_other()
    {
        string[] wrong = InParallel((scene, _) =>
        {
            for (int round = 0; round < s_rounds; round++)
            {
                scene.Succeeds(scene.Words("create"));
                Assert.Equal("created", scene.Status());
                scene.Succeeds(scene.Words("start"));
                Assert.Equal("running", scene.Status());
                scene.Succeeds(scene.Words("kill", scene.Id, "KILL")[..^1]);
                Assert.True(scene.Bundle.WaitForStatus("stopped"), "kill KILL does not stop it");
                Outcome deleted = scene.Bundle.Delete(force: false);
                Assert.True(deleted.ExitCode == 0, deleted.ToString());
                scene.NothingLeft("delete");
            }
        }, shared: false);
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Commands_are_killed_at_random(bool sameContainer)
    {
        string[] wrong = InParallel((scene, number) =>
        {
            var random = new Random(number + 7);
            string[] commands = ["create", "create", "start", "start", "delete", "kill", "state"];
            for (int i = 0; i < s_rounds * commands.Length; i++)
            {
                string command = commands[random.Next(commands.Length)];
                string[] words = command == "kill" ? scene.Words("kill", scene.Id, "KILL")[..^1] : scene.Words(command);
                string killer = random.Next(3) == 0 ? $"timeout -s KILL 0.0{random.Next(100):00}" : "";
                Outcome outcome = RideauProgram.Shell($"{killer} {string.Join(' ', words.Select(word => $"'{word}'"))} </dev/null >'{scene.Bundle.Directory}/out{number}' 2>'{scene.Bundle.Directory}/err{number}'; status=$?; cat '{scene.Bundle.Directory}/err{number}' >&2; exit $status");

                // 137: killed by the test.
                Assert.True(outcome.ExitCode is 0 or 1 || (killer.Length > 0 && outcome.ExitCode == 137), $"{command}: {outcome}");
                Assert.True(command != "delete" || outcome.ExitCode is 0 or 137, $"delete --force: {outcome}");
            }
        }, sameContainer);
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static string[] InParallel(Action<Scene, int> work, bool shared)
    {
        var scenes = new List<Scene>();
        try
        {
            for (int i = 0; i < (shared ? 1 : AtATime); i++)
            {
                scenes.Add(new Scene());
            }

            Task<string>[] tasks = [.. Enumerable.Range(0, AtATime).Select(number => Task.Factory.StartNew(
                () =>
                {
                    try
                    {
                        work(scenes[number % scenes.Count], number);
                        return "";
                    }
                    catch (Exception exception) when (exception is not OutOfMemoryException)
                    {
                        return exception.Message;
                    }
                },
                TaskCreationOptions.LongRunning))];
            Task.WaitAll(tasks);
            foreach (Scene scene in scenes)
            {
                string status = scene.Status();
                Assert.True(status is "" or "creating" or "created" or "running" or "paused" or "stopped", status);
                scene.CleansUp("all commands");
                scene.Succeeds(scene.Words("create"));
                scene.CleansUp("create");
            }

            return [.. tasks.Select(task => task.Result).Where(text => text.Length > 0)];
        }
        finally
        {
            scenes.ForEach(scene => scene.Dispose());
        }
    }
}
