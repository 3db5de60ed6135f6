using System;

namespace Rideau.Namespaces.Network;

/// <summary>What a forward passes on: streams, or datagrams.</summary>
internal interface IForwardedTraffic : IDisposable
{
    /// <summary>How many connections or sessions there are.</summary>
    int Count { get; }

    /// <summary>True where work is left that no event tells of.</summary>
    bool HasMore { get; }

    /// <summary>True where a time is running.</summary>
    bool NeedsTick { get; }

    /// <summary>Something came.</summary>
    void Take(ulong tag, uint events);

    /// <summary>Called behind every batch of events: work that is left, and times that are up.</summary>
    void GoOn();
}
