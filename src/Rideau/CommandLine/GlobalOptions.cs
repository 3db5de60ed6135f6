using System;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime;

namespace Rideau.CommandLine;

/// <summary>The options before the command.</summary>
internal static class GlobalOptions
{
    internal static Option[] Table() =>
    [
        new("root", '\0', OptionKind.Text, "DIR", "where the state of containers is kept; should be on a tmpfs (default: /run/rideau, without privilege $XDG_RUNTIME_DIR/rideau, or /run/user/UID/rideau)"),
        new("log", '\0', OptionKind.Text, "FILE", "append messages to a file, beside standard error"),
        new("log-format", '\0', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        new("debug", '\0', OptionKind.Flag, "", "log what is done, step by step"),
        new("systemd-cgroup", '\0', OptionKind.Flag, "", "make cgroups through systemd, as scopes: linux.cgroupsPath is then slice:prefix:name"),
        new("rootless", '\0', OptionKind.Text, "MODE", "true, false or auto: pass over cgroups that may not be written (default: auto)", Choices: "true false auto"),
        new("version", 'v', OptionKind.Flag, "", "print the version"),
    ];

    /// <summary>The log that --log, --log-format and --debug ask for.</summary>
    internal static MessageLog OpenLog(GivenOptions global)
    {
        string format = global.Text("log-format") ?? "text";
        bool json = format switch
        {
            "text" or "" => false,
            "json" => true,
            _ => throw new UsageException($"invalid log-format: {format}", "--log-format is text or json"),
        };
        return MessageLog.Open(global.TextOrNone("log") is { } file ? AbsolutePath.Of(file) : null, json, global.Flag("debug"));
    }

    internal static RuntimeContext Context(GivenOptions global, Log log) => new()
    {
        Root = global.TextOrNone("root") is { } root ? Below(AbsolutePath.Of(root)) : DefaultRoot(),
        SystemdCgroup = global.Flag("systemd-cgroup"),
        Rootless = global.Text("rootless")?.ToLowerInvariant() switch
        {
            null or "" or "auto" => null,
            "true" or "t" or "1" => true,
            "false" or "f" or "0" => false,
            { } other => throw new UsageException($"invalid value \"{other}\" for flag --rootless", "--rootless is true, false or auto"),
        },
        Log = log,
    };

    // Every directory there would be a container.
    private static string Below(string root) => root != "/" ? root : throw new UsageException("--root must not be \"/\"", "give a directory of its own: --root /run/rideau");

    /// <summary>Where state is kept when --root does not say it.</summary>
    internal static string DefaultRoot()
    {
        if (!IsOrdinaryUser)
        {
            return "/run/rideau";
        }

        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return !string.IsNullOrEmpty(runtime) ? $"{runtime}/rideau"
            : Credentials.EffectiveUid == 0 ? "/run/rideau" // in a user namespace: whose runtime directory it would be is not known
            : $"/run/user/{Credentials.EffectiveUid}/rideau"; // where a login session has it; su(1) and cron(8) do not say so
    }

    /// <summary>True also for the root of a user namespace, as whom a user's engine calls; USER=root tells a root of its own there, in a container.</summary>
    private static bool IsOrdinaryUser =>
        Credentials.EffectiveUid != 0 || (Environment.GetEnvironmentVariable("USER") != "root" && !Credentials.IsInitialUserNamespace);
}
