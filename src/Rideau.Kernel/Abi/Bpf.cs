using System.Runtime.InteropServices;

namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/bpf.h, linux/bpf_common.h · man: bpf(2), bpf-helpers(7).</summary>
public static class Bpf
{
    public const int BPF_PROG_LOAD = 5;
    public const int BPF_PROG_ATTACH = 8;
    public const int BPF_PROG_DETACH = 9;
    public const int BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_PROG_QUERY = 16;

    public const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    public const uint BPF_CGROUP_DEVICE = 6;
    public const uint BPF_F_ALLOW_MULTI = 2;
    public const uint BPF_F_REPLACE = 4;

    public const byte BPF_LDX_MEM_W = 0x61;
    public const byte BPF_MOV32_REG = 0xbc;
    public const byte BPF_MOV64_IMM = 0xb7;
    public const byte BPF_ALU32_AND_IMM = 0x54;
    public const byte BPF_ALU32_RSH_IMM = 0x74;
    public const byte BPF_JMP32_JNE_IMM = 0x56;
    public const byte BPF_JMP32_JSET_IMM = 0x46;
    public const byte BPF_JA = 0x05;
    public const byte BPF_EXIT = 0x95;

    public const int BPF_DEVCG_ACC_MKNOD = 1;
    public const int BPF_DEVCG_ACC_READ = 2;
    public const int BPF_DEVCG_ACC_WRITE = 4;
    public const int BPF_DEVCG_DEV_BLOCK = 1;
    public const int BPF_DEVCG_DEV_CHAR = 2;
}

/// <summary>union bpf_attr as BPF_PROG_LOAD has it, up to what is used; the kernel takes the rest as zero.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_prog_load
{
    public uint prog_type;
    public uint insn_cnt;
    public ulong insns;
    public ulong license;
    public uint log_level;
    public uint log_size;
    public ulong log_buf;
    public uint kern_version;
    public uint prog_flags;
}

/// <summary>union bpf_attr as BPF_PROG_ATTACH and BPF_PROG_DETACH have it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_attach
{
    public uint target_fd;
    public uint attach_bpf_fd;
    public uint attach_type;
    public uint attach_flags;
    public uint replace_bpf_fd;
    public uint relative_fd;
}

/// <summary>union bpf_attr as BPF_PROG_QUERY has it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_query
{
    public uint target_fd;
    public uint attach_type;
    public uint query_flags;
    public uint attach_flags;
    public ulong prog_ids;
    public uint prog_cnt;
    public uint padding;
}
