namespace Rideau.Namespaces;

/// <summary>A line of a uid_map or gid_map: ids from <paramref name="Inside"/> on in the user namespace are those from <paramref name="Outside"/> on in the one above it.</summary>
/// <param name="Inside">The first id inside.</param>
/// <param name="Outside">The first id outside.</param>
/// <param name="Count">How many.</param>
/// <remarks>man: user_namespaces(7)</remarks>
public readonly record struct IdRange(uint Inside, uint Outside, uint Count);
