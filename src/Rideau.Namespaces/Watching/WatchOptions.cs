using System;

namespace Rideau.Namespaces;

/// <summary>What is to be watched.</summary>
public sealed record WatchOptions
{
    /// <summary>The directory of names (--root), absolute; null for no names but those of ip-netns(8).</summary>
    public string? Root { get; init; }

    /// <summary>CLONE_NEW flags of the types that are told.</summary>
    public long Types { get; init; } = ~0L;

    /// <summary>Tell those of this name alone; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Tell first what is there (<see cref="NamespaceEventKind.Exists"/>).</summary>
    public bool Initial { get; init; }

    /// <summary>How they are noticed.</summary>
    public WatchMechanism Mechanism { get; init; }

    /// <summary>
    /// See also what a process makes and leaves again without a fork, an exec or its end between; of <see cref="WatchMechanism.Tasks"/>, where it
    /// slows every system call of the machine.
    /// </summary>
    public bool Thorough { get; init; }

    /// <summary>The size of the buffer between the kernel and this process; a record takes 80 bytes.</summary>
    public int BufferBytes { get; init; } = 4 << 20;

    /// <summary>How often is looked for what no event tells; not of <see cref="WatchMechanism.Tree"/>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);
}
