using System.Collections.Generic;
using Rideau.Namespaces;

namespace Rideau.Runtime.Entering;

/// <summary>How something is entered.</summary>
public sealed record EnterOptions
{
    /// <summary>The program and its arguments; empty for a shell.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The types to enter, as CLONE_NEW flags; null enters as if the target's init had forked.</summary>
    public long? Only { get; init; }

    /// <summary>A session with a terminal of its own and the user's shell.</summary>
    public bool Login { get; init; }

    /// <summary>Give the command a terminal of its own.</summary>
    public bool Terminal { get; init; }

    /// <summary>NAME=VALUE, beside those of the target, or of the caller where the target is entered in part.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>What the command sees of the machine's files.</summary>
    public VisitView View { get; init; }

    /// <summary>Sockets that are handed to the command; null for none.</summary>
    public Namespaces.Network.SocketHandover? Sockets { get; init; }

    /// <summary>The tree of tools for <see cref="VisitView.Tools"/>.</summary>
    public string Tools { get; init; } = "/";

    /// <summary>Is told once which confinement is not the target's.</summary>
    public System.Action<EnterReport>? Report { get; init; }
}
