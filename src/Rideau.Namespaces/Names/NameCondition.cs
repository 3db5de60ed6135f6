namespace Rideau.Namespaces;

/// <summary>What became of a namespace that a name was given to.</summary>
public enum NameCondition
{
    /// <summary>The name leads to it.</summary>
    Valid,

    /// <summary>It lives, but the name does not lead to it from here: another mount namespace, or its mount was taken away.</summary>
    Elsewhere,

    /// <summary>It has died.</summary>
    Dead,

    /// <summary>The name leads to nothing, and this kernel cannot say whether the namespace lives.</summary>
    Missing,

    /// <summary>The name leads to another namespace, or to something that is none.</summary>
    Replaced,

    /// <summary>Who asks may not look at what the name leads to, as in a user namespace of his own.</summary>
    Hidden,

    /// <summary>A pid namespace whose init has ended: it takes no more processes.</summary>
    WithoutInit,
}
