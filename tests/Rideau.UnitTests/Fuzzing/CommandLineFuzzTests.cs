using System.Linq;
using CsCheck;
using Rideau.CommandLine;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>Any words behind the program's name are taken, or refused by name.</summary>
public sealed class CommandLineFuzzTests
{
    private static readonly string[] s_words =
    [
        .. CommandTable.Names,
        .. CommandTable.Names.SelectMany(name => CommandTable.Find(name)!.Options).Select(option => "--" + option.Name).Distinct(),
        "-b", "-d", "-", "--", "---", "--=", "-=x", "--bundle=", "web", "", "KILL", "9", "--format=json", "--preserve-fds=99999999999", "/tmp", "é", "--root=/nowhere",
    ];

    private static readonly Gen<string[]> s_lines = Gen.OneOf(Gen.Int[0, s_words.Length - 1].Select(index => s_words[index]), Fuzz.Texts("--env", "-e", "A=b")).Array[0, 7];

    [Fact]
    public void The_parser_of_every_command() =>
        Gen.Select(Gen.Int[0, CommandTable.Names.Length - 1], s_lines).Sample(
            static (index, words) => Fuzz.Attempt(() =>
            {
                Command command = CommandTable.Find(CommandTable.Names[index])!;
                Parser.Parse(words, 0, command.Options, command.StopsAtFirstArgument, new GivenOptions(), []);
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void The_global_options() =>
        s_lines.Sample(
            static words => Fuzz.Attempt(() => Parser.Parse(words, 0, GlobalOptions.Table(), stopsAtFirst: true, new GivenOptions(), null)),
            iter: Fuzz.Inputs(),
            threads: 1);

    // The containers that it may name are looked up where there are none.
    [Fact]
    public void Completion_answers_every_line_in_its_form() =>
        s_lines.Sample(
            static words => Fuzz.Attempt(() =>
            {
                string answer = Completion.Of(["--root", "/nowhere", .. words]);
                Assert.Contains(answer.Split('\n')[0], new[] { "words", "files", "directories" });
            }),
            iter: Fuzz.Inputs(),
            threads: 1);
}
