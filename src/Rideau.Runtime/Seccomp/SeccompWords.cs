using System;
using Rideau.Kernel.Abi;
using NativeSeccomp = Rideau.Kernel.Abi.Seccomp;

namespace Rideau.Runtime.Seccomp;

/// <summary>The words of a profile, as the specification and `features` have them, and what they mean. spec: config-linux.md#seccomp</summary>
public static class SeccompWords
{
    public static ReadOnlySpan<string> Actions => new[]
    {
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
        "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    };

    public static ReadOnlySpan<string> Operators => new[]
    {
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    };

    public static ReadOnlySpan<string> Flags => new[]
    {
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    };

    /// <summary>All are accepted; a filter has code for those that the machine can run, as no call comes from another one.</summary>
    public static ReadOnlySpan<string> Architectures => new[]
    {
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",
        "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
        "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
    };

    /// <summary>The filter's return value. An errno is EPERM where the profile has none.</summary>
    internal static bool TryAction(string word, uint? errno, out uint action)
    {
        uint data = (errno ?? Errno.EPERM) & NativeSeccomp.SECCOMP_RET_DATA;
        switch (word)
        {
            case "SCMP_ACT_ALLOW": action = NativeSeccomp.SECCOMP_RET_ALLOW; return true;
            case "SCMP_ACT_ERRNO": action = NativeSeccomp.SECCOMP_RET_ERRNO | data; return true;
            case "SCMP_ACT_TRACE": action = NativeSeccomp.SECCOMP_RET_TRACE | data; return true;
            case "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD": action = NativeSeccomp.SECCOMP_RET_KILL_THREAD; return true;
            case "SCMP_ACT_KILL_PROCESS": action = NativeSeccomp.SECCOMP_RET_KILL_PROCESS; return true;
            case "SCMP_ACT_LOG": action = NativeSeccomp.SECCOMP_RET_LOG; return true;
            case "SCMP_ACT_NOTIFY": action = NativeSeccomp.SECCOMP_RET_USER_NOTIF; return true;
            case "SCMP_ACT_TRAP": action = NativeSeccomp.SECCOMP_RET_TRAP; return true;
            default: action = 0; return false;
        }
    }

    /// <summary>The data of the return value means something: spec: config-linux.md#seccomp, errnoRet.</summary>
    internal static bool HasErrno(uint action)
        => (action & ~NativeSeccomp.SECCOMP_RET_DATA) is NativeSeccomp.SECCOMP_RET_ERRNO or NativeSeccomp.SECCOMP_RET_TRACE;

    internal static bool TryOperator(string word, out Comparison comparison)
    {
        switch (word)
        {
            case "SCMP_CMP_EQ": comparison = Comparison.Equal; return true;
            case "SCMP_CMP_NE": comparison = Comparison.NotEqual; return true;
            case "SCMP_CMP_LT": comparison = Comparison.Less; return true;
            case "SCMP_CMP_LE": comparison = Comparison.LessOrEqual; return true;
            case "SCMP_CMP_GT": comparison = Comparison.Greater; return true;
            case "SCMP_CMP_GE": comparison = Comparison.GreaterOrEqual; return true;
            case "SCMP_CMP_MASKED_EQ": comparison = Comparison.MaskedEqual; return true;
            default: comparison = default; return false;
        }
    }

    /// <summary>TSYNC is known and means nothing: the filter is set by a process of one thread.</summary>
    internal static bool TryFlag(string word, out uint flag)
    {
        switch (word)
        {
            case "SECCOMP_FILTER_FLAG_TSYNC": flag = 0; return true;
            case "SECCOMP_FILTER_FLAG_LOG": flag = NativeSeccomp.SECCOMP_FILTER_FLAG_LOG; return true;
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": flag = NativeSeccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW; return true;
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": flag = NativeSeccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; return true;
            default: flag = 0; return false;
        }
    }

    /// <summary>True for an architecture that has a table; the others are known by name only.</summary>
    internal static bool TryColumn(string word, out SystemCallColumn column)
    {
        switch (word)
        {
            case "SCMP_ARCH_X86_64": column = SystemCallColumn.X86_64; return true;
            case "SCMP_ARCH_X86": column = SystemCallColumn.X86; return true;
            case "SCMP_ARCH_X32": column = SystemCallColumn.X32; return true;
            case "SCMP_ARCH_AARCH64": column = SystemCallColumn.AArch64; return true;
            case "SCMP_ARCH_ARM": column = SystemCallColumn.Arm; return true;
            default: column = default; return false;
        }
    }
}
