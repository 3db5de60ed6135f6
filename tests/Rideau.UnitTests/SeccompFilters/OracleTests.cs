using System;
using System.Collections.Generic;
using Rideau.Runtime;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Our filters do what libseccomp's do under runc, call by call. Skipped where the library is missing (Debian: libseccomp2).</summary>
public sealed class OracleTests
{
    private const int RandomProfiles = 400;

    private static readonly string[] s_x64 = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];
    private static readonly string[] s_arm64 = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

    private static readonly List<(uint Architecture, SystemCallColumn Column)> s_columns =
    [
        (Libseccomp.ArchX86_64, SystemCallColumn.X86_64), (Libseccomp.ArchX86, SystemCallColumn.X86), (Libseccomp.ArchX32, SystemCallColumn.X32),
        (Libseccomp.ArchAArch64, SystemCallColumn.AArch64), (Libseccomp.ArchArm, SystemCallColumn.Arm),
    ];

    private static readonly string[] s_actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
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
        "cacheflush", "set_tls", "arm_fadvise64_64", "execve", "execveat", "preadv2", "io_submit", "waitid", "rt_sigaction", "newfstatat", "restart_syscall",
    ];

    [Fact]
    public void The_engines_default_profile_is_that_of_libseccomp_on_x86_64()
    {
        SkipWithoutLibrary();
        Runtime.Spec.Seccomp profile = KnownToLibrary(EngineProfile.For("amd64", s_x64));
        Hold(profile, SeccompMachine.X64, new Random(1));
    }

    [Fact]
    public void The_engines_default_profile_is_that_of_libseccomp_on_aarch64()
    {
        SkipWithoutLibrary();
        Runtime.Spec.Seccomp profile = KnownToLibrary(EngineProfile.For("arm64", s_arm64));
        Hold(profile, SeccompMachine.Arm64, new Random(2));
    }

    [Fact]
    public void The_table_has_the_numbers_of_libseccomp()
    {
        SkipWithoutLibrary();
        foreach (string name in EngineProfile.For("amd64").Syscalls[1].Names)
        {
            foreach ((uint architecture, SystemCallColumn column) in s_columns)
            {
                // What the library does not know at all is newer than it; the multiplexed calls of x86 have numbers of its own.
                int row = SystemCallTable.RowOf(name);
                if (Libseccomp.NumberOf(architecture, name) is { } expected && !(column == SystemCallColumn.X86 && MultiplexedCall.TryFind(name, out _, out _)))
                {
                    int actual = row < 0 ? -1 : SystemCallTable.NumberOf(row, column);
                    Assert.True(Math.Max(-1, expected) == actual, $"{name} of {column}: {expected} there, {actual} here");
                }
            }
        }
    }

    [Fact]
    public void Random_profiles_are_those_of_libseccomp()
    {
        SkipWithoutLibrary();
        int held = 0;
        for (int seed = 0; seed < RandomProfiles; seed++)
        {
            Random random = new(seed);
            SeccompMachine machine = seed % 4 == 3 ? SeccompMachine.Arm64 : SeccompMachine.X64;
            held += Hold(RandomProfile(random, machine), machine, random) ? 1 : 0;
        }

        // The others contradict themselves, and both compilers say so.
        Assert.True(held > RandomProfiles / 2, $"only {held} of {RandomProfiles} profiles could be compared");
    }

    private static bool Hold(Runtime.Spec.Seccomp profile, SeccompMachine machine, Random random)
    {
        byte[]? reference = Libseccomp.Compile(profile, machine == SeccompMachine.Arm64);
        SeccompFilter filter;
        try
        {
            filter = SeccompCompiler.Compile(profile, machine);
        }
        catch (ContainerException) when (reference is null)
        {
            return false;
        }

        if (reference is null)
        {
            return false;
        }

        Oracle oracle = new(profile, machine, filter, reference);
        oracle.Compare(random);
        return true;
    }

    private static Runtime.Spec.Seccomp RandomProfile(Random random, SeccompMachine machine)
    {
        string[] architectures = machine == SeccompMachine.X64 ? s_x64 : s_arm64;
        Runtime.Spec.Seccomp profile = new() { DefaultAction = s_actions[random.Next(s_actions.Length)] };
        profile.DefaultErrnoRet = random.Next(2) == 0 ? null : (uint)random.Next(4095);
        foreach (string architecture in architectures)
        {
            if (machine == SeccompMachine.Arm64 || random.Next(3) != 0)
            {
                profile.Architectures.Add(architecture);
            }
        }

        int rules = random.Next(1, 40);
        for (int index = 0; index < rules; index++)
        {
            SeccompRule rule = new() { Action = s_actions[random.Next(s_actions.Length)], ErrnoRet = random.Next(2) == 0 ? null : (uint)random.Next(4095) };
            for (int name = random.Next(1, 5); name > 0; name--)
            {
                rule.Names.Add(s_names[random.Next(s_names.Length)]);
            }

            AddArguments(random, rule);
            profile.Syscalls.Add(rule);
        }

        return profile;
    }

    private static void AddArguments(Random random, SeccompRule rule)
    {
        for (int count = Math.Max(0, random.Next(-2, 4)); count > 0; count--)
        {
            ulong mask = Oracle.Values[random.Next(Oracle.Values.Length)];
            rule.Args.Add(new SeccompArgument((uint)random.Next(6), mask, Oracle.Values[random.Next(Oracle.Values.Length)], s_operators[random.Next(s_operators.Length)]));
        }
    }

    /// <summary>Whether the library has the number that we have, which it has not for what is newer than it.</summary>
    private static bool IsSame(string name, uint architecture, SystemCallColumn column)
    {
        int row = SystemCallTable.RowOf(name);
        int number = row < 0 ? -1 : SystemCallTable.NumberOf(row, column);
        return (column == SystemCallColumn.X86 && MultiplexedCall.TryFind(name, out _, out _))
            || Math.Max(-1, Libseccomp.NumberOf(architecture, name) ?? -1) == number;
    }

    /// <summary>Without the names that are newer than the library.</summary>
    private static Runtime.Spec.Seccomp KnownToLibrary(Runtime.Spec.Seccomp profile)
    {
        foreach (SeccompRule rule in profile.Syscalls)
        {
            List<string> names = rule.Names.FindAll(name => s_columns.TrueForAll(column => IsSame(name, column.Architecture, column.Column)));
            rule.Names.Clear();
            rule.Names.AddRange(names);
        }

        return profile;
    }

    private static void SkipWithoutLibrary() => Assert.SkipUnless(Libseccomp.IsHere, "libseccomp.so.2 is not installed");
}
