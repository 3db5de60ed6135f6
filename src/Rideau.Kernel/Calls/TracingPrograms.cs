using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>BPF programs that run when a function of the kernel is entered, or at a tracepoint, and what they write into.</summary>
/// <remarks>They need CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), and go when their descriptors are closed. man: bpf(2) · kernel 5.8+ · runs in: caller</remarks>
public static unsafe class TracingPrograms
{
    /// <summary>Gives a program to the kernel, which checks it.</summary>
    /// <param name="instructions">struct bpf_insn, eight bytes each.</param>
    /// <param name="attachType">BPF_TRACE_FENTRY; BPF_TRACE_RAW_TP for a tracepoint.</param>
    /// <param name="function">The BTF id of the function, or of the tracepoint's type.</param>
    /// <param name="program">The program.</param>
    /// <param name="explanation">What the kernel's check said, where it refused.</param>
    /// <returns>0, or the positive errno: EPERM; EINVAL, EACCES for a program or a function the kernel does not take.</returns>
    public static int TryLoad(ReadOnlySpan<ulong> instructions, uint attachType, int function, out OwnedFd? program, out string explanation)
    {
        explanation = "";
        int errno = Load(instructions, attachType, function, default, out program);
        if (errno is Errno.EINVAL or Errno.EACCES or Errno.E2BIG or Errno.ENOENT)
        {
            // Once more with the log, which costs time and is not wanted where it succeeds.
            byte[] log = new byte[1 << 16];
            errno = Load(instructions, attachType, function, log, out program);
            int end = Array.IndexOf(log, (byte)0);
            explanation = Encoding.UTF8.GetString(log, 0, Math.Max(end, 0));
        }

        return errno;
    }

    /// <summary>Attaches a program to its function.</summary>
    /// <returns>0, or the positive errno: EBUSY, ENOENT, EOPNOTSUPP where functions cannot be attached to.</returns>
    public static int TryAttach(OwnedFd program, out OwnedFd? link)
    {
        var attributes = new bpf_attr_raw_tracepoint { prog_fd = (uint)program.Number };
        nint result = Call(Bpf.BPF_RAW_TRACEPOINT_OPEN, &attributes, sizeof(bpf_attr_raw_tracepoint));
        link = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Makes a map.</summary>
    /// <returns>0, or the positive errno: EPERM, ENOMEM.</returns>
    public static int TryMakeMap(uint type, uint keyBytes, uint valueBytes, uint entries, uint flags, out OwnedFd? map)
    {
        var attributes = new bpf_attr_map_create { map_type = type, key_size = keyBytes, value_size = valueBytes, max_entries = entries, map_flags = flags };
        nint result = Call(Bpf.BPF_MAP_CREATE, &attributes, sizeof(bpf_attr_map_create));
        map = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    private static int Load(ReadOnlySpan<ulong> instructions, uint attachType, int function, Span<byte> log, out OwnedFd? program)
    {
        // The kernel hands out its structures to programs under the GPL only; these instructions are offered under it too.
        ReadOnlySpan<byte> license = "Dual MIT/GPL\0"u8;
        fixed (ulong* first = instructions)
        fixed (byte* words = license)
        fixed (byte* text = log)
        {
            var attributes = new bpf_attr_prog_load_tracing
            {
                head = new bpf_attr_prog_load
                {
                    prog_type = Bpf.BPF_PROG_TYPE_TRACING,
                    insn_cnt = (uint)instructions.Length,
                    insns = (ulong)first,
                    license = (ulong)words,
                    log_level = log.IsEmpty ? 0u : 1u,
                    log_size = (uint)log.Length,
                    log_buf = (ulong)text,
                },
                expected_attach_type = attachType,
                attach_btf_id = (uint)function,
            };
            nint result = Call(Bpf.BPF_PROG_LOAD, &attributes, sizeof(bpf_attr_prog_load_tracing));
            program = result >= 0 ? new OwnedFd((int)result) : null;
            return result >= 0 ? 0 : (int)-result;
        }
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
