using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>What the sections of a plan share while they are written: the configuration, what was found out about the machine, and registers.</summary>
internal sealed class PlanContext : IDisposable
{
    private readonly List<OwnedFd> _kept = [];

    public required ChildPlanBuilder Plan { get; init; }

    public required Configuration Configuration { get; init; }

    public required Log Log { get; init; }

    /// <summary>What is asked of the machine.</summary>
    public MachineView Machine { get; init; } = MachineView.Real;

    /// <summary>Of the session keyring.</summary>
    public required string KeyringName { get; init; }

    /// <summary>The tree that the root file system is laid over, or null where the root is used as it is.</summary>
    public string? OverlayLower { get; init; }

    /// <summary>The root file system in the caller's view, absolute, links resolved.</summary>
    public required string RootPath { get; init; }

    /// <summary>The same, opened with O_PATH before the child is made.</summary>
    public required OwnedFd RootDirectory { get; init; }

    /// <summary>The bundle, absolute: what relative sources of mounts begin at.</summary>
    public string BundlePath { get; init; } = "/";

    /// <summary>The container's directory in --root: for files that the caller makes for the container.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The child is in a user namespace other than the caller's (new, or joined).</summary>
    public required bool InUserNamespace { get; init; }

    /// <summary>The caller has no privilege over the machine: not uid 0 of the first user namespace with its capabilities.</summary>
    public required bool Unprivileged { get; init; }

    /// <summary>The child has no privilege over the machine: in a user namespace of its own, or in its caller's, as an engine without root calls it.</summary>
    public bool IsConfined => InUserNamespace || Unprivileged;

    /// <summary>The clone flags of namespaces that the container gets new.</summary>
    public required long NewNamespaces { get; init; }

    public bool NoPivot { get; init; }

    /// <summary>The container's cgroups: key the mount point in the caller's view, value the path below it; for cgroup mounts.</summary>
    public required IReadOnlyDictionary<string, string> CgroupPaths { get; init; }

    /// <summary>The caller waits with the rules for devices until the mounts are there, because one is of a block device.</summary>
    public bool DeviceRulesAfterMounts { get; init; }

    /// <summary>The child's end of the channel to the caller.</summary>
    public required OwnedFd Channel { get; init; }

    /// <summary>What the child asks its caller to open.</summary>
    public OutsideMounts OutsideMounts { get; } = new();

    /// <summary>True where the caller can open for the child what its ids cannot.</summary>
    public bool HasHelp => InUserNamespace && !Unprivileged;

    /// <summary>In the child: the root of the container's mounts (O_PATH). Set by <c>RootfsPlan.Prepare</c>.</summary>
    public Slot Root { get; set; } = Slot.None;

    /// <summary>In the child: a proc file system of its own for the program's decisions, where one was needed.</summary>
    public Slot Proc { get; set; } = Slot.None;

    /// <summary>What the sections about mounts share.</summary>
    public MountTargets Targets { get; } = new();

    /// <summary>Keeps a descriptor open until the child has been made.</summary>
    public OwnedFd Keep(OwnedFd fd)
    {
        _kept.Add(fd);
        return fd;
    }

    /// <summary>True where the container gets a new namespace of that kind (CLONE_NEW...).</summary>
    public bool IsNew(long kind) => (NewNamespaces & kind) != 0;

    public void Dispose()
    {
        foreach (OwnedFd fd in _kept)
        {
            fd.Dispose();
        }
    }
}
