using System;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Profiles made at random, of all actions and operators; the same call in several rules more often than not.</summary>
internal static class RandomProfile
{
    // The last one cannot be a default.
    private static readonly string[] s_actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
        "SCMP_ACT_NOTIFY",
    ];

    private static readonly string[] s_operators =
    [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ];

    // The library of Debian 12 knows the calls to Linux 5.17; the names here are a mix of old, new, missing on some, and multiplexed ones.
    private static readonly string[] s_names =
    [
        "read", "write", "open", "close", "stat", "mmap", "mmap2", "clone", "clone3", "personality", "socket", "socketpair", "accept", "send",
        "recvmsg", "sendmmsg", "semop", "shmget", "shmat", "semtimedop", "msgctl", "socketcall", "ipc", "ioctl", "prctl", "arch_prctl", "openat2",
        "close_range", "faccessat2", "landlock_create_ruleset", "memfd_secret", "futex_waitv", "clock_gettime64", "_llseek", "fcntl64", "getuid32",
        "cacheflush", "set_tls", "arm_fadvise64_64", "execve", "execveat", "preadv2", "io_submit", "waitid", "rt_sigaction", "newfstatat", "restart_syscall", "bind", "recvmmsg", "msgrcv", "shmctl",
        "no_such_call",
    ];

    internal static Runtime.Spec.Seccomp Make(Random random, SeccompMachine machine)
    {
        string[] architectures = machine == SeccompMachine.X64 ? OracleTests.X64Architectures : OracleTests.Arm64Architectures;
        Runtime.Spec.Seccomp profile = new() { DefaultAction = s_actions[random.Next(s_actions.Length - 1)] };
        profile.DefaultErrnoRet = ErrnoFor(profile.DefaultAction, random);
        foreach (string architecture in architectures)
        {
            if (machine == SeccompMachine.Arm64 || random.Next(3) != 0)
            {
                profile.Architectures.Add(architecture);
            }
        }

        int rules = random.Next(1, 30);
        for (int index = 0; index < rules; index++)
        {
            SeccompRule rule = new() { Action = s_actions[random.Next(s_actions.Length)] };
            rule.ErrnoRet = ErrnoFor(rule.Action, random);
            for (int name = random.Next(1, 5); name > 0; name--)
            {
                string call = s_names[random.Next(s_names.Length)];
                if (rule.Action != "SCMP_ACT_NOTIFY" || call != "write")
                {
                    rule.Names.Add(call);
                }
            }

            AddArguments(random, rule);
            profile.Syscalls.Add(rule);
        }

        return profile;
    }

    private static uint? ErrnoFor(string action, Random random)
        => action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" && random.Next(2) == 0 ? (uint)random.Next(4095) : null;

    private static void AddArguments(Random random, SeccompRule rule)
    {
        for (int count = Math.Max(0, random.Next(-2, 4)); count > 0; count--)
        {
            ulong mask = Oracle.Values[random.Next(Oracle.Values.Length)];
            rule.Args.Add(new SeccompArgument((uint)random.Next(6), mask, Oracle.Values[random.Next(Oracle.Values.Length)], s_operators[random.Next(s_operators.Length)]));
        }
    }
}
