using System;
using System.Collections.Generic;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The flags of create and run.</summary>
public sealed record CreateOptions
{
    public required string Id { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute, or null.</summary>
    public string? PidFile { get; init; }

    public string? ConsoleSocket { get; init; }

    /// <summary>Gets a descriptor of the container's process; absolute, or null.</summary>
    public string? PidfdSocket { get; init; }

    public int PreserveFds { get; init; }

    /// <summary>Sockets that are opened for the process (--listen), made before anything else is opened; null for none.</summary>
    public SocketHandover? Sockets { get; init; }

    public bool NoPivot { get; init; }

    public bool NoNewKeyring { get; init; }

    /// <summary>run: return when the process has started.</summary>
    public bool Detach { get; init; }

    /// <summary>run: do not delete the container when its process has ended.</summary>
    public bool Keep { get; init; }

    public bool NoSubreaper { get; init; }

    /// <summary>Instead of the bundle's config.json, for callers that make their own (rideau chroot).</summary>
    public Configuration? Configuration { get; init; }

    /// <summary>A tree that the container's root is laid over, as a layer that stays as it is; root.path is not used then.</summary>
    public string? OverlayLower { get; init; }
}

/// <summary>The flags of exec.</summary>
public sealed record ExecOptions
{
    public required string Id { get; init; }

    /// <summary>Makes the process as it is to be run, from --process or from the container's own process, which it is given, and the flags.</summary>
    public required Func<Process, Process> Process { get; init; }

    public string? PidFile { get; init; }

    public string? ConsoleSocket { get; init; }

    /// <summary>Gets a descriptor of the process; absolute, or null.</summary>
    public string? PidfdSocket { get; init; }

    public int PreserveFds { get; init; }

    /// <summary>Sockets that are opened for the process (--listen), made before anything else is opened; null for none.</summary>
    public SocketHandover? Sockets { get; init; }

    public bool Detach { get; init; }

    public bool NoSubreaper { get; init; }

    public bool IgnorePaused { get; init; }

    /// <summary>It is entered (enter), where the field has no words for what is wrong.</summary>
    public bool IsVisit { get; init; }

    /// <summary>--cgroup: "PATH" for all hierarchies under key "", or CONTROLLER → path below the container's cgroup.</summary>
    public Dictionary<string, string> Cgroup { get; init; } = [];

    /// <summary>Go to the root directory of the process that is entered, which may be another than that of its mount namespace.</summary>
    internal bool SameRoot { get; init; }

    /// <summary>Looks at the new process when it has everything but its program, and ends it then.</summary>
    internal Action<int>? Inspect { get; init; }
}
