using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>A command that is killed half-way leaves no child behind: the child reads the end of file, and ends.</summary>
public sealed class CallerKilledTests
{
    [Theory]
    [InlineData("pid")]
    [InlineData("")]
    public void The_child_of_a_killed_create_ends(string joined)
    {
        using var holder = new NamespaceHolder("--pid --fork --kill-child");
        using var bundle = new Bundle("sleep 100");
        if (joined.Length > 0)
        {
            // The process that goes on is then a sibling of the one that was cloned.
            bundle.Namespace(joined, holder[$"{joined}_for_children"]);
        }

        bundle.With("""{"hooks":{"createRuntime":[{"path":"/bin/sh","args":["sh","-c","kill -9 $PPID"]}]}}""");
        Outcome outcome = bundle.Create();
        Assert.NotEqual(0, outcome.ExitCode);
        string left = "";
        for (int i = 0; i < 40 && (left = Left(bundle)) is not ""; i++)
        {
            Thread.Sleep(50);
        }

        Assert.Equal("", left);
    }

    private static string Left(Bundle bundle) => RideauProgram.Shell($"ps ax -o pid,args | grep -F '{bundle.Directory}' | grep -v grep; true").Output.Trim();
}
