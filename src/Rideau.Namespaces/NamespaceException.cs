using System;

namespace Rideau.Namespaces;

/// <summary>An operation on namespaces failed. Made where it is known what was being attempted.</summary>
/// <param name="message">Lower case, "cannot VERB OBJECT: REASON", names quoted, no full stop.</param>
/// <param name="kind">What kind of failure.</param>
/// <param name="hint">What to do about it, or null.</param>
/// <param name="inner">The cause.</param>
public sealed class NamespaceException(string message, NamespaceFailure kind = NamespaceFailure.General, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What kind of failure.</summary>
    public NamespaceFailure Kind { get; } = kind;

    /// <summary>What to do, as a sentence in lower case, or null.</summary>
    public string? Hint { get; } = hint;
}
