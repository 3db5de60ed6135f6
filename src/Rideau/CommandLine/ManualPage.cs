using System.Text;

namespace Rideau.CommandLine;

/// <summary>Manual pages from the command table, in the macros of man(7).</summary>
internal static class ManualPage
{
    /// <summary>"rideau-run" for a command, "rideau" for the program.</summary>
    internal static string NameOf(Command? command) => command is null ? "rideau" : $"rideau-{command.FileName}";

    /// <summary>The page of one command.</summary>
    internal static string Of(Command command)
    {
        StringBuilder page = Begin(command, command.Summary);
        page.Append(".B rideau\n[\\fIglobal options\\fR]\n").Append(".B ").Append(Escape(command.Name)).Append('\n');
        AddIfAny(page, command.Options.Length > 0 ? "[\\fIoptions\\fR]" : "");
        AddIfAny(page, Escape(command.Arguments));
        page.Append(".SH DESCRIPTION\n");
        AddText(page, command.Description);
        if (command.Subcommands.Length > 0)
        {
            page.Append(".SH COMMANDS\n");
            foreach (string word in command.Subcommands)
            {
                AddReference(page, CommandTable.Find($"{command.Name} {word}")!);
            }
        }

        page.Append(".SH OPTIONS\n");
        AddOptions(page, command.Options);
        AddOption(page, Parser.Help);
        page.Append(".PP\nThe options before the command are in\n.BR rideau (1).\n");
        page.Append(".SH \"EXIT STATUS\"\n");
        AddText(page, command.ExitStatus);
        page.Append(".SH EXAMPLES\n.nf\n");
        foreach (string line in command.Examples.Split('\n'))
        {
            page.Append(Line(line)).Append('\n');
        }

        return page.Append(".fi\n.SH \"SEE ALSO\"\n.BR rideau (1)\n").ToString();
    }

    /// <summary>rideau(1).</summary>
    internal static string OfAll()
    {
        StringBuilder page = Begin(null, "run containers from OCI bundles");
        page.Append(".B rideau\n[\\fIglobal options\\fR]\n.I COMMAND\n[\\fIoptions\\fR] [\\fIarguments\\fR]\n.SH DESCRIPTION\n");
        AddText(page, ProgramText.Description);
        page.Append(".SH COMMANDS\n");
        foreach (string name in CommandTable.Names)
        {
            AddReference(page, CommandTable.Find(name)!);
        }

        page.Append(".SH \"GLOBAL OPTIONS\"\n");
        AddOptions(page, GlobalOptions.Table());
        AddOption(page, Parser.Help);
        AddTable(page, "EXIT STATUS", ProgramText.ExitStatuses);
        AddTable(page, "ENVIRONMENT", ProgramText.Variables);
        AddTable(page, "FILES", ProgramText.Files);
        return page.Append(".SH EXAMPLES\n.nf\n").Append(Line(ProgramText.Examples)).Append("\n.fi\n").ToString();
    }

    private static void AddReference(StringBuilder page, Command command) =>
        page.Append(".TP\n.BR ").Append(Escape(NameOf(command))).Append(" (1)\n").Append(Line(command.Summary)).Append('\n');

    private static StringBuilder Begin(Command? command, string summary)
    {
        string name = NameOf(command);
        StringBuilder page = new();
        page.Append(".\\\" Made from the command table by \"rideau man\".\n");
        page.Append(".TH ").Append(Escape(name.ToUpperInvariant())).Append(" 1 \"\" \"rideau ").Append(BuildFacts.Version).Append("\" \"Rideau\"\n");
        return page.Append(".SH NAME\n").Append(Escape(name)).Append(" \\- ").Append(Line(summary)).Append("\n.SH SYNOPSIS\n");
    }

    private static void AddIfAny(StringBuilder page, string line)
    {
        if (line.Length > 0)
        {
            page.Append(line).Append('\n');
        }
    }

    private static void AddText(StringBuilder page, string text)
    {
        foreach (string line in text.Split('\n'))
        {
            page.Append(line.Length == 0 ? ".PP" : Line(line)).Append('\n');
        }
    }

    private static void AddTable(StringBuilder page, string title, (string Name, string Meaning)[] rows)
    {
        page.Append(".SH \"").Append(title).Append("\"\n");
        foreach ((string name, string meaning) in rows)
        {
            page.Append(".TP\n.B ").Append(Escape(name)).Append('\n').Append(Line(meaning)).Append('\n');
        }
    }

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

    private static void AddOption(StringBuilder page, Option option)
    {
        string value = option.Kind == OptionKind.Flag ? "" : $" \\fI{Escape(option.Value)}\\fR";
        page.Append(".TP\n\\fB").Append(Escape("--" + option.Name)).Append("\\fR").Append(value);
        if (option.Letter != '\0')
        {
            page.Append(", \\fB").Append(Escape("-" + option.Letter)).Append("\\fR").Append(value);
        }

        page.Append('\n').Append(Line(option.Description)).Append('\n');    }

    // A line of text must not be taken for a macro.
    private static string Line(string text) => text.StartsWith('.') || text.StartsWith('\'') ? "\\&" + Escape(text) : Escape(text);

    private static string Escape(string text) =>
        text.Replace("\\", "\\e", System.StringComparison.Ordinal).Replace("-", "\\-", System.StringComparison.Ordinal).Replace("'", "\\(aq", System.StringComparison.Ordinal);
}
