using System.Collections.Generic;
using System.Linq;

namespace Rideau.Namespaces;

/// <summary>Namespaces by what is above them: user namespaces below user namespaces, with what each owns.</summary>
/// <remarks>Made once, so that a tree of ten thousand takes no longer to walk than a list of them.</remarks>
public sealed class CensusTree
{
    private readonly ILookup<NamespaceInfo, NamespaceInfo> _owned;
    private readonly ILookup<NamespaceInfo, NamespaceInfo> _children;

    /// <param name="all">What is to be in it.</param>
    public CensusTree(IReadOnlyList<NamespaceInfo> all)
    {
        HashSet<NamespaceInfo> known = [.. all];
        Roots = [.. all.Where(info => info.Type == NamespaceType.User && (info.Parent is null || !known.Contains(info.Parent)))];
        Orphans = [.. all.Where(info => info.Type != NamespaceType.User && (info.Owner is null || !known.Contains(info.Owner)))];
        _owned = all.Where(info => info.Type != NamespaceType.User && info.Owner is not null && !IsBelowSibling(info)).ToLookup(info => info.Owner!);
        _children = all.Where(info => info.Parent is not null && (info.Type == NamespaceType.User || IsBelowSibling(info))).ToLookup(info => info.Parent!);

        bool IsBelowSibling(NamespaceInfo info) => info.Parent is { } parent && parent.Owner == info.Owner && known.Contains(parent);
    }

    /// <summary>The user namespaces with none above them in sight.</summary>
    public IReadOnlyList<NamespaceInfo> Roots { get; }

    /// <summary>What is owned by nobody in sight.</summary>
    public IReadOnlyList<NamespaceInfo> Orphans { get; }

    /// <summary>What a user namespace owns, user namespaces aside; a pid namespace below another of the same owner stands with that.</summary>
    public IEnumerable<NamespaceInfo> OwnedBy(NamespaceInfo user) => _owned[user];

    /// <summary>The namespaces of the same type that were made in it.</summary>
    public IEnumerable<NamespaceInfo> Below(NamespaceInfo info) => _children[info];
}
