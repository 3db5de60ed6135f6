using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Children of clone3 beside threads that allocate and collect: none may wait for a garbage collector that it does not have.</summary>
/// <remarks>tests/Rideau.ChildProbe does it, a program of its own. Before stackalloc was left uncleared, six of a thousand hung.</remarks>
public sealed class ChildProbeTests
{
    private static readonly string Clones = Environment.GetEnvironmentVariable("RIDEAU_SLOW") == "1" ? "5000" : "600";

    [Fact]
    public void No_child_hangs_beside_busy_threads()
    {
        RideauProgram.SkipForAnother("the children are Rideau's");
        string probe = Path.Combine(SourceTree.Root, "artifacts", "rideau-child-probe");
        Assert.True(File.Exists(probe), $"{probe} is missing: ./test publishes it");
        Outcome outcome = RideauProgram.Execute(probe, [Clones], limitSeconds: 280);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.StartsWith($"{Clones} clones, 0 hung, 0 failed, ", outcome.Output);
    }
}
