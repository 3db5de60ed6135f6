using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Real engines with this runtime beneath: the scripts of tests/engines, each in namespaces of its own.</summary>
public sealed class EngineTests(ITestOutputHelper output)
{
    // The scripts end by themselves before it.
    private const int LimitSeconds = 1300;
    private const int UsualSeconds = 600;

    [Theory(Explicit = true)]
    [InlineData("podman-rootless")]
    [InlineData("buildah")]
    [InlineData("slurm")]
    [InlineData("podman")]
    [InlineData("docker")]
    [InlineData("containerd")]
    [InlineData("cri")]
    [InlineData("kubernetes")]
    [InlineData("swarm")]
    public void The_engine_works_with_this_runtime(string engine)
    {
        TestTime.Needs(UsualSeconds);
        Outcome outcome = RideauProgram.Execute(Path.Combine(SourceTree.Root, "tests", "engines", engine), [], limitSeconds: LimitSeconds);
        output.WriteLine(outcome.Output);
        if (outcome.Output.StartsWith("skipped: ", StringComparison.Ordinal))
        {
            Assert.Skip(outcome.Output.Split('\n')[0]["skipped: ".Length..]);
        }

        Assert.True(outcome.ExitCode == 0 && outcome.Output.TrimEnd().EndsWith(" passed, 0 failed", StringComparison.Ordinal), outcome.ToString());
    }
}
