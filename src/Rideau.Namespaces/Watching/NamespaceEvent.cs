using System;
using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>A birth, a name or a death, with what is known of the namespace.</summary>
public sealed record NamespaceEvent
{
    /// <summary>What happened.</summary>
    public required NamespaceEventKind Kind { get; init; }

    /// <summary>When, UTC: as the kernel saw it where it says so, otherwise when it was noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The type; null of <see cref="NamespaceEventKind.Lost"/>.</summary>
    public NamespaceType? Type { get; init; }

    /// <summary>The number in "net:[4026531840]". It is used again after a death.</summary>
    public ulong Inode { get; init; }

    /// <summary>The number that no other namespace ever has; 0 before kernel 6.18.</summary>
    public ulong Id { get; init; }

    /// <summary>The inode of the user namespace that owns it (of a user namespace: its parent); 0 where that is not known.</summary>
    public ulong OwnerInode { get; init; }

    /// <summary>The 64-bit number of the owner; 0 where that is not known.</summary>
    public ulong OwnerId { get; init; }

    /// <summary>The names that it has, or had while it was watched.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Who made it; null where that was not seen.</summary>
    public NamespaceActor? Creator { get; init; }

    /// <summary>Of a death: who let go of it last; null where that was not seen.</summary>
    public NamespaceActor? LastHolder { get; init; }

    /// <summary>Of a death: how long it lived; null where its birth was not seen.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Of <see cref="NamespaceEventKind.Lost"/>: how many records.</summary>
    public ulong LostRecords { get; init; }
}
