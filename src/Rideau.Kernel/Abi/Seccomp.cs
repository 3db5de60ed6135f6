namespace Rideau.Kernel.Abi;

/// <summary>linux/seccomp.h, linux/audit.h: operations, flags and return values of seccomp(2).</summary>
public static class Seccomp
{
    public const uint SECCOMP_SET_MODE_FILTER = 1;
    public const uint SECCOMP_GET_ACTION_AVAIL = 2;
    public const uint SECCOMP_GET_NOTIF_SIZES = 3;

    public const uint SECCOMP_FILTER_FLAG_TSYNC = 1 << 0;
    public const uint SECCOMP_FILTER_FLAG_LOG = 1 << 1;
    public const uint SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2;
    public const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;
    public const uint SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 1 << 4;
    public const uint SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;

    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public const uint SECCOMP_RET_KILL_THREAD = 0x00000000;
    public const uint SECCOMP_RET_TRAP = 0x00030000;
    public const uint SECCOMP_RET_ERRNO = 0x00050000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    public const uint SECCOMP_RET_TRACE = 0x7ff00000;
    public const uint SECCOMP_RET_LOG = 0x7ffc0000;
    public const uint SECCOMP_RET_ALLOW = 0x7fff0000;

    /// <summary>The lower half of a return value: the errno, or what a tracer is told.</summary>
    public const uint SECCOMP_RET_DATA = 0x0000ffff;

    public const uint AUDIT_ARCH_X86_64 = 0xc000003e;
    public const uint AUDIT_ARCH_I386 = 0x40000003;
    public const uint AUDIT_ARCH_AARCH64 = 0xc00000b7;
    public const uint AUDIT_ARCH_ARM = 0x40000028;

    /// <summary>Set in the number of a call by the x32 ABI, which the kernel reports as AUDIT_ARCH_X86_64.</summary>
    public const uint X32_SYSCALL_BIT = 0x40000000;
}

/// <summary>Operations of classic BPF, linux/bpf_common.h, whole opcodes: those that a seccomp filter is made of.</summary>
public static class ClassicBpf
{
    /// <summary>BPF_LD | BPF_W | BPF_ABS: load the word at offset k of seccomp_data.</summary>
    public const ushort LD_W_ABS = 0x20;
    /// <summary>BPF_ALU | BPF_AND | BPF_K.</summary>
    public const ushort ALU_AND_K = 0x54;
    /// <summary>BPF_JMP | BPF_JA: jump over k instructions.</summary>
    public const ushort JMP_JA = 0x05;
    public const ushort JMP_JEQ_K = 0x15;
    public const ushort JMP_JGT_K = 0x25;
    public const ushort JMP_JGE_K = 0x35;
    public const ushort JMP_JSET_K = 0x45;
    public const ushort RET_K = 0x06;

    /// <summary>The longest program that the kernel takes.</summary>
    public const int BPF_MAXINSNS = 4096;
}

/// <summary>struct sock_filter, linux/filter.h: one instruction of classic BPF.</summary>
public struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

/// <summary>struct seccomp_data, linux/seccomp.h: what a filter sees of a system call.</summary>
public struct seccomp_data
{
    public int nr;
    public uint arch;
    public ulong instruction_pointer;
    public ulong arg0;
    public ulong arg1;
    public ulong arg2;
    public ulong arg3;
    public ulong arg4;
    public ulong arg5;

    /// <summary>Offset of nr.</summary>
    public const uint NrOffset = 0;
    /// <summary>Offset of arch.</summary>
    public const uint ArchOffset = 4;
    /// <summary>Offset of the first argument; each takes eight bytes, the lower word first on the architectures that we run on.</summary>
    public const uint ArgsOffset = 16;
}

/// <summary>struct seccomp_notif, linux/seccomp.h: a call that waits for the listener's answer.</summary>
public struct seccomp_notif
{
    public ulong id;
    public uint pid;
    public uint flags;
    public seccomp_data data;
}

/// <summary>struct seccomp_notif_resp, linux/seccomp.h: the listener's answer.</summary>
public struct seccomp_notif_resp
{
    public ulong id;
    public long val;
    public int error;
    public uint flags;
}

/// <summary>struct seccomp_notif_sizes, linux/seccomp.h.</summary>
public struct seccomp_notif_sizes
{
    public ushort seccomp_notif;
    public ushort seccomp_notif_resp;
    public ushort seccomp_data;
}
