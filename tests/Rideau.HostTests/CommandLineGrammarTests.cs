using System;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>How options are written: as runc 1.5.1 takes them.</summary>
public sealed class CommandLineGrammarTests
{
    [Fact]
    public void An_option_has_one_dash_or_two_and_its_value_behind_a_blank_or_an_equals_sign()
    {
        using var bundle = Running();
        string root = bundle.Root;
        foreach (string[] global in (string[][])[["--root", root], ["-root", root], [$"--root={root}"], [$"-root={root}"]])
        {
            foreach (string[] format in (string[][])[["--format", "json"], ["--format=json"], ["-format", "json"], ["-f", "json"], ["-f=json"], ["--f=json"]])
            {
                Outcome outcome = Rideau([.. global, "list", .. format]);
                Assert.True(outcome.ExitCode == 0, $"{string.Join(' ', global)} list {string.Join(' ', format)}: {outcome}");
                Assert.Equal(bundle.Name, (string?)JsonNode.Parse(outcome.Output)![0]!["id"]);
            }
        }
    }

    [Theory]
    [InlineData("-q=true", true)]
    [InlineData("--quiet=1", true)]
    [InlineData("--quiet", true)]
    [InlineData("--quiet=false", false)]
    [InlineData("--quiet=F", false)]
    public void A_flag_is_true_unless_it_says_otherwise(string flag, bool quiet)
    {
        using var bundle = Running();
        Outcome outcome = bundle.Rideau("list", flag);
        Assert.Equal((0, quiet), (outcome.ExitCode, outcome.Output == bundle.Name + "\n"));
    }

    [Fact]
    public void The_last_of_two_values_counts()
    {
        using var bundle = Running();
        Assert.StartsWith("[", bundle.Rideau("list", "--format", "table", "--format", "json").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_exec_and_ps_end_at_the_container()
    {
        using var bundle = Running();
        Outcome outcome = bundle.Rideau("exec", "--cwd", "/tmp", bundle.Name, "echo", "--cwd", "-t", "--help");
        Assert.Equal("--cwd -t --help\n", outcome.Output);
        Assert.Equal("-x\n", bundle.Rideau("exec", "--", bundle.Name, "echo", "-x").Output);
    }

    [Fact]
    public void Other_commands_take_options_behind_the_container_too()
    {
        using var bundle = Running();
        Outcome outcome = bundle.Rideau("delete", bundle.Name, "--force");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("null\n", bundle.Rideau("list", "--format", "json").Output);
    }

    [Theory]
    [InlineData("--bogus list", "flag provided but not defined")]
    [InlineData("list --bogus", "flag provided but not defined")]
    [InlineData("list --quie", "did you mean --quiet?")]
    [InlineData("list --format", "flag needs an argument: --format")]
    [InlineData("list --quiet=perhaps", "invalid boolean value \"perhaps\"")]
    [InlineData("exec --preserve-fds many x y", "invalid value \"many\"")]
    [InlineData("--rootless=perhaps list", "--rootless")]
    [InlineData("state", "needs exactly 1 argument(s)")]
    [InlineData("state one two", "argument(s)")]
    [InlineData("list one", "argument(s)")]
    [InlineData("kill one KILL two", "argument(s)")]
    [InlineData("list --format xml", "invalid format option")]
    public void Wrong_usage_is_one_error_on_standard_error_and_ends_with_1(string words, string expected)
    {
        Outcome outcome = Rideau(words.Split(' '));
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("rideau: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("creat", "did you mean \"create\"?")]
    [InlineData("xyzzy", "\"rideau help\" lists the commands")]
    public void An_unknown_command_ends_with_3_and_a_hint(string name, string hint)
    {
        Outcome outcome = Rideau(name);
        Assert.Equal((3, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains($"unknown command \"{name}\"", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(hint, outcome.Error, StringComparison.Ordinal);
    }

    private static Bundle Running()
    {
        var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        return bundle;
    }

    private static Outcome Rideau(params string[] words) => RideauProgram.Execute(RideauProgram.Path, words);
}
