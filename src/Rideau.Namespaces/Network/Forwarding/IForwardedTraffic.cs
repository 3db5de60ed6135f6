using System;

namespace Rideau.Namespaces.Network;

/// <summary>What a forward passes on: streams, or datagrams.</summary>
internal interface IForwardedTraffic : IDisposable
{
    /// <summary>How many connections or sessions there are.</summary>
    int Count { get; }

    /// <summary>True where work is left that no event tells of.</summary>
    bool HasMore { get; }

    /// <summary>Where a time is running, how long to wait for events at most, in milliseconds; -1: none is.</summary>
    int TickMilliseconds { get; }

    /// <summary>Something came.</summary>
    void Take(ulong tag, uint events);

    /// <summary>Called behind every batch of events: work that is left, and times that are up.</summary>
    void GoOn();
}
