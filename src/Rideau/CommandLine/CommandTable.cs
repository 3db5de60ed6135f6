using System.Collections.Generic;
using Rideau.Commands;

namespace Rideau.CommandLine;

/// <summary>All commands. Only the one that was asked for is made, so that the table costs nothing at start.</summary>
internal static class CommandTable
{
    /// <summary>In the order of help.</summary>
    internal static string[] Names =>
    [
        "run", "create", "start", "exec", "kill", "delete", "pause", "resume", "update", "state", "list", "ps", "events", "mounts", "spec",
        "chroot", "explain", "doctor", "features", "completion", "man", "help", "version",
    ];

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
        "state" => StateCommand.Describe(),
        "list" => ListCommand.Describe(),
        "ps" => PsCommand.Describe(),
        "spec" => SpecCommand.Describe(),
        "chroot" => ChrootCommand.Describe(),
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
        if (name is "checkpoint" or "restore")
        {
            return new UsageException($"\"{name}\" is not there yet", "it comes with a later version; \"rideau help\" lists what works");
        }

        string? near = Suggestion.Find(name, Names);
        return new UsageException($"unknown command \"{name}\"", near is null ? "\"rideau help\" lists the commands" : $"did you mean \"{near}\"?", ExitCode.UnknownCommand);
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
