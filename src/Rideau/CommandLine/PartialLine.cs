using System;

namespace Rideau.CommandLine;

/// <summary>A command line that is still being typed: taken word by word, wrong or not.</summary>
internal sealed class PartialLine
{
    /// <summary>The options that may stand here.</summary>
    internal Option[] Options { get; private set; } = GlobalOptions.Table();

    internal Command? Command { get; private set; }

    /// <summary>How many arguments the command has already.</summary>
    internal int Arguments { get; private set; }

    /// <summary>What follows is no option of ours.</summary>
    internal bool OptionsEnded { get; private set; }

    /// <summary>The option whose value is the next word.</summary>
    internal Option? Awaiting { get; private set; }

    /// <summary>The command's word is no command.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>--root, as typed.</summary>
    internal string? Root { get; private set; }

    internal void Take(string word)
    {
        if (Awaiting is { } option)
        {
            TakeValue(option, word);
            Awaiting = null;
        }
        else if (!OptionsEnded && word == "--")
        {
            OptionsEnded = true;
        }
        else if (!OptionsEnded && Parser.IsOption(word))
        {
            TakeOption(word);
        }
        else if (Command is null)
        {
            Command = CommandTable.Find(word);
            IsLost |= Command is null;
            Options = Command?.Options ?? [];
            OptionsEnded = false;
        }
        else if (Command.Subcommands.Length > 0 && Arguments == 0)
        {
            Command = CommandTable.Find($"{Command.Name} {word}");
            IsLost |= Command is null;
            Options = Command?.Options ?? [];
        }
        else
        {
            Arguments++;
            OptionsEnded |= Command.StopsAtFirstArgument;
        }
    }

    private void TakeOption(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (Parser.Find(word.AsSpan(0, equals < 0 ? word.Length : equals).TrimStart('-'), Options) is not { } option)
        {
            return;
        }

        if (equals >= 0)
        {
            TakeValue(option, word[(equals + 1)..]);
        }
        else if (option.Kind != OptionKind.Flag)
        {
            Awaiting = option;
        }
    }

    private void TakeValue(Option option, string value)
    {
        if (Command is null && option.Name == "root")
        {
            Root = value;
        }
    }
}
