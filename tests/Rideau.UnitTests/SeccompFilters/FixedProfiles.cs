using System;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Profiles of the shapes that engines and people hand to a runtime.</summary>
internal static class FixedProfiles
{
    private const ulong CloneNamespaces = 0x7e020000;

    internal static string[] Names =>
    [
        "containers-common", "docker", "containerd", "every action", "multiplexed calls of x86", "values above the lower word", "an errno for what is not named", "a condition on every call",
        "engine with a list and conditions", "all but a few calls", "many actions", "nothing but a default", "a few calls alone",
    ];

    internal static Runtime.Spec.Seccomp Make(string name, string goArchitecture, string[] architectures) => name switch
    {
        "containers-common" or "docker" or "containerd" => EngineProfile.Of(name, goArchitecture, architectures),
        "a condition on every call" => OnEveryCall(EngineProfile.Of("docker", goArchitecture, architectures[0])),
        "every action" => Profile("SCMP_ACT_ERRNO", architectures,
            Rule("SCMP_ACT_ALLOW", "read write exit exit_group openat"),
            Rule("SCMP_ACT_KILL", "reboot"),
            Rule("SCMP_ACT_KILL_THREAD", "chroot", new SeccompArgument(0, 1, 0, "SCMP_CMP_GE")),
            Rule("SCMP_ACT_KILL_PROCESS", "mount"),
            Rule("SCMP_ACT_TRAP", "umount2", new SeccompArgument(1, 2, 2, "SCMP_CMP_MASKED_EQ")),
            Rule("SCMP_ACT_TRACE", "execve"),
            Rule("SCMP_ACT_TRACE", 4000, "execveat"),
            Rule("SCMP_ACT_LOG", "keyctl", new SeccompArgument(0, 3, 0, "SCMP_CMP_NE")),
            Rule("SCMP_ACT_NOTIFY", "mkdirat mknodat"),
            Rule("SCMP_ACT_NOTIFY", "unlinkat", new SeccompArgument(2, 0x200, 0x200, "SCMP_CMP_MASKED_EQ")),
            Rule("SCMP_ACT_ERRNO", 38, "clone3"),
            Rule("SCMP_ACT_ERRNO", 0, "sync")),
        "multiplexed calls of x86" => Profile("SCMP_ACT_ERRNO", architectures,
            Rule("SCMP_ACT_ALLOW", "bind listen accept4 getsockopt recv send sendmmsg semget semctl msgrcv shmat shmctl"),
            Rule("SCMP_ACT_ALLOW", "socket", new SeccompArgument(0, 1, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_LOG", "socketpair", new SeccompArgument(1, 0xf, 2, "SCMP_CMP_MASKED_EQ")),
            Rule("SCMP_ACT_TRAP", "connect", new SeccompArgument(2, 16, 0, "SCMP_CMP_GT")),
            Rule("SCMP_ACT_KILL_PROCESS", "shmget")),
        "values above the lower word" => Profile("SCMP_ACT_ALLOW", architectures,
            Rule("SCMP_ACT_ERRNO", 22, "ioctl", new SeccompArgument(1, 0x100005412, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ERRNO", 23, "prctl", new SeccompArgument(1, 0xffffffff00000000, 0x100000000, "SCMP_CMP_MASKED_EQ")),
            Rule("SCMP_ACT_ERRNO", 24, "fcntl", new SeccompArgument(2, 0x7fffffffffffffff, 0, "SCMP_CMP_GT")),
            Rule("SCMP_ACT_ERRNO", 25, "lseek", new SeccompArgument(1, 0x8000000000000000, 0, "SCMP_CMP_GE")),
            Rule("SCMP_ACT_ERRNO", 26, "pread64", new SeccompArgument(3, 0x100000000, 0, "SCMP_CMP_NE")),
            Rule("SCMP_ACT_ERRNO", 27, "pwrite64", new SeccompArgument(3, 0x100000001, 0, "SCMP_CMP_LE"), new SeccompArgument(2, 5, 0, "SCMP_CMP_LT"))),
        "an errno for what is not named" => With(Profile("SCMP_ACT_ERRNO", architectures,
            Rule("SCMP_ACT_ALLOW", "read write exit_group"), Rule("SCMP_ACT_ERRNO", 12, "mmap"), Rule("SCMP_ACT_ERRNO", 38, "brk")), 38),
        "engine with a list and conditions" => Profile("SCMP_ACT_ERRNO", architectures,
            Rule("SCMP_ACT_ALLOW", "read write close openat execve exit_group rt_sigaction futex accept bind connect listen recvmsg sendmsg shmget semop faccessat2"),
            Rule("SCMP_ACT_ALLOW", "ptrace process_vm_readv"),
            Rule("SCMP_ACT_ALLOW", "socket", new SeccompArgument(0, 40, 0, "SCMP_CMP_NE")),
            Rule("SCMP_ACT_ALLOW", "personality", new SeccompArgument(0, 0, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ALLOW", "personality", new SeccompArgument(0, 8, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ALLOW", "personality", new SeccompArgument(0, 0x20000, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ALLOW", "personality", new SeccompArgument(0, 0x20008, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ALLOW", "personality", new SeccompArgument(0, 0xffffffff, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ALLOW", "clone", new SeccompArgument(0, CloneNamespaces, 0, "SCMP_CMP_MASKED_EQ")),
            Rule("SCMP_ACT_ERRNO", 38, "clone3")),
        "all but a few calls" => Profile("SCMP_ACT_ALLOW", architectures,
            Rule("SCMP_ACT_ERRNO", "mount umount2 keyctl add_key request_key bpf kexec_load init_module swapon reboot"),
            Rule("SCMP_ACT_KILL_PROCESS", "ptrace"),
            Rule("SCMP_ACT_ERRNO", 97, "socket", new SeccompArgument(0, 16, 0, "SCMP_CMP_EQ"), new SeccompArgument(2, 9, 0, "SCMP_CMP_EQ")),
            Rule("SCMP_ACT_ERRNO", "ioctl", new SeccompArgument(1, 0x5412, 0, "SCMP_CMP_EQ"))),
        "many actions" => Profile("SCMP_ACT_KILL_PROCESS", architectures,
            Rule("SCMP_ACT_ALLOW", "read write exit exit_group"),
            Rule("SCMP_ACT_LOG", "openat"),
            Rule("SCMP_ACT_TRAP", "mkdirat unlinkat"),
            Rule("SCMP_ACT_TRACE", 7, "execve"),
            Rule("SCMP_ACT_NOTIFY", "mknodat"),
            Rule("SCMP_ACT_KILL_THREAD", "chroot"),
            Rule("SCMP_ACT_ERRNO", 0, "sync"),
            Rule("SCMP_ACT_ERRNO", 4094, "setuid"),
            Rule("SCMP_ACT_ALLOW", "lseek", new SeccompArgument(1, 0x100000000, 0, "SCMP_CMP_LT")),
            Rule("SCMP_ACT_ALLOW", "ftruncate", new SeccompArgument(1, 0x1ffffffff, 0, "SCMP_CMP_LE")),
            Rule("SCMP_ACT_ALLOW", "pread64", new SeccompArgument(2, 0x200000000, 0, "SCMP_CMP_GE")),
            Rule("SCMP_ACT_ALLOW", "pwrite64", new SeccompArgument(2, 0x2ffffffff, 0, "SCMP_CMP_GT")),
            Rule("SCMP_ACT_LOG", "mmap", new SeccompArgument(2, 0xff00000004, 0x1200000004, "SCMP_CMP_MASKED_EQ"))),
        "nothing but a default" => Profile("SCMP_ACT_LOG", architectures),
        "a few calls alone" => Profile("SCMP_ACT_KILL", architectures, Rule("SCMP_ACT_ALLOW", "read write sigreturn rt_sigreturn exit")),
        _ => throw new ArgumentException(name),
    };

    /// <summary>So long a filter that no jump of one byte reaches across it.</summary>
    private static Runtime.Spec.Seccomp OnEveryCall(Runtime.Spec.Seccomp profile)
    {
        foreach (SeccompRule rule in profile.Syscalls)
        {
            rule.Args = [new SeccompArgument(0, 0x1234567890, 0, "SCMP_CMP_GT"), new SeccompArgument(3, 0xff00, 0x1200, "SCMP_CMP_MASKED_EQ")];
        }

        return profile;
    }

    private static Runtime.Spec.Seccomp With(Runtime.Spec.Seccomp profile, uint defaultErrno)
    {
        profile.DefaultErrnoRet = defaultErrno;
        return profile;
    }

    private static Runtime.Spec.Seccomp Profile(string defaultAction, string[] architectures, params SeccompRule[] rules)
        => new() { DefaultAction = defaultAction, Architectures = [.. architectures], Syscalls = [.. rules] };

    private static SeccompRule Rule(string action, string names, params SeccompArgument[] arguments) => Rule(action, null, names, arguments);

    private static SeccompRule Rule(string action, uint? errno, string names, params SeccompArgument[] arguments)
        => new() { Action = action, ErrnoRet = errno, Names = [.. names.Split(' ')], Args = [.. arguments] };
}
