using System.Runtime.InteropServices;

namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/bpf.h, linux/bpf_common.h · man: bpf(2), bpf-helpers(7).</summary>
public static class Bpf
{
    public const int BPF_MAP_CREATE = 0;
    public const int BPF_PROG_LOAD = 5;
    public const int BPF_PROG_ATTACH = 8;
    public const int BPF_PROG_DETACH = 9;
    public const int BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_PROG_QUERY = 16;
    public const int BPF_RAW_TRACEPOINT_OPEN = 17;

    public const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    public const uint BPF_PROG_TYPE_TRACING = 26;
    public const uint BPF_CGROUP_DEVICE = 6;
    public const uint BPF_TRACE_RAW_TP = 23;
    public const uint BPF_TRACE_FENTRY = 24;
    public const uint BPF_F_ALLOW_MULTI = 2;
    public const uint BPF_F_REPLACE = 4;

    public const uint BPF_MAP_TYPE_ARRAY = 2;
    public const uint BPF_MAP_TYPE_RINGBUF = 27;
    public const uint BPF_F_MMAPABLE = 1024;

    /// <summary>Of a record in a ring buffer: it is being written; it is to be passed over.</summary>
    public const uint BPF_RINGBUF_BUSY_BIT = 1u << 31;
    public const uint BPF_RINGBUF_DISCARD_BIT = 1u << 30;

    /// <summary>The source register of an instruction that takes an address or a call: what the immediate value is.</summary>
    public const int BPF_PSEUDO_MAP_FD = 1;
    public const int BPF_PSEUDO_MAP_VALUE = 2;
    public const int BPF_PSEUDO_KFUNC_CALL = 2;

    public const int BPF_FUNC_get_current_pid_tgid = 14;
    public const int BPF_FUNC_get_current_uid_gid = 15;
    public const int BPF_FUNC_get_current_comm = 16;
    public const int BPF_FUNC_ktime_get_boot_ns = 125;
    public const int BPF_FUNC_ringbuf_reserve = 131;
    public const int BPF_FUNC_ringbuf_submit = 132;
    public const int BPF_FUNC_get_current_task_btf = 158;

    public const byte BPF_LD_IMM_DW = 0x18;
    public const byte BPF_LDX_MEM_DW = 0x79;
    public const byte BPF_STX_MEM_W = 0x63;
    public const byte BPF_STX_MEM_DW = 0x7b;
    public const byte BPF_ST_MEM_W = 0x62;
    public const byte BPF_ST_MEM_DW = 0x7a;
    public const byte BPF_STX_ATOMIC_DW = 0xdb;
    public const byte BPF_MOV64_REG = 0xbf;
    public const byte BPF_ALU64_ADD_IMM = 0x07;
    public const byte BPF_JMP_JNE_IMM = 0x55;
    public const byte BPF_JMP_JEQ_IMM = 0x15;
    public const byte BPF_JMP_JSET_IMM = 0x45;
    public const byte BPF_JMP32_JLT_IMM = 0xa6;
    public const byte BPF_CALL = 0x85;
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

/// <summary>union bpf_attr as BPF_PROG_LOAD has it for programs that are attached to a function of the kernel; 128 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_prog_load_tracing
{
    public bpf_attr_prog_load head;
    public ulong name0;
    public ulong name1;
    public uint prog_ifindex;
    public uint expected_attach_type;
    public uint prog_btf_fd;
    public uint func_info_rec_size;
    public ulong func_info;
    public uint func_info_cnt;
    public uint line_info_rec_size;
    public ulong line_info;
    public uint line_info_cnt;
    public uint attach_btf_id;
    public uint attach_btf_obj_fd;
    public uint core_relo_cnt;
    public ulong fd_array;
}

/// <summary>union bpf_attr as BPF_MAP_CREATE has it, up to what is used.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_map_create
{
    public uint map_type;
    public uint key_size;
    public uint value_size;
    public uint max_entries;
    public uint map_flags;
    public uint inner_map_fd;
}

/// <summary>union bpf_attr as BPF_RAW_TRACEPOINT_OPEN has it, up to what is used.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct bpf_attr_raw_tracepoint
{
    public ulong name;
    public uint prog_fd;
    public uint padding;
}
