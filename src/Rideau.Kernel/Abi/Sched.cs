namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/sched.h · man: clone(2), namespaces(7).</summary>
public static class Sched
{
    public const long CLONE_VM = 0x100;
    public const long CLONE_VFORK = 0x4000;
    public const long CLONE_PARENT = 0x8000;
    public const long CLONE_PARENT_SETTID = 0x100000;
    public const long CLONE_PIDFD = 0x1000;
    /// <summary>The mount namespace: it was the first one, and "new namespace" was thought to be name enough.</summary>
    public const long CLONE_NEWNS = 0x20000;
    public const long CLONE_NEWCGROUP = 0x2000000;
    public const long CLONE_NEWUTS = 0x4000000;
    public const long CLONE_NEWIPC = 0x8000000;
    public const long CLONE_NEWUSER = 0x10000000;
    public const long CLONE_NEWPID = 0x20000000;
    public const long CLONE_NEWNET = 0x40000000;
    /// <summary>Only for unshare(2) and setns(2), and for clone3(2).</summary>
    public const long CLONE_NEWTIME = 0x80;
    public const long CLONE_CLEAR_SIGHAND = 0x100000000;
    public const long CLONE_INTO_CGROUP = 0x200000000;

    public const int SCHED_OTHER = 0;
    public const int SCHED_FIFO = 1;
    public const int SCHED_RR = 2;
    public const int SCHED_BATCH = 3;
    public const int SCHED_ISO = 4;
    public const int SCHED_IDLE = 5;
    public const int SCHED_DEADLINE = 6;
}

/// <summary>struct clone_args, linux/sched.h.</summary>
public struct clone_args
{
    public ulong flags;
    public ulong pidfd;
    public ulong child_tid;
    public ulong parent_tid;
    public ulong exit_signal;
    public ulong stack;
    public ulong stack_size;
    public ulong tls;
    public ulong set_tid;
    public ulong set_tid_size;
    public ulong cgroup;
}

/// <summary>struct sched_attr, linux/sched/types.h.</summary>
public struct sched_attr
{
    public uint size;
    public uint sched_policy;
    public ulong sched_flags;
    public int sched_nice;
    public uint sched_priority;
    public ulong sched_runtime;
    public ulong sched_deadline;
    public ulong sched_period;
    public uint sched_util_min;
    public uint sched_util_max;
}
