using System;
using System.Linq;
using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("sta", "start state stat")]
    [InlineData("--root /x sta", "start state stat")]
    [InlineData("--root=/x --debug sta", "start state stat")]
    [InlineData("--log-format ", "text json")]
    [InlineData("--log-format=j", "json")]
    [InlineData("-log-format=j", "json")]
    [InlineData("list --f", "--format")]
    [InlineData("list -f ", "table json")]
    [InlineData("list --format t", "table")]
    [InlineData("kill web T", "TERM TSTP")]
    [InlineData("kill --all web KI", "KILL")]
    [InlineData("completion ", "bash zsh fish")]
    [InlineData("help cre", "create")]
    [InlineData("--no-such", "")]
    [InlineData("no-such-command ", "")]
    [InlineData("exec web --", "")]
    [InlineData("exec --user 0:0 web --t", "")]
    [InlineData("delete web --fo", "--force")]
    [InlineData("list --quiet=", "true false")]
    [InlineData("kill -- web ST", "STOP")]
    public void Words_are_proposed(string line, string expected)
    {
        string[] answer = Completion.Of(line.Split(' ')).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("words", answer[0]);
        Assert.Equal(expected, string.Join(' ', answer[1..].Select(word => word.Split('\t')[0])));
    }

    [Theory]
    [InlineData("--root ", "directories")]
    [InlineData("create --bundle=/s", "directories")]
    [InlineData("create --pid-file ", "files")]
    [InlineData("explain ", "directories")]
    [InlineData("chroot ", "directories")]
    [InlineData("--log /tmp/x --log=", "files")]
    public void The_shell_completes_paths(string line, string expected) => Assert.Equal(expected, Completion.Of(line.Split(' ')).TrimEnd('\n'));

    [Fact]
    public void All_options_but_hidden_ones_are_proposed_with_what_they_mean()
    {
        string answer = Completion.Of(["create", "-"]);
        Assert.Contains("--bundle\tthe bundle's directory", answer, StringComparison.Ordinal);
        Assert.Contains("--help\t", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_line_has_all_commands() =>
        Assert.Equal([.. CommandTable.Names], Completion.Of([""]).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(word => word.Split('\t')[0]));
}
