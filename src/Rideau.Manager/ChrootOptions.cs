using System.Collections.Generic;

namespace Rideau.Manager;

/// <summary>What rideau chroot is asked for.</summary>
public sealed record ChrootOptions
{
    /// <summary>The tree to run in; null for this machine's own system under an overlay.</summary>
    public string? Directory { get; init; }

    /// <summary>The command; empty for a shell.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>NAME=VALUE.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Inside; "/" unless given.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Keep the machine's network, instead of a new network with a loopback device alone.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>Lay an overlay over <see cref="Directory"/> too, so that it stays as it is.</summary>
    public bool Volatile { get; init; }

    /// <summary>A terminal for the command.</summary>
    public bool Terminal { get; init; }

    /// <summary>The container's host name; null makes one up.</summary>
    public string? Hostname { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }
}
