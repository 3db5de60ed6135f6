using System;

namespace Rideau.Namespaces.Network;

/// <summary>Limits of a forward.</summary>
public sealed record ForwardOptions
{
    /// <summary>The most connections, or sessions of datagrams, at once. Further connections wait in the kernel's queue; datagrams of further senders are dropped.</summary>
    public int Limit { get; init; } = 4096;

    /// <summary>How long a connection to the target may take to come about.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection over which nothing goes for so long is cut off; zero for never.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>A sender of datagrams who is not heard of, and not answered, for so long is forgotten.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Is asked every two seconds whether it is to end; null for never.</summary>
    public Func<bool>? HasEnded { get; init; }

    /// <summary>Is told of connections that failed, a sentence each and at most one a second; null for nobody.</summary>
    public Action<string>? Report { get; init; }
}
