using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

/// <summary>The container's own process, changed as the options of exec say.</summary>
internal static class ExecProcess
{
    internal static void Apply(Process process, GivenOptions options, List<string> command)
    {
        process.Args = command;
        process.Cwd = options.TextOrNone("cwd") ?? process.Cwd;
        process.ApparmorProfile = options.TextOrNone("apparmor") ?? process.ApparmorProfile;
        process.SelinuxLabel = options.TextOrNone("process-label") ?? process.SelinuxLabel;
        process.Env.AddRange(options.Texts("env"));
        // The container's process having a terminal says nothing about this one.
        process.Terminal = options.Flag("tty");
        if (options.IsGiven("no-new-privs"))
        {
            process.NoNewPrivileges = options.Flag("no-new-privs");
        }

        AddCapabilities(process, options.Texts("cap"));
        if (options.TextOrNone("user") is { } user)
        {
            int colon = user.IndexOf(':', StringComparison.Ordinal);
            process.User.Uid = Id(colon < 0 ? user : user[..colon], "uid");
            process.User.Gid = colon < 0 ? process.User.Gid : Id(user[(colon + 1)..], "gid");
        }

        foreach (string gid in options.Texts("additional-gids"))
        {
            process.User.AdditionalGids.Add(Id(gid, "gid"));
        }
    }

    private static void AddCapabilities(Process process, List<string> capabilities)
    {
        if (capabilities.Count == 0)
        {
            return;
        }

        Capabilities sets = process.Capabilities ??= new Capabilities();
        sets.Bounding.AddRange(capabilities);
        sets.Effective.AddRange(capabilities);
        sets.Permitted.AddRange(capabilities);
        // An ambient capability must be inheritable too, and --cap gives no inheritable ones.
        if (sets.Inheritable.Count > 0)
        {
            sets.Ambient.AddRange(capabilities);
        }
    }

    private static uint Id(string text, string kind) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue
            ? id
            : throw new UsageException($"exec: bad {kind}: \"{text}\"", "ids are numbers: --user UID[:GID]");
}
