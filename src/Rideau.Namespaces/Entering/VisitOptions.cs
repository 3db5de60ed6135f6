using System;
using System.Collections.Generic;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A command that is run in namespaces, and is the caller's in everything else.</summary>
public sealed record VisitOptions
{
    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>NAME=VALUE; its PATH is where the program is looked for.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The user to become; null: root of a user namespace that is joined, else who the caller is.</summary>
    public uint? Uid { get; init; }

    /// <summary>The group to become; as <see cref="Uid"/>.</summary>
    public uint? Gid { get; init; }

    /// <summary>What it sees of files.</summary>
    public VisitView View { get; init; }

    /// <summary>The tree of tools for <see cref="VisitView.Tools"/>; it has a directory mnt.</summary>
    public string Tools { get; init; } = "/";

    /// <summary>What is to be done with the process before it begins, as putting it into a cgroup; or null.</summary>
    public Action<int>? Prepare { get; init; }

    /// <summary>A directory of cgroup v2 that the process is born into, which is quicker than moving it; or null.</summary>
    public OwnedFd? Cgroup { get; init; }

    /// <summary>The caller has nothing to do after the command: where it can, its process becomes the command, and <see cref="NamespaceVisit.Run"/> does not return.</summary>
    public bool IsLast { get; init; }

    /// <summary>Sockets that the program finds by the convention of socket activation; null for none. Made before anything else is opened.</summary>
    public Network.SocketHandover? Sockets { get; init; }

    /// <summary>The working directory, as a path inside; null: the caller's where it is there, else the root.</summary>
    public string? WorkingDirectory { get; init; }
}
