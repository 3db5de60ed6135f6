using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What the program costs the kernel: calls, threads and files of each command, as upper bounds (docs/decisions/0006-lean-start.md).</summary>
/// <remarks>
/// Start-up is a feature: an engine starts the program four times per container. The bounds are a tenth above what was counted
/// on a machine with ten hierarchies of cgroups; one that is passed is a change to look at. Lower them when a change has saved calls.
/// </remarks>
public sealed partial class StartupTests
{
    [Fact]
    public void No_command_makes_more_system_calls_than_agreed()
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using Bundle bundle = new Bundle("sleep 60").Write();
        var counts = new List<(string Command, int Calls, int Limit)>();
        void Count(int limit, params string[] words) => counts.Add((words[0], Trace(bundle, words).Length, limit));
        Count(56, "--version");
        Count(64, "list");
        Count(230, "create", "--bundle", bundle.Directory, bundle.Name);
        Count(83, "state", bundle.Name);
        Count(94, "start", bundle.Name);
        Count(192, "exec", bundle.Name, "true");
        Count(88, "kill", bundle.Name, "KILL");
        bundle.WaitForStatus("stopped");
        Count(105, "delete", bundle.Name);
        bundle.Command("true").Write();
        Count(267, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.True(counts.TrueForAll(count => count.Calls <= count.Limit), string.Join('\n', counts.Select(count => $"{count.Command}: {count.Calls} calls, {count.Limit} agreed")));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("list")]
    [InlineData("features")]
    public void There_is_one_thread(string command)
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using var bundle = new Bundle();
        Assert.DoesNotContain(Trace(bundle, command), line => Clone().IsMatch(line));
    }

    /// <summary>What the runtime would look up to size the heaps of a server.</summary>
    [Fact]
    public void The_machine_is_not_asked_at_the_start()
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using var bundle = new Bundle();
        string[] opened = [.. Trace(bundle, "--version").Select(line => Opened().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

        // The one file that it still reads, twice: how many processors there can be.
        Assert.DoesNotContain(opened, path => path != "/sys/devices/system/cpu/possible" && (path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal)));
    }

    // Only the program's own calls: what it makes in the container's process is the plan, and follows from the configuration.
    private static string[] Trace(Bundle bundle, params string[] words)
    {
        Directory.CreateDirectory(bundle.Root);
        string trace = Path.Combine(bundle.Directory, "trace");
        Outcome outcome = RideauProgram.Shell($"strace -qq -o '{trace}' '{RideauProgram.Path}' --root '{bundle.Root}' {string.Join(' ', words.Select(word => $"'{word}'"))} </dev/null >'{bundle.Directory}/said' 2>&1; status=$?; cat '{bundle.Directory}/said'; exit $status");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return [.. File.ReadAllLines(trace).Where(line => !line.StartsWith("---", StringComparison.Ordinal) && !line.StartsWith("+++", StringComparison.Ordinal))];
    }

    [GeneratedRegex(@"^(clone3?|fork|vfork)\(")]
    private static partial Regex Clone();

    [GeneratedRegex("^open(?:at2?)?\\([^\"]*\"([^\"]*)\"")]
    private static partial Regex Opened();
}
