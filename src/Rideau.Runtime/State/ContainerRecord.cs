using System;
using System.Collections.Generic;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.State;

/// <summary>The specification's words for where a container is in its life, and "paused" as the field has it.</summary>
public enum ContainerStatus
{
    Creating,
    Created,
    Running,
    Paused,
    Stopped,
}

/// <summary>What state.json of a container holds. Everything that a later command needs is here or in the copy of config.json beside it.</summary>
/// <remarks>
/// The status is not stored but found out (<see cref="ContainerStore"/>): creating while InitPid is 0 or
/// Created is unset, stopped when the process is gone, created while the gate is closed, paused by its cgroup.
/// </remarks>
public sealed class ContainerRecord
{
    public string OciVersion { get; set; } = "1.3.0";
    public string Id { get; set; } = "";
    public string Bundle { get; set; } = "";
    public string Rootfs { get; set; } = "";
    public DateTimeOffset Created { get; set; }

    /// <summary>The uid that made it.</summary>
    public uint Owner { get; set; }

    /// <summary>As the runtime's pid namespace numbers it; 0 before there is one.</summary>
    public int InitPid { get; set; }

    /// <summary>Field 22 of /proc/PID/stat, in clock ticks: with it a reused pid is told apart.</summary>
    public ulong InitStartTime { get; set; }

    /// <summary>False until create has done everything: a record with false is of a create that runs, or was killed.</summary>
    public bool Complete { get; set; }

    /// <summary>True from the moment that start opened the gate.</summary>
    public bool Started { get; set; }

    /// <summary>"v1", "v2", "hybrid", or "none".</summary>
    public string CgroupDriver { get; set; } = "none";

    /// <summary>The scope that systemd made for it ("rideau-web.scope"); empty without the systemd driver.</summary>
    public string SystemdUnit { get; set; } = "";

    /// <summary>The scope belongs to the manager of the owner.</summary>
    public bool SystemdUser { get; set; }

    /// <summary>The cgroup in each hierarchy: key is the mount point ("/sys/fs/cgroup/memory"), value the path below it ("/web").</summary>
    public Dictionary<string, string> CgroupPaths { get; set; } = [];

    /// <summary>Directories of <see cref="CgroupPaths"/>' values that this container made, and so removes.</summary>
    public bool CgroupsMadeByUs { get; set; }

    /// <summary>Groups of resctrl that were made for this container alone, in the order in which they are removed.</summary>
    public List<string> ResctrlGroups { get; set; } = [];

    /// <summary>The namespaces that were made for it, as CLONE_NEW flags, where its config.json has nothing else that who enters must know (<see cref="Entering.EntryConfiguration"/>); null where it has, or an older version wrote this.</summary>
    public long? OwnNamespacesAlone { get; set; }

    /// <summary>Of the session keyring, which exec joins by its name.</summary>
    public string KeyringName { get; set; } = "";

    public Dictionary<string, string> Annotations { get; set; } = [];

    /// <summary>Hooks that start still has to run: it need not read the configuration.</summary>
    public List<Hook> PoststartHooks { get; set; } = [];

    /// <summary>Hooks that delete still has to run.</summary>
    public List<Hook> PoststopHooks { get; set; } = [];
}
