namespace Rideau.Runtime.Spec;

/// <summary>What of the command line and the caller decides whether a configuration can be carried out.</summary>
public readonly record struct ValidationOptions
{
    /// <summary>--systemd-cgroup.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>--no-pivot.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The caller is not root.</summary>
    public bool Rootless { get; init; }
}
