using System.Text;

namespace Rideau.CommandLine;

/// <summary>Pages of docs/commands from the command table.</summary>
internal static class MarkdownPage
{
    internal const string Regenerate = "artifacts/rideau man --format markdown --all docs/commands";

    private const string Note = "<!-- Made from the command table: " + Regenerate + " -->\n";

    internal static string Of(Command command)
    {
        StringBuilder page = new(Note);
        page.Append("# rideau ").Append(command.Name).Append("\n\n").Append(Sentence(command.Summary)).Append("\n\n```\n").Append(HelpText.UsageOf(command)).Append("\n```\n\n");
        page.Append(command.Description).Append("\n\n");
        if (command.Subcommands.Length > 0)
        {
            page.Append("## Commands\n\n");
            foreach (string word in command.Subcommands)
            {
                AddLink(page, CommandTable.Find($"{command.Name} {word}")!);
            }

            page.Append('\n');
        }

        page.Append("## Options\n\n");
        AddOptions(page, command.Options);
        AddOption(page, Parser.Help);
        page.Append("\nThe options before the command are in [rideau](README.md).\n\n## Exit status\n\n").Append(command.ExitStatus);
        return page.Append("\n\n## Examples\n\n```sh\n").Append(command.Examples).Append("\n```\n").ToString();
    }

    internal static string OfAll()
    {
        StringBuilder page = new(Note);
        page.Append("# rideau\n\n```\nrideau [global options] COMMAND [options] [arguments]\n```\n\n").Append(ProgramText.Description).Append("\n\n## Commands\n\n");
        foreach (string name in CommandTable.Names)
        {
            AddLink(page, CommandTable.Find(name)!);
        }

        page.Append("\n## Global options\n\n");
        AddOptions(page, GlobalOptions.Table());
        AddOption(page, Parser.Help);
        AddTable(page, "Exit status", ProgramText.ExitStatuses);
        AddTable(page, "Environment", ProgramText.Variables);
        AddTable(page, "Files", ProgramText.Files);
        return page.Append("\n## Examples\n\n```sh\n").Append(ProgramText.Examples).Append("\n```\n").ToString();
    }

    private static void AddLink(StringBuilder page, Command command) =>
        page.Append("- [").Append(command.Name).Append("](").Append(command.FileName).Append(".md): ").Append(command.Summary).Append('\n');

    private static void AddOptions(StringBuilder page, Option[] options)
    {
        foreach (Option option in options)
        {
            if (!option.Hidden)
            {
                AddOption(page, option);
            }
        }
    }

    private static void AddOption(StringBuilder page, Option option) => page.Append("- `").Append(option.Spelling).Append("`: ").Append(option.Description).Append('\n');

    private static void AddTable(StringBuilder page, string title, (string Name, string Meaning)[] rows)
    {
        page.Append("\n## ").Append(title).Append("\n\n");
        foreach ((string name, string meaning) in rows)
        {
            page.Append("- `").Append(name).Append("`: ").Append(meaning).Append('\n');
        }
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";
}
