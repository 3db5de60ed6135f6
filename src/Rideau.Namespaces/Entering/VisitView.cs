namespace Rideau.Namespaces;

/// <summary>What a command that visits namespaces sees of files.</summary>
public enum VisitView
{
    /// <summary>The caller's, or those of the mount namespace that is entered.</summary>
    Callers,

    /// <summary>The caller's, read-only, with a /proc and /sys of the namespaces that are entered.</summary>
    Monitor,

    /// <summary>A tree of tools, read-only, with what is entered at /mnt: in a copy of the mount namespace that nobody else sees.</summary>
    Tools,
}
