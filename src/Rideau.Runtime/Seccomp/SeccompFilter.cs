using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Seccomp;

/// <summary>A compiled profile: what seccomp(2) is called with.</summary>
public sealed class SeccompFilter
{
    /// <summary>struct sock_filter, eight bytes each, one behind the other.</summary>
    public required ReadOnlyMemory<byte> Program { get; init; }

    /// <summary>SECCOMP_FILTER_FLAG_ bits, SECCOMP_FILTER_FLAG_NEW_LISTENER among them where <see cref="NeedsListener"/>.</summary>
    public required uint Flags { get; init; }

    /// <summary>A rule says SCMP_ACT_NOTIFY: seccomp(2) returns a descriptor, which is for the profile's listenerPath.</summary>
    public required bool NeedsListener { get; init; }

    /// <summary>Names that no architecture has: their rules are left out, as the specification's other runtimes do. To be told.</summary>
    public required IReadOnlyList<string> UnknownNames { get; init; }

    public int InstructionCount => Program.Length / 8;
}
