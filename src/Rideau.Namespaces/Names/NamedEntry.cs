namespace Rideau.Namespaces;

/// <summary>One namespace of a name.</summary>
/// <param name="Identity">Which it was when it got the name.</param>
/// <param name="Path">The file that leads to it.</param>
/// <param name="Condition">What became of it.</param>
public sealed record NamedEntry(NamespaceIdentity Identity, string Path, NameCondition Condition);
