using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rideau.CommandLine;

/// <summary>The field's grammar: one dash or two, --a=b and --a b, true and false behind =, -- ends the options.</summary>
/// <remarks>
/// runc takes the options of most commands also behind the first argument ("delete web --force"), but not
/// those of exec and ps, whose rest is another program's command line. Behind the first argument a word that
/// is no option of the command is an argument, as it is there.
/// </remarks>
internal static class Parser
{
    /// <summary>Help is an option of everything.</summary>
    internal static readonly Option Help = new("help", 'h', OptionKind.Flag, "", "show this help");

    /// <summary>Parses from <paramref name="position"/> on.</summary>
    /// <param name="arguments">Where arguments go; null: stop at the first, and return its position.</param>
    /// <returns>The position of the first word that was not taken.</returns>
    internal static int Parse(ReadOnlySpan<string> words, int position, Option[] options, bool stopsAtFirst, GivenOptions given, List<string>? arguments)
    {
        for (; position < words.Length; position++)
        {
            string word = words[position];
            if (word == "--")
            {
                position++;
                break;
            }

            if (!IsOption(word))
            {
                if (arguments is null || stopsAtFirst)
                {
                    break;
                }

                arguments.Add(word);
                continue;
            }

            if (!TryTake(words, ref position, options, given))
            {
                if (arguments is null || arguments.Count == 0)
                {
                    throw Unknown(word, options);
                }

                arguments.Add(word);
            }
        }

        while (arguments is not null && position < words.Length)
        {
            arguments.Add(words[position++]);
        }

        return position;
    }

    internal static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    private static bool TryTake(ReadOnlySpan<string> words, ref int position, Option[] options, GivenOptions given)
    {
        string word = words[position];
        ReadOnlySpan<char> name = word.AsSpan(word[1] == '-' ? 2 : 1);
        int equals = name.IndexOf('=');
        string? value = equals < 0 ? null : name[(equals + 1)..].ToString();
        name = equals < 0 ? name : name[..equals];
        if (Find(name, options) is not { } option)
        {
            return false;
        }

        if (option.Kind == OptionKind.Flag)
        {
            given.Add(option, Boolean(value ?? "true", option));
            return true;
        }

        if (value is null)
        {
            if (++position >= words.Length)
            {
                throw new UsageException($"flag needs an argument: --{option.Name}", $"--{option.Name} {option.Value}: {option.Description}");
            }

            value = words[position];
        }

        if (option.Kind == OptionKind.Number && !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            throw new UsageException($"invalid value \"{value}\" for flag --{option.Name}: not a number");
        }

        given.Add(option, value);
        return true;
    }

    internal static Option? Find(ReadOnlySpan<char> name, Option[] options)
    {
        foreach (Option option in options)
        {
            if (name.SequenceEqual(option.Name) || (name.Length == 1 && option.Letter == name[0]))
            {
                return option;
            }
        }

        return name is "help" or "h" ? Help : null;
    }

    private static string Boolean(string value, Option option) => value switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => "true",
        "0" or "f" or "F" or "false" or "FALSE" or "False" => "false",
        _ => throw new UsageException($"invalid boolean value \"{value}\" for flag --{option.Name}", "a flag takes =true or =false, or nothing"),
    };

    private static UsageException Unknown(string word, Option[] options)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string typed = equals < 0 ? word : word[..equals];
        string name = typed.TrimStart('-');
        string[] names = new string[options.Length];
        for (int i = 0; i < options.Length; i++)
        {
            names[i] = options[i].Hidden ? "" : options[i].Name;
        }

        string? near = Suggestion.Find(name, names);
        return new UsageException($"flag provided but not defined: {typed}", near is null ? null : $"did you mean --{near}?");
    }
}
