using System.Collections.Generic;
using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Commands;

/// <summary>The grammar, as runc 1.5.1 has it.</summary>
public sealed class ParserTests
{
    private static (GivenOptions Given, List<string> Arguments) Parse(string command, string words)
    {
        Command found = CommandTable.Find(command)!;
        GivenOptions given = new();
        List<string> arguments = [];
        Parser.Parse(words.Length == 0 ? [] : words.Split(' '), 0, found.Options, found.StopsAtFirstArgument, given, arguments);
        return (given, arguments);
    }

    [Theory]
    [InlineData("--bundle /b web")]
    [InlineData("--bundle=/b web")]
    [InlineData("-bundle /b web")]
    [InlineData("-b /b web")]
    [InlineData("-b=/b web")]
    [InlineData("web --bundle /b")]
    [InlineData("--bundle /a -b /b -- web")]
    public void An_option_can_be_written_in_all_of_the_fields_ways(string words)
    {
        (GivenOptions given, List<string> arguments) = Parse("create", words);
        Assert.Equal("/b", given.Text("bundle"));
        Assert.Equal(["web"], arguments);
    }

    [Fact]
    public void The_words_of_an_executed_command_are_its_own()
    {
        (GivenOptions given, List<string> arguments) = Parse("exec", "-e A=b --env C=d --tty=false web sh -c x --cwd /y -- z");
        Assert.Equal(["A=b", "C=d"], given.Texts("env"));
        Assert.False(given.Flag("tty"));
        Assert.False(given.IsGiven("cwd"));
        Assert.Equal(["web", "sh", "-c", "x", "--cwd", "/y", "--", "z"], arguments);
    }

    [Theory]
    [InlineData("delete", "web --force", "force")]
    [InlineData("kill", "web KILL --all", "all")]
    public void Options_behind_the_arguments_count_too(string command, string words, string option) => Assert.True(Parse(command, words).Given.Flag(option));

    [Theory]
    [InlineData("state", "--nope web", "flag provided but not defined: --nope")]
    [InlineData("create", "--bundle", "flag needs an argument: --bundle")]
    [InlineData("list", "--quiet=maybe", "invalid boolean value \"maybe\" for flag --quiet")]
    [InlineData("exec", "--preserve-fds=x web sh", "invalid value \"x\" for flag --preserve-fds: not a number")]
    [InlineData("list", "-fjson", "flag provided but not defined: -fjson")]
    public void A_wrong_option_is_named(string command, string words, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Parse(command, words)).Message);

    [Fact]
    public void A_misspelt_word_gets_a_suggestion()
    {
        Assert.Equal("did you mean --bundle?", Assert.Throws<UsageException>(() => Parse("create", "--bundel x web")).Hint);
        Assert.Equal("did you mean \"state\"?", CommandTable.Unknown("stat").Hint);
    }

    [Theory]
    [InlineData("9", 9)]
    [InlineData("kill", 9)]
    [InlineData("SIGTERM", 15)]
    [InlineData("SigRtMin+3", 37)]
    [InlineData("RTMAX-1", 63)]
    [InlineData("RTMAX-", -1)]
    [InlineData("-9", -1)]
    [InlineData("NOPE", -1)]
    public void A_signal_is_a_number_or_a_name(string text, int number) => Assert.Equal(number, SignalName.Parse(text));

    [Fact]
    public void Every_listed_command_is_there_and_says_how_it_is_used()
    {
        foreach (string name in CommandTable.AllNames)
        {
            Command command = CommandTable.Find(name)!;
            Assert.Equal(name, command.Name);
            Assert.StartsWith($"Usage: rideau {name}", HelpText.Of(command));
            Assert.Contains("Examples:", HelpText.Of(command));
        }
    }
}
