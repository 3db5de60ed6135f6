using System.Text;

namespace Rideau.CommandLine;

/// <summary>Help as text.</summary>
internal static class HelpText
{
    private const int Column = 30;
    private const int Width = 100;

    internal static string UsageOf(Command command) =>
        $"rideau {command.Name}{(command.Options.Length > 0 ? " [options]" : "")}{(command.Arguments.Length > 0 ? " " + command.Arguments : "")}";

    internal static string Of(Command command)
    {
        StringBuilder text = new();
        text.Append("Usage: ").Append(UsageOf(command)).Append("\n\n").Append(command.Description).Append('\n');
        if (command.Subcommands.Length > 0)
        {
            text.Append("\nCommands:\n");
            foreach (string word in command.Subcommands)
            {
                AddLine(text, $"{command.Name} {word}", CommandTable.Find($"{command.Name} {word}")!.Summary);
            }
        }

        text.Append("\nOptions:\n");
        AddOptions(text, command.Options);
        AddOption(text, Parser.Help);
        text.Append("\nExamples:\n");
        foreach (string line in command.Examples.Split('\n'))
        {
            text.Append("  ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    internal static string OfAll()
    {
        StringBuilder text = new();
        text.Append(ProgramText.Description).Append("\n\n");
        text.Append("Usage: rideau [global options] COMMAND [options] [arguments]\n\nCommands:\n");
        foreach (string name in CommandTable.Names)
        {
            AddLine(text, name, CommandTable.Find(name)!.Summary);
        }

        text.Append("\nGlobal options:\n");
        AddOptions(text, GlobalOptions.Table());
        AddOption(text, Parser.Help);
        return text.Append("\n\"rideau COMMAND --help\" says more about a command.\n").ToString();
    }

    private static void AddOptions(StringBuilder text, Option[] options)
    {
        foreach (Option option in options)
        {
            if (!option.Hidden)
            {
                AddOption(text, option);
            }
        }
    }

    private static void AddOption(StringBuilder text, Option option) => AddLine(text, option.Spelling, option.Description);

    private static void AddLine(StringBuilder text, string name, string description)
    {
        text.Append("  ").Append(name);
        if (name.Length + 2 >= Column - 1)
        {
            text.Append('\n').Append(' ', Column);
        }
        else
        {
            text.Append(' ', Column - 2 - name.Length);
        }

        int used = Column;
        foreach (string word in description.Split(' '))
        {
            if (used > Column && used + word.Length > Width)
            {
                text.Append('\n').Append(' ', Column);
                used = Column;
            }

            text.Append(used == Column ? "" : " ").Append(word);
            used += word.Length + 1;
        }

        text.Append('\n');
    }
}
