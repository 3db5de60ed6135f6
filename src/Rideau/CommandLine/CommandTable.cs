using System;
using System.Collections.Generic;
using Rideau.Commands;

namespace Rideau.CommandLine;

/// <summary>All commands. Only the one that was asked for is made, so that the table costs nothing at start.</summary>
internal static class CommandTable
{
    /// <summary>In the order of help.</summary>
    internal static string[] Names =>
    [
        "run", "create", "start", "exec", "kill", "delete", "pause", "resume", "update", "state", "list", "ps", "events", "mounts",
        "checkpoint", "restore", "spec",
        "enter", "who", "cp", "cat", "ls", "stat", "edit", "tar", "ns", "net",
        "chroot", "explain", "doctor", "features", "completion", "man", "help", "version",
    ];

    /// <summary>With the commands of groups behind their group.</summary>
    internal static string[] AllNames
    {
        get
        {
            List<string> all = [];
            foreach (string name in Names)
            {
                all.Add(name);
                foreach (string word in Find(name)!.Subcommands)
                {
                    all.Add($"{name} {word}");
                }
            }

            return [.. all];
        }
    }

    /// <summary>The command that the words from a position on begin with; of a group, if a word follows that is no option, the command in it.</summary>
    /// <param name="words">The command line.</param>
    /// <param name="position">Of the command's word; on return, of its last word.</param>
    internal static Command Resolve(ReadOnlySpan<string> words, ref int position)
    {
        string name = words[position];
        Command command = Find(name) ?? throw Unknown(name);
        if (command.Subcommands.Length == 0 || position + 1 >= words.Length || Parser.IsOption(words[position + 1]))
        {
            return command;
        }

        string word = words[++position];
        return Find($"{name} {word}") ?? throw UnknownIn(command, word);
    }

    internal static Command? Find(string name) => name switch
    {
        "run" => RunCommand.Describe(),
        "create" => CreateCommand.Describe(),
        "start" => StartCommand.Describe(),
        "exec" => ExecCommand.Describe(),
        "kill" => KillCommand.Describe(),
        "delete" => DeleteCommand.Describe(),
        "pause" => PauseCommand.Describe(),
        "resume" => ResumeCommand.Describe(),
        "update" => UpdateCommand.Describe(),
        "events" => EventsCommand.Describe(),
        "mounts" => MountsCommand.Describe(),
        "checkpoint" => CheckpointCommand.Describe(),
        "restore" => RestoreCommand.Describe(),
        "state" => StateCommand.Describe(),
        "list" => ListCommand.Describe(),
        "ps" => PsCommand.Describe(),
        "spec" => SpecCommand.Describe(),
        "chroot" => ChrootCommand.Describe(),
        "enter" => EnterCommand.Describe(),
        "who" => WhoCommand.Describe(),
        "cp" => CpCommand.Describe(),
        "cat" => CatCommand.Describe(),
        "ls" => LsCommand.Describe(),
        "stat" => StatCommand.Describe(),
        "edit" => EditCommand.Describe(),
        "tar" => TarCommand.Describe(),
        "ns" => NsCommand.Describe(),
        "ns create" => NsCreateCommand.Describe(),
        "ns list" => NsListCommand.Describe(),
        "ns tree" => NsTreeCommand.Describe(),
        "ns show" => NsShowCommand.Describe(),
        "ns exec" => NsExecCommand.Describe(),
        "ns watch" => NsWatchCommand.Describe(),
        "ns wait" => NsWaitCommand.Describe(),
        "ns rename" => NsRenameCommand.Describe(),
        "ns remove" => NsRemoveCommand.Describe(),
        "ns mount" => NsMountCommand.Describe(),
        "ns unmount" => NsUnmountCommand.Describe(),
        "ns change" => NsChangeCommand.Describe(),
        "net" => NetCommand.Describe(),
        "net list" => NetListCommand.Describe(),
        "net move" => NetMoveCommand.Describe(),
        "net connect" => NetConnectCommand.Describe(),
        "net disconnect" => NetDisconnectCommand.Describe(),
        "net forward" => NetForwardCommand.Describe(),
        "net bridge" => NetBridgeCommand.Describe(),
        "explain" => ExplainCommand.Describe(),
        "doctor" => DoctorCommand.Describe(),
        "features" => FeaturesCommand.Describe(),
        "completion" => CompletionCommand.Describe(),
        "complete" => CompleteCommand.Describe(),
        "man" => ManCommand.Describe(),
        "help" or "h" => HelpCommand.Describe(),
        "version" => VersionCommand.Describe(),
        _ => null,
    };

    internal static UsageException Unknown(string name)
    {
        string? near = Suggestion.Find(name, Names);
        return new UsageException($"unknown command \"{name}\"", near is null ? "\"rideau help\" lists the commands" : $"did you mean \"{near}\"?", ExitCode.UnknownCommand);
    }

    private static UsageException UnknownIn(Command group, string word)
    {
        string? near = Suggestion.Find(word, group.Subcommands);
        return new UsageException($"unknown command \"{group.Name} {word}\"", near is null ? $"\"rideau {group.Name} --help\" lists the commands" : $"did you mean \"{group.Name} {near}\"?", ExitCode.UnknownCommand);
    }

    internal static void CheckArguments(Command command, List<string> arguments)
    {
        if (arguments.Count < command.MinimumArguments)
        {
            throw new UsageException($"needs {(command.MinimumArguments == command.MaximumArguments ? "exactly" : "at least")} {command.MinimumArguments} argument(s), got {arguments.Count}", $"usage: {HelpText.UsageOf(command)}");
        }

        if (arguments.Count > command.MaximumArguments)
        {
            throw new UsageException($"takes at most {command.MaximumArguments} argument(s), got {arguments.Count}", $"usage: {HelpText.UsageOf(command)}");
        }
    }
}
