namespace Rideau.CommandLine;

/// <summary>What an argument is, for completion.</summary>
internal enum ArgumentKind
{
    /// <summary>A word of the caller's own.</summary>
    Other,
    Container,
    /// <summary>TARGET:PATH, or a file.</summary>
    TargetPath,
    /// <summary>A name of "ns create".</summary>
    Namespace,
    /// <summary>Whose network is meant: a container, a name, or the caller's own.</summary>
    Network,
    File,
    Directory,
    Command,
    Signal,
    Shell,
}
