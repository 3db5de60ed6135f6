namespace Rideau.Namespaces;

/// <summary>What became of a namespace.</summary>
public enum NamespaceEventKind
{
    /// <summary>It was there when the watch began; told where the initial state was asked for.</summary>
    Exists,

    /// <summary>It was made.</summary>
    Born,

    /// <summary>It was given a name: by this program, or by "ip netns".</summary>
    Named,

    /// <summary>It has died: nothing holds it any more. Told once for each.</summary>
    Died,

    /// <summary>Records were lost, because they came faster than they were read. All namespaces were looked at again, so that no death of a known one is missed; one that was born and died meanwhile is not told.</summary>
    Lost,
}
