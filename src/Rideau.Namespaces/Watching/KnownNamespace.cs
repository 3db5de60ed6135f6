using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>What is known of a namespace that lives.</summary>
internal sealed class KnownNamespace(NamespaceType type, ulong inode)
{
    internal NamespaceType Type { get; } = type;

    internal ulong Inode { get; } = inode;

    internal ulong Id { get; set; }

    internal ulong OwnerInode { get; set; }

    internal ulong OwnerId { get; set; }

    internal List<string> Names { get; } = [];

    internal NamespaceActor? Creator { get; set; }

    /// <summary>When it was made, since the boot in nanoseconds; 0 where that was not seen.</summary>
    internal long BornAt { get; set; }

    internal NamespaceActor? LastHolder { get; set; }

    /// <summary>When the last process that was alone in it let go, since the boot in nanoseconds; 0 where it was found to live after that.</summary>
    internal long ReleasedAt { get; set; }

    /// <summary>The kernel opens its handle to this process; to whom it does not, a namespace that lives looks as a dead one.</summary>
    internal bool CanAsk { get; set; } = true;

    /// <summary>Something else than processes may hold it: a mount, a descriptor.</summary>
    internal bool IsLoose { get; set; }

    /// <summary>The processes that were in it when it was looked at last; of the source that looks.</summary>
    internal HashSet<int> Members { get; } = [];

    /// <summary>When it is asked for next, since the boot in nanoseconds, and how long after the last time.</summary>
    internal long ProbeDue { get; set; }

    internal long ProbeDelay { get; set; }

    /// <summary>Found by a look at the machine and not told yet.</summary>
    internal bool Untold { get; set; }
}
