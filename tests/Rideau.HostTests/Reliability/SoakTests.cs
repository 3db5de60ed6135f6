using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Ten minutes of whole lives, four at a time, some of whose commands are killed; RIDEAU_SOAK_SECONDS for another time.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int AtATime = 4;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("RIDEAU_SOAK_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : 600);

    [Fact(Explicit = true)]
    public void Nothing_gathers()
    {
        TestTime.Needs((long)s_time.TotalSeconds + 60);
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        (int Lives, string Wrong)[] results = [.. Enumerable.Range(0, AtATime)
            .Select(number => Task.Factory.StartNew(() => Live(new Random(seed + number)), TaskCreationOptions.LongRunning)).ToArray().Select(task => task.GetAwaiter().GetResult())];
        output.WriteLine($"{results.Sum(result => result.Lives)} lives");
        Assert.True(results.All(result => result.Wrong.Length == 0), string.Join('\n', results.Select(result => result.Wrong)));
        Assert.True(results.All(result => result.Lives > 0));
    }

    private static (int Lives, string Wrong) Live(Random random)
    {
        int lives = 0;
        try
        {
            using var scene = new Scene();
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_time; lives++)
            {
                Life(scene, random);
                scene.CleansUp($"life {lives}");
            }

            return (lives, "");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return (lives, $"life {lives}: {exception.Message}");
        }
    }

    // A life in the order in which an engine does it; each step may be left out, done twice, or killed on its way.
    private static void Life(Scene scene, Random random)
    {
        string[][] steps =
        [
            scene.Words("create"), scene.Words("start"), scene.Words("exec", "true"), scene.Words("pause"), scene.Words("state"), scene.Words("resume"),
            scene.Words("update", "--pids-limit", "50"), scene.Words("ps"), scene.Words("exec", "sh", "-c", "sleep 0.01"), scene.Words("events", "--stats"),
            scene.Words("kill", scene.Id, "KILL")[..^1], scene.Words("delete"),
        ];
        bool calm = random.Next(3) > 0;
        bool made = false;
        foreach (string[] step in steps)
        {
            if (!calm && random.Next(6) == 0)
            {
                continue;
            }

            string killer = !calm && random.Next(5) == 0 ? $"timeout -s KILL 0.0{random.Next(100):00}" : "";
            Outcome outcome = RideauProgram.Shell($"{killer} {string.Join(' ', step.Select(word => $"'{word}'"))} </dev/null >'{scene.Bundle.Directory}/out' 2>'{scene.Bundle.Directory}/err'; status=$?; cat '{scene.Bundle.Directory}/err' >&2; exit $status");
            Assert.False(outcome.TimedOut, $"{step[3]}: {outcome}");
            made |= step[3] == "create" && outcome.ExitCode == 0;
            Assert.True(calm && made ? outcome.ExitCode == 0 : outcome.ExitCode is 0 or 1 or 137 or 255, $"{step[3]}: {outcome}");
        }
    }
}
