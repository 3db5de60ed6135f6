namespace Rideau.Namespaces;

/// <summary>How the tree of namespaces is to be mounted.</summary>
public sealed record NamespaceMountOptions
{
    /// <summary>Where; an absolute path to a directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Other users may look into it; they change nothing. Without it nobody may but who mounts, not even root.</summary>
    public bool AllowOther { get; init; }
}
