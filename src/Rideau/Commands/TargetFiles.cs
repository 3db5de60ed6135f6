using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

/// <summary>What the commands on files of a target share.</summary>
internal static class TargetFiles
{
    internal const string Targets = "TARGET is what \"rideau enter\" takes: a container's id, a pid, a name of \"rideau ns\", or a path\nto a namespace or a cgroup. Paths are resolved in the target's root, so that no link and no\nmount in it leads out; nothing of the target is executed, and it may be paused.";

    /// <summary>The word as a path in a target.</summary>
    internal static FileTarget Of(string command, string word)
    {
        FileTarget target = FileTarget.Of(word);
        return target.Target is null ? throw new UsageException($"{command}: \"{word}\" names no target", "write TARGET:PATH, as web:/etc/passwd") : target;
    }

    /// <summary>The words as paths in one target, which is opened.</summary>
    internal static FileTree Open(Invocation invocation, string command, List<string> paths)
    {
        FileTarget? first = null;
        foreach (string word in invocation.Arguments)
        {
            FileTarget target = Of(command, word);
            first ??= target;
            paths.Add(target.Target == first.Target ? target.Path : throw new UsageException($"{command}: \"{word}\" is of another target than the first", "one target at a time"));
        }

        return first!.Open(invocation.Context(), alone: true);
    }

    /// <summary>The options of a copy.</summary>
    internal static FileCopyOptions Copying(Invocation invocation, CopyProgress progress, bool archive) => new()
    {
        Archive = archive,
        FollowLink = invocation.Options.Flag("follow-link"),
        Devices = invocation.Options.Flag("devices"),
        Note = static note => StandardOutput.WriteError($"rideau: {note}\n"),
        Progress = progress.Report,
    };

    /// <summary>Names of users and groups as the target has them; none with --numeric.</summary>
    internal static (IReadOnlyDictionary<uint, string> Users, IReadOnlyDictionary<uint, string> Groups) Names(Invocation invocation, FileTree tree) => invocation.Options.Flag("numeric")
        ? (new Dictionary<uint, string>(), new Dictionary<uint, string>())
        : (FileLooking.Names(tree, "etc/passwd"), FileLooking.Names(tree, "etc/group"));

    /// <summary>True for JSON.</summary>
    internal static bool IsJson(Invocation invocation, string command) => (invocation.Options.Text("format") ?? "text") switch
    {
        "json" => true,
        "text" => false,
        _ => throw new UsageException($"{command}: invalid format option", "--format is text or json"),
    };
}
