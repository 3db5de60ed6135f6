using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>BPF programs that decide about devices for a directory of cgroup v2.</summary>
/// <remarks>man: bpf(2) · kernel 4.15+, replacing 5.6+ · runs in: caller</remarks>
public static unsafe class CgroupPrograms
{
    /// <summary>Gives a program of type BPF_PROG_TYPE_CGROUP_DEVICE to the kernel, which checks it.</summary>
    /// <param name="instructions">struct bpf_insn, eight bytes each.</param>
    /// <param name="program">The program.</param>
    /// <returns>0, or the positive errno: EPERM without CAP_BPF, EINVAL or EACCES for a program the kernel does not take.</returns>
    public static int TryLoad(ReadOnlySpan<ulong> instructions, out OwnedFd? program)
    {
        ReadOnlySpan<byte> license = "MIT\0"u8;
        fixed (ulong* first = instructions)
        fixed (byte* words = license)
        {
            var attributes = new bpf_attr_prog_load
            {
                prog_type = Bpf.BPF_PROG_TYPE_CGROUP_DEVICE,
                insn_cnt = (uint)instructions.Length,
                insns = (ulong)first,
                license = (ulong)words,
            };
            nint result = Call(Bpf.BPF_PROG_LOAD, &attributes, sizeof(bpf_attr_prog_load));
            program = result >= 0 ? new OwnedFd((int)result) : null;
            return result >= 0 ? 0 : (int)-result;
        }
    }

    /// <summary>Attaches a program beside those that are there, or in the place of one of them without a gap.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryAttach(OwnedFd cgroup, OwnedFd program, OwnedFd? replaced = null)
    {
        var attributes = new bpf_attr_attach
        {
            target_fd = (uint)cgroup.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = Bpf.BPF_CGROUP_DEVICE,
            attach_flags = Bpf.BPF_F_ALLOW_MULTI | (replaced is null ? 0 : Bpf.BPF_F_REPLACE),
            replace_bpf_fd = replaced is null ? 0 : (uint)replaced.Number,
        };
        return (int)-Call(Bpf.BPF_PROG_ATTACH, &attributes, sizeof(bpf_attr_attach));
    }

    /// <summary>Detaches a program.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryDetach(OwnedFd cgroup, OwnedFd program)
    {
        var attributes = new bpf_attr_attach
        {
            target_fd = (uint)cgroup.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = Bpf.BPF_CGROUP_DEVICE,
        };
        return (int)-Call(Bpf.BPF_PROG_DETACH, &attributes, sizeof(bpf_attr_attach));
    }

    /// <summary>The ids of the programs attached to the directory itself.</summary>
    /// <returns>0, or the positive errno: ENOSPC for more than the buffer holds.</returns>
    public static int TryQuery(OwnedFd cgroup, Span<uint> ids, out int count)
    {
        fixed (uint* first = ids)
        {
            var attributes = new bpf_attr_query
            {
                target_fd = (uint)cgroup.Number,
                attach_type = Bpf.BPF_CGROUP_DEVICE,
                prog_ids = (ulong)first,
                prog_cnt = (uint)ids.Length,
            };
            nint result = Call(Bpf.BPF_PROG_QUERY, &attributes, sizeof(bpf_attr_query));
            count = result == 0 ? (int)attributes.prog_cnt : 0;
            return (int)-result;
        }
    }

    /// <summary>Opens a program by its id.</summary>
    /// <returns>0, or the positive errno: ENOENT.</returns>
    public static int TryOpen(uint id, out OwnedFd? program)
    {
        // The id, the next id and the flags: 12 bytes.
        uint* attributes = stackalloc uint[] { id, 0, 0 };
        nint result = Call(Bpf.BPF_PROG_GET_FD_BY_ID, attributes, 12);
        program = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    // SAFETY: the attributes and what they point to belong to the caller's frame, and the kernel keeps none of it.
    private static nint Call(int command, void* attributes, int size)
    {
        nint result;
        int tries = 8;
        do
        {
            // EAGAIN: the check of a program was interrupted by a signal.
            result = RawSyscall.Invoke(SyscallNumber.bpf, command, (nint)attributes, size);
        }
        while ((result == -Errno.EAGAIN || result == -Errno.EINTR) && --tries > 0);
        return result;
    }
}
