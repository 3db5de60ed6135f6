using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>Which namespaces are to be made, and how. A name is given by <see cref="NamedNamespaces.Create"/>.</summary>
public sealed record CreateOptions
{
    /// <summary>The types, as CLONE_NEW flags.</summary>
    public required long Types { get; init; }

    /// <summary>The user map of a new user namespace; null: root inside is the caller, and what /etc/subuid gives him follows from 1 on.</summary>
    public IReadOnlyList<IdRange>? Uids { get; init; }

    /// <summary>The group map of a new user namespace; null as with <see cref="Uids"/>.</summary>
    public IReadOnlyList<IdRange>? Gids { get; init; }

    /// <summary>A path to the user namespace that is to own the new ones; null: the caller's, or the new one.</summary>
    public string? Owner { get; init; }

    /// <summary>The host name of a new uts namespace; null: as the caller's.</summary>
    public string? Hostname { get; init; }

    /// <summary>How far the monotonic clock of a new time namespace is ahead, in seconds.</summary>
    public long? MonotonicSeconds { get; init; }

    /// <summary>How far the boot clock of a new time namespace is ahead, in seconds.</summary>
    public long? BoottimeSeconds { get; init; }

    /// <summary>Give the network namespace a name for ip-netns(8) too.</summary>
    public bool IpNetns { get; init; }

    /// <summary>Name what this path leads to, a namespace or a directory of /proc/PID/ns, instead of making anything.</summary>
    public string? Existing { get; init; }
}
