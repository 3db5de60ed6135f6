using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

// How the process is scheduled, and as what machine it sees the kernel.
internal sealed partial class ProcessPlan
{
    private const uint IoClassShift = 13;

    private void AddScheduling()
    {
        if (process.Scheduler is { } scheduler)
        {
            plan.Begin($"set the scheduler {scheduler.Policy}");
            plan.Call(SyscallNumber.sched_setattr, 0, plan.Data(Attributes(scheduler)), 0);
        }

        if (process.IoPriority is { } priority)
        {
            plan.Begin($"set the I/O priority {priority.Class} {priority.Priority}");
            uint ioClass = priority.Class switch
            {
                "IOPRIO_CLASS_RT" => 1,
                "IOPRIO_CLASS_BE" => 2,
                "IOPRIO_CLASS_IDLE" => 3,
                _ => throw Invalid("process.ioPriority.class", priority.Class),
            };
            plan.Call(SyscallNumber.ioprio_set, Resource.IOPRIO_WHO_PROCESS, 0, (ioClass << (int)IoClassShift) | (uint)priority.Priority);
        }

        AddMemoryPolicy();
        if (Personality is { } personality)
        {
            plan.Begin($"set the personality {personality.Domain}");
            plan.Call(SyscallNumber.personality, personality.Domain switch
            {
                "LINUX" => Resource.PER_LINUX,
                "LINUX32" => Resource.PER_LINUX32,
                _ => throw Invalid("linux.personality.domain", personality.Domain),
            });
        }
    }

    /// <summary>Binds the process to CPUs; "0-3,7". exec: once before and once after it entered the container's cgroup.</summary>
    internal void AddAffinity(string? cpus, string where)
    {
        if (string.IsNullOrEmpty(cpus))
        {
            return;
        }

        plan.Begin($"bind the process to CPUs {cpus}");
        byte[] mask = CpuList.Parse(cpus, where);
        plan.Call(SyscallNumber.sched_setaffinity, 0, mask.Length, plan.Bytes(mask));
    }

    private static sched_attr Attributes(Scheduler scheduler)
    {
        ulong flags = 0;
        foreach (string flag in scheduler.Flags)
        {
            flags |= flag switch
            {
                "SCHED_FLAG_RESET_ON_FORK" => 0x01UL,
                "SCHED_FLAG_RECLAIM" => 0x02UL,
                "SCHED_FLAG_DL_OVERRUN" => 0x04UL,
                "SCHED_FLAG_KEEP_POLICY" => 0x08UL,
                "SCHED_FLAG_KEEP_PARAMS" => 0x10UL,
                "SCHED_FLAG_UTIL_CLAMP_MIN" => 0x20UL,
                "SCHED_FLAG_UTIL_CLAMP_MAX" => 0x40UL,
                _ => throw Invalid("process.scheduler.flags", flag),
            };
        }

        return new sched_attr
        {
            size = 56,
            sched_policy = (uint)Policy(scheduler.Policy),
            sched_flags = flags,
            sched_nice = scheduler.Nice,
            sched_priority = (uint)scheduler.Priority,
            sched_runtime = scheduler.Runtime,
            sched_deadline = scheduler.Deadline,
            sched_period = scheduler.Period,
        };
    }

    private static int Policy(string name) => name switch
    {
        "SCHED_OTHER" => Sched.SCHED_OTHER,
        "SCHED_FIFO" => Sched.SCHED_FIFO,
        "SCHED_RR" => Sched.SCHED_RR,
        "SCHED_BATCH" => Sched.SCHED_BATCH,
        "SCHED_ISO" => Sched.SCHED_ISO,
        "SCHED_IDLE" => Sched.SCHED_IDLE,
        "SCHED_DEADLINE" => Sched.SCHED_DEADLINE,
        _ => throw Invalid("process.scheduler.policy", name),
    };

    private static ContainerException Invalid(string where, string value) =>
        new($"{where}: unknown value \"{value}\"", FailureCode.InvalidArgument);
}
