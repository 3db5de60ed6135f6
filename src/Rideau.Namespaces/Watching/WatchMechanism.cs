namespace Rideau.Namespaces;

/// <summary>How births and deaths are noticed. docs/decisions/0013-watching.md has what each guarantees, and what it costs.</summary>
public enum WatchMechanism
{
    /// <summary>The best that can be had.</summary>
    Best,

    /// <summary>Programs of our own at the two functions of the kernel that each namespace passes at birth and death (kernel 6.18, root): every one is seen, also those that live for microseconds.</summary>
    Tree,

    /// <summary>
    /// Programs of our own where processes fork, execute and end (kernel 6.18, root), where functions cannot be attached to. Every namespace is seen
    /// that a process is in at such a moment, however short; a death is found by asking for the namespace's handle.
    /// </summary>
    Tasks,

    /// <summary>What processes do (process connector, where it can be had), and looking at /proc: what lives shorter than a look takes can be missed.</summary>
    Processes,
}
