using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>The help of every command, as it was when somebody last read it: tests/fixtures/help.</summary>
public sealed class CommandLineHelpTests
{
    private static readonly string s_folder = Path.Combine(SourceTree.Root, "tests", "fixtures", "help");

    public static TheoryData<string> Commands =>
    [
        .. Complete(""),
        .. Complete("ns", "").Select(name => $"ns {name}"),
        .. Complete("net", "").Select(name => $"net {name}"),
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_is_what_was_agreed(string command)
    {
        Outcome help = RideauProgram.Execute(RideauProgram.Path, [.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        AssertSame(command.Replace(' ', '-'), help.Output);
        Assert.Equal(help.Output, RideauProgram.Execute(RideauProgram.Path, [.. command.Split(' '), "-h"]).Output);
        Assert.Equal(help.Output, RideauProgram.Execute(RideauProgram.Path, ["help", .. command.Split(' ')]).Output);
        Assert.True(help.Output.Split('\n').Count(line => line.StartsWith("  # ", StringComparison.Ordinal)) >= 2, "two examples at least");
        Assert.All(help.Output.Split('\n'), line => Assert.True(line.Length <= 110, line));
    }

    [Fact]
    public void The_overview_is_what_was_agreed()
    {
        Outcome help = RideauProgram.Execute(RideauProgram.Path, ["--help"]);
        AssertSame("rideau", help.Output);
        Assert.Equal(help.Output, RideauProgram.Execute(RideauProgram.Path, ["help"]).Output);
        Assert.Equal(help.Output, RideauProgram.Execute(RideauProgram.Path, []).Output);
        Assert.Equal(Commands.Select(row => row.Data.Replace(' ', '-')).Order(), Directory.GetFiles(s_folder).Select(file => Path.GetFileNameWithoutExtension(file)).Where(name => name != "rideau").Order());
    }

    private static IEnumerable<string> Complete(params string[] words) =>
        RideauProgram.Execute(RideauProgram.Path, ["complete", "--", .. words]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(line => line.Split('\t')[0]);

    private static void AssertSame(string name, string output)
    {
        string file = Path.Combine(s_folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("RIDEAU_UPDATE_HELP") == "1")
        {
            Directory.CreateDirectory(s_folder);
            File.WriteAllText(file, output);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == output, $"{file} differs: read the new help, then run these tests once with RIDEAU_UPDATE_HELP=1\n{output}");
    }
}
