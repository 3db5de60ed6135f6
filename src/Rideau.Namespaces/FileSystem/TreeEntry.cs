namespace Rideau.Namespaces;

/// <summary>A name in a directory of the tree.</summary>
/// <param name="Name">Without a slash.</param>
/// <param name="Node">What it is.</param>
internal sealed record TreeEntry(string Name, Node Node);
