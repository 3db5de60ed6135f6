using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Many containers at once: a command on one of them costs what it costs alone, and the list costs the same for each.</summary>
/// <remarks>System calls are counted, not time: bench/many measures that.</remarks>
public sealed class ManyContainersTests : IDisposable
{
    private const int Few = 2;
    private const int Noise = 10;
    private const int Tries = 5;
    private const int ProcessesOfAPiece = 25;
    private const int CallsPerListedContainer = 30;
    private static readonly int s_many = Scene.IsSlow ? 500 : 14;
    // So few that more others are left than is noise.
    private static readonly int s_deletes = Scene.IsSlow ? 12 : 3;
    private static readonly string[] s_commands = ["state 0", "ps 0", "events --stats 0", "exec 0 true", "pause 0", "resume 0"];

    private readonly Bundle _bundle = new("sleep 1000");

    [Fact]
    public void Each_costs_the_same_however_many_there_are()
    {
        RideauProgram.SkipForAnother("the number of calls is Rideau's own");
        Make(0, Few);
        int[] alone = LeastCalls();
        int listed = Calls("list");
        Make(Few, s_many);
        int[] among = LeastCalls();
        int listedAmong = Calls("list");

        // Collecting makes a few calls more or less, and ps(1) lists the whole machine, piece by piece; one call for each of the others
        // would be more than that.
        Assert.All(s_commands.Select((command, at) => (command, alone[at], among[at])), calls => Assert.InRange(calls.Item3, 1, calls.Item2 + Noise + s_many / ProcessesOfAPiece));
        Assert.InRange(listedAmong - listed, 0, (s_many - Few) * CallsPerListedContainer);

        JsonArray list = JsonNode.Parse(_bundle.Rideau("list", "--format", "json").Output)!.AsArray();
        Assert.Equal(s_many, list.Count(container => (string)container!["status"]! == "running"));
        int delete = Enumerable.Range(0, s_deletes).Min(number => Calls($"delete --force {number}"));
        for (int number = s_deletes; number < s_many - 1; number++)
        {
            Outcome deleted = _bundle.Rideau("delete", "--force", $"{number}");
            Assert.True(deleted.ExitCode == 0, deleted.ToString());
        }

        // They were among many, the last one is alone.
        Assert.InRange(delete, 1, Calls($"delete --force {s_many - 1}") + Noise);
        Assert.Empty(Directory.GetFileSystemEntries(_bundle.Root));
    }

    public void Dispose()
    {
        for (int number = 0; number < s_many && Directory.Exists(Path.Combine(_bundle.Root, $"{number}")); number++)
        {
            _bundle.Rideau("delete", "--force", $"{number}");
        }

        // Some in the middle may be left where a test has failed.
        foreach (string left in Directory.Exists(_bundle.Root) ? Directory.GetDirectories(_bundle.Root) : [])
        {
            _bundle.Rideau("delete", "--force", Path.GetFileName(left));
        }

        _bundle.Dispose();
    }

    private void Make(int from, int to)
    {
        var script = new List<string> { $"exec </dev/null >'{_bundle.Directory}/said' 2>&1" };
        _bundle.Configuration["root"]!["path"] = _bundle.RootFilesystem;
        for (int number = from; number < to; number++)
        {
            string directory = Directory.CreateDirectory(Path.Combine(_bundle.Directory, $"{number}")).FullName;
            _bundle.Linux["cgroupsPath"] = $"/rideau-test/{_bundle.Name}-{number}";
            File.WriteAllText(Path.Combine(directory, "config.json"), _bundle.Configuration.ToJsonString());
            script.Add($"'{RideauProgram.Path}' --root '{_bundle.Root}' run --detach --bundle '{directory}' {number} || exit 1");
        }

        Directory.CreateDirectory(_bundle.Root);
        // Not on standard input, which the script takes away from itself.
        File.WriteAllLines(Path.Combine(_bundle.Directory, "make"), script);
        Outcome outcome = RideauProgram.Execute("/bin/sh", [Path.Combine(_bundle.Directory, "make")], limitSeconds: 300);
        Assert.True(outcome.ExitCode == 0, outcome + File.ReadAllText($"{_bundle.Directory}/said"));
    }

    /// <summary>Of each command the count where it waited least: a busy machine lets it look more often, for the freezer above all.</summary>
    private int[] LeastCalls()
    {
        int[][] tries = [.. Enumerable.Range(0, Tries).Select(_ => s_commands.Select(Calls).ToArray())];
        return [.. s_commands.Select((_, at) => tries.Min(counts => counts[at]))];
    }

    private int Calls(string words)
    {
        string trace = Path.Combine(_bundle.Directory, "trace");
        Outcome outcome = RideauProgram.Shell($"strace -qq -o '{trace}' '{RideauProgram.Path}' --root '{_bundle.Root}' {words} </dev/null >'{_bundle.Directory}/said' 2>&1; status=$?; cat '{_bundle.Directory}/said' >&2; exit $status");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return File.ReadAllLines(trace).Count(line => !line.StartsWith("---", StringComparison.Ordinal) && !line.StartsWith("+++", StringComparison.Ordinal));
    }
}
