using Rideau.Kernel.Abi;
using Rideau.Kernel.Btf;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>Programs at the tracepoints that a process passes: they write down which namespaces it has made, is seen in, and leaves.</summary>
/// <remarks>
/// A process that has unshared has a set of namespaces (struct nsproxy) that it shares with nobody: what many share is old, and is
/// passed over without a record. So forks and exits of ordinary processes cost some ten nanoseconds, and no wake-up.
/// </remarks>
internal static class TaskProgram
{
    internal const string Fork = "btf_trace_task_newtask";
    internal const string Exec = "btf_trace_sched_process_exec";
    internal const string Exit = "btf_trace_sched_process_exit";
    internal const string Call = "btf_trace_sys_exit";

    private const int Task = 6;
    private const int Set = 9;
    private const int FlagsAt = -8;
    private const int OccasionAt = -16;
    private const uint FirstOfOthers = 0xf0000000; // PROC_DYNAMIC_FIRST: those that the kernel begins with have lower inodes
    private const int All = (int)(Sched.CLONE_NEWUSER | Sched.CLONE_NEWNS | Sched.CLONE_NEWUTS | Sched.CLONE_NEWIPC | Sched.CLONE_NEWPID | Sched.CLONE_NEWNET | Sched.CLONE_NEWCGROUP | Sched.CLONE_NEWTIME);

    private static readonly (string Structure, string Member)[] s_members =
    [
        ("mnt_namespace", "mnt_ns"), ("uts_namespace", "uts_ns"), ("ipc_namespace", "ipc_ns"), ("pid_namespace", "pid_ns_for_children"),
        ("net", "net_ns"), ("cgroup_namespace", "cgroup_ns"), ("time_namespace", "time_ns_for_children"),
    ];

    /// <summary>The program of a tracepoint.</summary>
    internal static ulong[] Write(KernelTypes types, RingBuffer ring, string point)
    {
        var program = new RecordProgram(types, ring);
        ProgramWriter code = program.Code;
        switch (point)
        {
            case Fork:
                // The new process, and the flags. A set that only it and its parent share may be one that the parent has just made.
                code.Load64(Task, 1, 0);
                code.Load64(2, 1, 8);
                code.Store64(RecordProgram.Stack, FlagsAt, 2);
                Begin(types, code, shared: 2, NamespaceRecord.Seen);
                break;
            case Call:
                BeginCall(types, code);
                break;
            default:
                code.Load64(Task, 1, 0);
                code.StoreValue64(RecordProgram.Stack, FlagsAt, 0);
                Begin(types, code, shared: 1, point == Exit ? NamespaceRecord.Released : NamespaceRecord.Seen);
                break;
        }

        foreach ((long flag, string structure, string owner) in RecordProgram.Types)
        {
            WriteOne(types, program, flag, structure, owner, always: flag == Sched.CLONE_NEWUSER && point is Exec or Exit ? point == Exit ? NamespaceRecord.Released : NamespaceRecord.Seen : 0);
        }

        code.Label("end");
        code.Exit();
        return code.Finish();
    }

    // The set of namespaces, and what a namespace of it means where no flag says that it is new.
    private static void Begin(KernelTypes types, ProgramWriter code, int shared, uint occasion)
    {
        code.Load64(Set, Task, types.Offset("task_struct", "nsproxy"));
        code.JumpIf(Set, 0, "end");
        code.StoreValue64(RecordProgram.Stack, OccasionAt, (int)occasion);
        code.Load32(1, Set, types.Offset("nsproxy", "count"));
        code.JumpIf(1, shared, "begun");
        code.StoreValue64(RecordProgram.Stack, OccasionAt, 0);
        code.Label("begun");
    }

    // unshare(2) that has succeeded, with the flags that it was given.
    private static void BeginCall(KernelTypes types, ProgramWriter code)
    {
        code.Load64(2, 1, 8);
        code.JumpIfNot(2, 0, "end");
        code.Load64(3, 1, 0);
        code.Load64(2, 3, types.Offset("pt_regs", NumberRegister));
        code.JumpIfNot(2, SyscallNumber.unshare, "end");
        code.Load64(2, 3, types.Offset("pt_regs", FlagsRegister));
        code.JumpIfAny(2, All, "unshared");
        code.Jump("end");
        code.Label("unshared");
        code.Store64(RecordProgram.Stack, FlagsAt, 2);
        code.StoreValue64(RecordProgram.Stack, OccasionAt, 0);
        code.Call(Bpf.BPF_FUNC_get_current_task_btf);
        code.Copy(Task, 0);
        code.Load64(Set, Task, types.Offset("task_struct", "nsproxy"));
        code.JumpIf(Set, 0, "end");
    }

    private static void WriteOne(KernelTypes types, RecordProgram program, long flag, string structure, string owner, uint always)
    {
        ProgramWriter code = program.Code;
        string next = $"behind {structure}";
        int common = types.Offset(structure, "ns");
        if (common < 0 || !Lead(types, code, structure, next))
        {
            return; // this kernel has no such type
        }

        // Register 1: the occasion, which is kept on the stack where it is not that of all.
        code.Load32(2, RecordProgram.Namespace, common + types.Offset("ns_common", "inum"));
        code.JumpIfBelow32(2, FirstOfOthers, next);
        code.Load64(2, RecordProgram.Stack, FlagsAt);
        code.JumpIfAny(2, (int)flag, $"new {structure}");
        code.Load64(1, RecordProgram.Stack, OccasionAt);
        code.JumpIfNot(1, 0, $"write {structure}");
        if (always == 0)
        {
            code.Jump(next);
        }
        else
        {
            code.Set(1, (int)always);
            code.Jump($"write {structure}");
        }

        code.Label($"new {structure}");
        code.Set(1, (int)NamespaceRecord.Born);
        code.Label($"write {structure}");
        code.Store64(RecordProgram.Stack, OccasionAt - 8, 1);
        program.Reserve(structure, next);
        code.Load64(1, RecordProgram.Stack, OccasionAt - 8);
        code.Store32(RecordProgram.Record, NamespaceRecord.EventAt, 1);
        program.WriteHead();
        program.WriteIdentity(common);
        int member = types.Offset(structure, owner);
        if (member >= 0)
        {
            code.Load64(1, RecordProgram.Namespace, member);
            program.WriteOwner($"submit {structure}");
        }

        code.Label($"submit {structure}");
        program.Submit();
        code.Label(next);
    }

    // From the process to its namespace of that type.
    private static bool Lead(KernelTypes types, ProgramWriter code, string structure, string next)
    {
        if (structure == "user_namespace")
        {
            code.Load64(1, Task, types.Offset("task_struct", "cred"));
            code.JumpIf(1, 0, next);
            code.Load64(RecordProgram.Namespace, 1, types.Offset("cred", "user_ns"));
        }
        else
        {
            int member = -1;
            foreach ((string one, string name) in s_members)
            {
                member = one == structure ? types.Offset("nsproxy", name) : member;
            }

            if (member < 0)
            {
                return false;
            }

            code.Load64(RecordProgram.Namespace, Set, member);
        }

        code.JumpIf(RecordProgram.Namespace, 0, next);
        return true;
    }

#if ARM64
    private const string NumberRegister = "syscallno";
    private const string FlagsRegister = "orig_x0";
#else
    private const string NumberRegister = "orig_ax";
    private const string FlagsRegister = "di";
#endif
}
