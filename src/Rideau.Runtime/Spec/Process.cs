using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config.md#process</summary>
public sealed class Process
{
    public bool Terminal { get; set; }
    public ConsoleSize? ConsoleSize { get; set; }
    public string Cwd { get; set; } = "";
    public List<string> Env { get; set; } = [];
    public List<string> Args { get; set; } = [];
    public User User { get; set; } = new();
    public Capabilities? Capabilities { get; set; }
    public List<Rlimit> Rlimits { get; set; } = [];
    public bool NoNewPrivileges { get; set; }
    public string? ApparmorProfile { get; set; }
    public string? SelinuxLabel { get; set; }
    public int? OomScoreAdj { get; set; }
    public Scheduler? Scheduler { get; set; }
    public IoPriority? IoPriority { get; set; }
    public ExecCpuAffinity? ExecCpuAffinity { get; set; }
}

/// <summary>spec: config.md#process, consoleSize; in characters</summary>
public readonly record struct ConsoleSize(uint Height, uint Width);

/// <summary>spec: config.md#user</summary>
public sealed class User
{
    public uint Uid { get; set; }
    public uint Gid { get; set; }
    public uint? Umask { get; set; }
    public List<uint> AdditionalGids { get; set; } = [];
}

/// <summary>The five sets; names as "CAP_KILL". spec: config.md#linux-process</summary>
public sealed class Capabilities
{
    public List<string> Bounding { get; set; } = [];
    public List<string> Effective { get; set; } = [];
    public List<string> Inheritable { get; set; } = [];
    public List<string> Permitted { get; set; } = [];
    public List<string> Ambient { get; set; } = [];
}

/// <summary>spec: config.md#posix-process; type as "RLIMIT_NOFILE"</summary>
public readonly record struct Rlimit(string Type, ulong Soft, ulong Hard);

/// <summary>spec: config.md#linux-process, scheduler; runtime, deadline and period in nanoseconds</summary>
public sealed class Scheduler
{
    public string Policy { get; set; } = "";
    public int Nice { get; set; }
    public int Priority { get; set; }
    public List<string> Flags { get; set; } = [];
    public ulong Runtime { get; set; }
    public ulong Deadline { get; set; }
    public ulong Period { get; set; }
}

/// <summary>spec: config.md#linux-process, ioPriority; class as "IOPRIO_CLASS_BE"</summary>
public readonly record struct IoPriority(string Class, int Priority);

/// <summary>spec: config.md#linux-process, execCPUAffinity; lists as "0-3,7"</summary>
public readonly record struct ExecCpuAffinity(string? Initial, string? Final);
