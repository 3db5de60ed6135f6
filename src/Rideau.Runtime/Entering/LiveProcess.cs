using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Entering;

/// <summary>What a running process has now, in the specification's words: a child of it would have the same.</summary>
internal static class LiveProcess
{
    private const int IdOverflow = 65534;
    // In the order of their numbers.
    private static readonly string[] s_limits =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>The process that a child of it would be.</summary>
    /// <param name="attributes">What was read.</param>
    /// <param name="configured">The container's own process, for what the kernel does not tell; or null.</param>
    /// <param name="mapsIds">It is in another user namespace than the caller, in which ids have other numbers.</param>
    internal static Process Of(ProcessAttributes attributes, Process? configured, bool mapsIds)
    {
        IdMap? users = mapsIds ? new IdMap($"/proc/{attributes.Pid}/uid_map") : null;
        IdMap? groups = mapsIds ? new IdMap($"/proc/{attributes.Pid}/gid_map") : null;
        var process = new Process
        {
            Cwd = attributes.WorkingDirectory,
            Env = [.. attributes.Environment],
            NoNewPrivileges = attributes.Status.NoNewPrivileges,
            ApparmorProfile = configured?.ApparmorProfile,
            SelinuxLabel = configured?.SelinuxLabel,
            OomScoreAdj = attributes.OomScoreAdjustment,
            User = new User
            {
                Uid = Inside(users, attributes.Status.Uids[1]),
                Gid = Inside(groups, attributes.Status.Gids[1]),
                Umask = attributes.Status.Umask,
            },
            Capabilities = new Capabilities
            {
                Bounding = Names(attributes.Status.Capabilities("CapBnd")),
                Effective = Names(attributes.Status.Capabilities("CapEff")),
                Inheritable = Names(attributes.Status.Capabilities("CapInh")),
                Permitted = Names(attributes.Status.Capabilities("CapPrm")),
                Ambient = Names(attributes.Status.Capabilities("CapAmb")),
            },
            ExecCpuAffinity = new ExecCpuAffinity(null, attributes.Status.Cpus),
            Scheduler = SchedulerOf(attributes),
            IoPriority = IoPriorityOf(attributes.IoPriority),
        };
        foreach (uint group in attributes.Status.Groups)
        {
            process.User.AdditionalGids.Add(Inside(groups, group));
        }

        for (int i = 0; i < s_limits.Length && i < attributes.Limits.Count; i++)
        {
            (ulong soft, ulong hard) = attributes.Limits[i];
            rlimit64 own = ResourceLimits.Get(0, i);
            if (own.rlim_cur != soft || own.rlim_max != hard)
            {
                process.Rlimits.Add(new Rlimit(s_limits[i], soft, hard)); // what is the caller's own already is inherited
            }
        }

        return process;
    }

    private static uint Inside(IdMap? map, uint id) => map is null ? id : map.Inside(id);

    private static List<string> Names(ulong set)
    {
        List<string> names = [];
        for (int capability = 0; capability <= Capability.Last; capability++)
        {
            if ((set & (1UL << capability)) != 0)
            {
                names.Add(Capability.NameOf(capability));
            }
        }

        return names;
    }

    private static Scheduler? SchedulerOf(ProcessAttributes attributes)
    {
        string? policy = attributes.Policy switch
        {
            Sched.SCHED_OTHER => "SCHED_OTHER",
            Sched.SCHED_FIFO => "SCHED_FIFO",
            Sched.SCHED_RR => "SCHED_RR",
            Sched.SCHED_BATCH => "SCHED_BATCH",
            Sched.SCHED_IDLE => "SCHED_IDLE",
            _ => null, // of a deadline a child has nothing (sched(7))
        };
        bool realTime = attributes.Policy is Sched.SCHED_FIFO or Sched.SCHED_RR;
        return policy is null ? null : new Scheduler { Policy = policy, Nice = realTime ? 0 : attributes.Nice, Priority = realTime ? attributes.Priority : 0 };
    }

    private static IoPriority? IoPriorityOf(int value) => (value >> 13) switch
    {
        1 => new IoPriority("IOPRIO_CLASS_RT", value & 7),
        2 => new IoPriority("IOPRIO_CLASS_BE", value & 7),
        3 => new IoPriority("IOPRIO_CLASS_IDLE", value & 7),
        _ => null,
    };

    /// <summary>Ids as the caller sees them, to those inside.</summary>
    private sealed class IdMap
    {
        private readonly List<IdRange> _ranges = [];

        internal IdMap(string path)
        {
            foreach (string line in Files.ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                _ranges.Add(new IdRange(Number(fields[0]), Number(fields[1]), Number(fields[2])));
            }
        }

        internal uint Inside(uint outside)
        {
            foreach (IdRange range in _ranges)
            {
                if (outside >= range.Outside && outside - range.Outside < range.Count)
                {
                    return range.Inside + (outside - range.Outside);
                }
            }

            return IdOverflow;
        }

        private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
    }
}
