using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed partial class CommandPageTests
{
    public static TheoryData<string> Commands => [.. CommandTable.AllNames];

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_page_in_docs_says_what_the_table_says(string name) =>
        AssertSame(CommandTable.Find(name)!.FileName + ".md", MarkdownPage.Of(CommandTable.Find(name)!));

    [Fact]
    public void The_overview_in_docs_says_what_the_table_says() => AssertSame("README.md", MarkdownPage.OfAll());

    [Fact]
    public void Docs_have_no_page_of_a_command_that_is_gone() =>
        Assert.Empty(Directory.GetFiles(SourceTree.Find("docs/commands")).Select(path => Path.GetFileNameWithoutExtension(path)).Except([.. CommandTable.AllNames.Select(name => name.Replace(' ', '-')), "README"]));

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_has_two_examples_with_a_comment_and_they_parse(string name)
    {
        string[] lines = CommandTable.Find(name)!.Examples.Split('\n');
        Assert.True(lines.Count(line => line.StartsWith("# ", StringComparison.Ordinal)) >= 2, "fewer than two examples");
        Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(name == "version" ? "version" : name, StringComparison.Ordinal));
        foreach (string line in lines.Where(line => line.StartsWith("rideau ", StringComparison.Ordinal)))
        {
            Parse([.. Word().Matches(line.Split(" | ")[0].Split(" || ")[0].Split(" > ")[0]).Select(word => word.Value).Skip(1)]);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_manual_page_names_every_option_and_begins_no_line_by_accident_with_a_macro(string name)
    {
        Command command = CommandTable.Find(name)!;
        string page = ManualPage.Of(command);
        Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.Contains("\\fB" + ("--" + option.Name).Replace("-", "\\-", StringComparison.Ordinal), page, StringComparison.Ordinal));
        string[] macros = [".TH", ".SH", ".TP", ".PP", ".B", ".BR", ".I", ".nf", ".fi", ".\\\""];
        Assert.All(page.Split('\n').Where(line => line.StartsWith('.') || line.StartsWith('\'')), line => Assert.Contains(line.Split(' ')[0], macros));
    }

    // What is between single quotes is one word.
    [System.Text.RegularExpressions.GeneratedRegex("(?:[^ ']|'[^']*')+")]
    private static partial System.Text.RegularExpressions.Regex Word();

    private static void Parse(string[] words)
    {
        GivenOptions global = new();
        int position = Parser.Parse(words, 0, GlobalOptions.Table(), stopsAtFirst: true, global, arguments: null);
        if (global.Flag("version"))
        {
            return;
        }

        Command command = CommandTable.Resolve(words, ref position);
        List<string> arguments = [];
        Parser.Parse(words, position + 1, command.Options, command.StopsAtFirstArgument, new GivenOptions(), arguments);
        CommandTable.CheckArguments(command, arguments);
    }

    private static void AssertSame(string name, string page)
    {
        string path = Path.Combine(SourceTree.Find("docs/commands"), name);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == page, $"docs/commands/{name} is out of date: {MarkdownPage.Regenerate}");
    }
}
