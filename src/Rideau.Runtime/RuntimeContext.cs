namespace Rideau.Runtime;

/// <summary>What the options before the command say; the same for every verb.</summary>
public sealed record RuntimeContext
{
    /// <summary>Where containers' state lives (--root), absolute.</summary>
    public required string Root { get; init; }

    /// <summary>--systemd-cgroup.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>--rootless: null is "auto".</summary>
    public bool? Rootless { get; init; }

    /// <summary>--log, --log-format, --debug.</summary>
    public required Log Log { get; init; }
}
