using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Rideau.Kernel;
using Rideau.Namespaces;
using Rideau.Runtime;
using Rideau.Runtime.Entering;
using Rideau.Runtime.State;

namespace Rideau.CommandLine;

/// <summary>What could stand in place of the last word of a command line, for the scripts of <see cref="CompletionScripts"/>.</summary>
/// <remarks>
/// The answer's first line says who goes on: "words" (the lines that follow: a word, a tab, what it means),
/// "files" or "directories" (the shell, which knows its own). Behind --option= only the value is meant.
/// </remarks>
internal static class Completion
{
    private const string Files = "files\n";
    private const string Directories = "directories\n";

    /// <summary>The answer for the words behind the program's name; the last one is being typed and may be empty.</summary>
    internal static string Of(ReadOnlySpan<string> words)
    {
        string last = words.IsEmpty ? "" : words[^1];
        var line = new PartialLine();
        foreach (string word in words.IsEmpty ? words : words[..^1])
        {
            line.Take(word);
        }

        if (line.IsLost)
        {
            return Words([], "");
        }

        if (line.Awaiting is { } awaiting)
        {
            return OfValue(awaiting, last);
        }

        if (line.OptionsEnded || last.Length == 0 || last[0] != '-')
        {
            return OfArgument(line, last);
        }

        int equals = last.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? OfOptions(line.Options, last)
            : Parser.Find(last.AsSpan(0, equals).TrimStart('-'), line.Options) is { } option ? OfValue(option, last[(equals + 1)..])
            : Words([], "");
    }

    private static string OfOptions(Option[] options, string typed)
    {
        List<(string, string)> found = [];
        foreach (Option option in options)
        {
            if (!option.Hidden)
            {
                found.Add(("--" + option.Name, option.Description));
            }
        }

        found.Add(("--help", Parser.Help.Description));
        return Words(found, typed.StartsWith("--", StringComparison.Ordinal) ? typed : "-" + typed);
    }

    private static string OfValue(Option option, string typed)
    {
        if (option.Kind == OptionKind.Flag)
        {
            return Words([("true", ""), ("false", "")], typed);
        }

        return option.Choices.Length > 0 ? Words(Described(option.Choices.Split(' ')), typed)
            : option.Value == "DIR" ? Directories
            : option.Value is "FILE" or "SOCKET" ? Files
            : Words([], "");
    }

    private static string OfArgument(PartialLine line, string typed)
    {
        if (line.Command is not { } command)
        {
            return OfCommands(typed);
        }

        if (command.Subcommands.Length > 0 && line.Arguments == 0)
        {
            List<(string, string)> subcommands = [];
            foreach (string word in command.Subcommands)
            {
                subcommands.Add((word, CommandTable.Find($"{command.Name} {word}")!.Summary));
            }

            return Words(subcommands, typed);
        }

        ArgumentKind kind = line.Arguments < command.ArgumentKinds.Length ? command.ArgumentKinds[line.Arguments] : ArgumentKind.Other;
        return kind switch
        {
            ArgumentKind.Container => Words(Containers(line.Root), typed),
            ArgumentKind.TargetPath => typed is ['/' or '.', ..] ? Files : Words([.. Containers(line.Root).Select(static container => (container.Item1 + ":", container.Item2))], typed),
            ArgumentKind.Namespace => Words(NamedNamespaces(line.Root), typed),
            ArgumentKind.Network => Words([.. Containers(line.Root), .. NamedNamespaces(line.Root), (NetworkTarget.Host, "the caller's own network")], typed),
            ArgumentKind.File => Files,
            ArgumentKind.Directory => Directories,
            ArgumentKind.Command => OfCommands(typed),
            ArgumentKind.Signal => Words(Described(SignalName.Common), typed),
            ArgumentKind.Shell => Words(Described(CompletionScripts.Shells), typed),
            _ => Words([], ""),
        };
    }

    private static string OfCommands(string typed)
    {
        List<(string, string)> commands = [];
        foreach (string name in CommandTable.Names)
        {
            commands.Add((name, CommandTable.Find(name)!.Summary));
        }

        return Words(commands, typed);
    }

    private static List<(string, string)> Containers(string? root)
    {
        List<(string, string)> found = [];
        try
        {
            var store = new ContainerStore(root is null ? GlobalOptions.DefaultRoot() : AbsolutePath.Of(root));
            foreach (ContainerRecord record in store.List())
            {
                found.Add((record.Id, StateJson.Word(store.StatusOf(record)) + " " + record.Bundle));
            }
        }
        catch (Exception exception) when (exception is LinuxException or ContainerException)
        {
            // A store that cannot be read has nothing to propose; the command itself says why.
        }

        return found;
    }

    private static List<(string, string)> NamedNamespaces(string? root)
    {
        List<(string, string)> found = [];
        try
        {
            foreach (NamedNamespace named in new NamedNamespaces(root is null ? GlobalOptions.DefaultRoot() : AbsolutePath.Of(root)).List())
            {
                found.Add((named.Name, string.Join(' ', named.Entries.Select(entry => entry.Identity.Type.Name))));
            }
        }
        catch (Exception exception) when (exception is LinuxException or NamespaceException)
        {
            // As with containers.
        }

        return found;
    }

    private static List<(string, string)> Described(ReadOnlySpan<string> words)
    {
        List<(string, string)> found = [];
        foreach (string word in words)
        {
            found.Add((word, ""));
        }

        return found;
    }

    private static string Words(List<(string Word, string Meaning)> candidates, string typed)
    {
        StringBuilder text = new("words\n");
        foreach ((string word, string meaning) in candidates)
        {
            if (word.StartsWith(typed, StringComparison.Ordinal))
            {
                text.Append(word).Append('\t').Append(meaning).Append('\n');
            }
        }

        return text.ToString();
    }
}
