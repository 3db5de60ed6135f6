using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>examples/: built against the library as a stranger's program would be, and run.</summary>
public sealed class ExampleTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(48_484u)]
    public void The_tour_of_the_library_is_built_and_runs(uint? user)
    {
        string program = Published();
        using var names = new NameRoot(user);
        Outcome outcome = names.OnMachine(program, names.Root);
        if (user is not null)
        {
            // Joining for good needs a process with one thread; the runtime of an ordinary program has more.
            Assert.True(outcome.ExitCode is 0 or 1, outcome.ToString());
            Assert.Contains("the command ended with 7", outcome.Output, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            Assert.Contains("\ntour\nthe command ended with 7\nborn uts \nnamed uts tour\nconnected to tcp:127.0.0.1:7000 in net\nseen\nnames: seen\nnames: 0\n", outcome.Output, StringComparison.Ordinal);
            Assert.Matches("\ndied uts tour(, seen)?\n$", outcome.Output);
        }

        Assert.Contains("\nnet: ", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("", names.Says("ns", "list", "--named", "--quiet"));
    }

    // Compiled anew where a source of it is newer, which takes a minute; by nobody who would stay for the next.
    private static string Published()
    {
        string program = Path.Combine(SourceTree.Root, "artifacts", "namespace-tour");
        string[] sources = ["examples", "src/Rideau.Kernel", "src/Rideau.Child", "src/Rideau.Namespaces"];
        DateTime newest = sources.SelectMany(folder => Directory.GetFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories)).Max(File.GetLastWriteTimeUtc);
        if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < newest)
        {
            string folder = Path.Combine(SourceTree.Root, "artifacts", "example");
            Outcome outcome = RideauProgram.Execute("/usr/bin/env", ["dotnet", "publish", "examples/NamespaceTour", "-c", "Release", "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier.EndsWith("arm64", StringComparison.Ordinal) ? "linux-arm64" : "linux-x64", "-o", folder, "-v", "q", "--disable-build-servers"], limitSeconds: 1200, directory: SourceTree.Root);
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            File.Copy(Path.Combine(folder, "namespace-tour"), program, overwrite: true);
            File.SetLastWriteTimeUtc(program, DateTime.UtcNow);
        }

        return program;
    }
}
