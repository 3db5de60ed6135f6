using Rideau.Kernel.Abi;
using Rideau.Kernel.Btf;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>The parts of a BPF program that write a <see cref="NamespaceRecord"/>. Members of structures are read by the offsets that the kernel itself states (BTF).</summary>
internal sealed class RecordProgram(KernelTypes types, RingBuffer ring)
{
    /// <summary>The structures of all programs.</summary>
    internal static readonly string[] Structures =
    [
        "ns_common", "task_struct", "nsproxy", "cred", "pt_regs",
        "user_namespace", "net", "uts_namespace", "ipc_namespace", "pid_namespace", "mnt_namespace", "cgroup_namespace", "time_namespace",
    ];

    /// <summary>Each type: its structure, and the member of it that leads to the owner.</summary>
    internal static readonly (long Flag, string Structure, string Owner)[] Types =
    [
        (Sched.CLONE_NEWUSER, "user_namespace", "parent"), (Sched.CLONE_NEWNS, "mnt_namespace", "user_ns"), (Sched.CLONE_NEWUTS, "uts_namespace", "user_ns"),
        (Sched.CLONE_NEWIPC, "ipc_namespace", "user_ns"), (Sched.CLONE_NEWPID, "pid_namespace", "user_ns"), (Sched.CLONE_NEWNET, "net", "user_ns"),
        (Sched.CLONE_NEWCGROUP, "cgroup_namespace", "user_ns"), (Sched.CLONE_NEWTIME, "time_namespace", "user_ns"),
    ];

    // Registers that calls leave alone.
    internal const int Namespace = 7;
    internal const int Record = 8;
    internal const int Stack = 10;

    internal ProgramWriter Code { get; } = new();

    internal KernelTypes Kernel { get; } = types;

    /// <summary>What this kernel lacks for any program, or null.</summary>
    internal static string? Missing(KernelTypes types)
    {
        foreach (string member in (string[])["ns_type", "inum", "ns_id"])
        {
            if (types.Offset("ns_common", member) < 0)
            {
                return $"struct ns_common has no {member}";
            }
        }

        return types.Offset("task_struct", "flags") < 0 ? "struct task_struct has no flags" : null;
    }

    /// <summary>Takes room for a record; where there is none, counts that and jumps.</summary>
    /// <param name="place">A word that makes the labels of this place.</param>
    /// <param name="otherwise">The label behind it.</param>
    internal void Reserve(string place, string otherwise)
    {
        Code.Map(1, ring.Map);
        Code.Set(2, NamespaceRecord.Bytes);
        Code.Set(3, 0);
        Code.Call(Bpf.BPF_FUNC_ringbuf_reserve);
        Code.JumpIfNot(0, 0, $"room for {place}");
        Code.MapValue(1, ring.Count);
        Code.Set(2, 1);
        Code.AtomicAdd(1, 2);
        Code.Jump(otherwise);
        Code.Label($"room for {place}");
        Code.Copy(Record, 0);
    }

    /// <summary>Time, process, user, command.</summary>
    internal void WriteHead()
    {
        Code.Call(Bpf.BPF_FUNC_ktime_get_boot_ns);
        Code.Store64(Record, NamespaceRecord.TimeAt, 0);
        Code.Call(Bpf.BPF_FUNC_get_current_pid_tgid);
        Code.Store64(Record, NamespaceRecord.ProcessAt, 0);
        Code.Call(Bpf.BPF_FUNC_get_current_uid_gid);
        Code.Store32(Record, NamespaceRecord.UidAt, 0);
        Code.Copy(1, Record);
        Code.Advance(1, NamespaceRecord.CommandAt);
        Code.Set(2, NamespaceRecord.CommandBytes);
        Code.Call(Bpf.BPF_FUNC_get_current_comm);
        Code.Call(Bpf.BPF_FUNC_get_current_task_btf);
        Code.Load32(1, 0, Kernel.Offset("task_struct", "flags"));
        Code.Store32(Record, NamespaceRecord.TaskFlagsAt, 1);
        Code.StoreValue64(Record, NamespaceRecord.OwnerIdAt, 0);
        Code.StoreValue32(Record, NamespaceRecord.OwnerInodeAt, 0);
    }

    /// <summary>Type, inode, id.</summary>
    /// <param name="common">Where struct ns_common is, behind what the register points to.</param>
    internal void WriteIdentity(int common)
    {
        Code.Load32(2, Namespace, common + Kernel.Offset("ns_common", "ns_type"));
        Code.Store32(Record, NamespaceRecord.TypeAt, 2);
        Code.Load32(2, Namespace, common + Kernel.Offset("ns_common", "inum"));
        Code.Store32(Record, NamespaceRecord.InodeAt, 2);
        Code.Load64(2, Namespace, common + Kernel.Offset("ns_common", "ns_id"));
        Code.Store64(Record, NamespaceRecord.IdAt, 2);
    }

    /// <summary>The owner, which register 1 points to, if it does.</summary>
    internal void WriteOwner(string otherwise)
    {
        Code.JumpIf(1, 0, otherwise);
        Code.Load32(2, 1, Kernel.Offset("user_namespace", "ns", "inum"));
        Code.Store32(Record, NamespaceRecord.OwnerInodeAt, 2);
        Code.Load64(2, 1, Kernel.Offset("user_namespace", "ns", "ns_id"));
        Code.Store64(Record, NamespaceRecord.OwnerIdAt, 2);
    }

    internal void Submit()
    {
        Code.Copy(1, Record);
        Code.Set(2, 0);
        Code.Call(Bpf.BPF_FUNC_ringbuf_submit);
    }
}
