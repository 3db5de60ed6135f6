using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config-linux.md#seccomp; words as the spec has them ("SCMP_ACT_ERRNO", "SCMP_ARCH_X86_64")</summary>
public sealed class Seccomp
{
    public string DefaultAction { get; set; } = "";
    public uint? DefaultErrnoRet { get; set; }
    public List<string> Architectures { get; set; } = [];
    public List<string> Flags { get; set; } = [];
    /// <summary>True where there is a list of flags, be it an empty one: without it SECCOMP_FILTER_FLAG_SPEC_ALLOW is the default.</summary>
    public bool FlagsGiven { get; set; }
    public string? ListenerPath { get; set; }
    public string? ListenerMetadata { get; set; }
    public List<SeccompRule> Syscalls { get; set; } = [];
}

public sealed class SeccompRule
{
    public List<string> Names { get; set; } = [];
    public string Action { get; set; } = "";
    public uint? ErrnoRet { get; set; }
    public List<SeccompArgument> Args { get; set; } = [];
}

/// <summary>Operator as "SCMP_CMP_MASKED_EQ"; ValueTwo is the operand of it.</summary>
public readonly record struct SeccompArgument(uint Index, ulong Value, ulong ValueTwo, string Operator);
