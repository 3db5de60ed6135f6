using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>One who has "events" open: where he is, and what he waits for.</summary>
internal sealed class EventReader
{
    /// <summary>The line that comes next.</summary>
    internal long Next { get; set; }

    /// <summary>How much of it has been read.</summary>
    internal int Offset { get; set; }

    /// <summary>Reads that wait.</summary>
    internal Queue<WaitingRead> Waiting { get; } = new();

    /// <summary>By which the kernel is told that there is something, for poll(2); 0 where nobody polls.</summary>
    internal ulong PollHandle { get; set; }

    /// <summary>A read that waits.</summary>
    /// <param name="Unique">The request.</param>
    /// <param name="Bytes">How much it has room for.</param>
    internal sealed record WaitingRead(ulong Unique, int Bytes);
}
