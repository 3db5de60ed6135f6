namespace Rideau.Runtime.Criu;

/// <summary>The options of checkpoint and restore that CRIU is told as they are.</summary>
public sealed record CheckpointSettings
{
    /// <summary>checkpoint: the container goes on.</summary>
    public bool LeaveRunning { get; init; }

    public bool TcpEstablished { get; init; }

    /// <summary>checkpoint: connections that are not established yet are left out.</summary>
    public bool TcpSkipInFlight { get; init; }

    /// <summary>checkpoint: files without a name get one for the time being.</summary>
    public bool LinkRemap { get; init; }

    public bool ExternalUnixSockets { get; init; }

    public bool ShellJob { get; init; }

    public bool FileLocks { get; init; }

    public bool AutoDedup { get; init; }

    public bool LazyPages { get; init; }

    /// <summary>checkpoint: where pages are sent to, or with LazyPages are offered; null for the image directory.</summary>
    public PageServer? PageServer { get; init; }

    /// <summary>checkpoint: how the container's connections are held meanwhile.</summary>
    public NetworkLock NetworkLock { get; init; } = NetworkLock.Default;

    public CgroupsMode CgroupsMode { get; init; } = CgroupsMode.Default;

    /// <summary>restore: "apparmor:NAME" or "selinux:LABEL"; null for what was dumped.</summary>
    public string? LsmProfile { get; init; }

    /// <summary>restore: the SELinux context of mounts that have one; null for what was dumped.</summary>
    public string? LsmMountContext { get; init; }
}
