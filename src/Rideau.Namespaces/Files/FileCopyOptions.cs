using System;

namespace Rideau.Namespaces;

/// <summary>How files are copied.</summary>
public sealed record FileCopyOptions
{
    /// <summary>Keep owners and groups, as each side numbers them, set-id bits, ACLs and file capabilities. Otherwise the copies belong to whoever copies: the caller, or root of the target.</summary>
    public bool Archive { get; init; }

    /// <summary>Copy what a symbolic link in the source's last place leads to.</summary>
    public bool FollowLink { get; init; }

    /// <summary>Make device nodes too.</summary>
    public bool Devices { get; init; }

    /// <summary>Is told what was left out, and why.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Is told how many bytes and files are done, again and again.</summary>
    public Action<long, long>? Progress { get; init; }
}
