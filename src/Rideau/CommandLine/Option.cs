namespace Rideau.CommandLine;

/// <summary>What an option takes.</summary>
internal enum OptionKind
{
    /// <summary>Nothing, or =true and =false.</summary>
    Flag,
    Text,
    /// <summary>Text, each time it is given.</summary>
    Texts,
    Number,
}

/// <summary>One option of a command.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Letter">The short name, or NUL.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Value">What help calls the value: "DIR".</param>
/// <param name="Description">Half a sentence, lower case, without a full stop.</param>
/// <param name="Hidden">Accepted and not shown.</param>
/// <param name="Choices">The values there are, with blanks between them; empty for any.</param>
internal sealed record Option(string Name, char Letter, OptionKind Kind, string Value, string Description, bool Hidden = false, string Choices = "")
{
    /// <summary>"--bundle DIR, -b DIR".</summary>
    internal string Spelling
    {
        get
        {
            string value = Kind == OptionKind.Flag ? "" : " " + Value;
            return Letter == '\0' ? $"--{Name}{value}" : $"--{Name}{value}, -{Letter}{value}";
        }
    }
}
