using System.Linq;
using CsCheck;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>Any profile is compiled to a filter that the kernel would take the form of, or refused with its place.</summary>
public sealed class SeccompFuzzTests
{
    private static readonly string[] s_names = ["read", "write", "clone", "clone3", "socketcall", "personality", "ipc", "execve", "mknod", "no_such_call", "", "restart_syscall", "prctl", "ioctl"];
    private static readonly string[] s_actions = ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_TRACE", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_", ""];
    private static readonly string[] s_operators = ["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_XX"];
    private static readonly string[] s_architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_S390X", "SCMP_ARCH_NONE"];
    private static readonly string[] s_flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_"];

    private static readonly Gen<SeccompArgument> s_arguments = Gen.Select(Gen.UInt[0, 7], Gen.ULong, Gen.ULong, Gen.Int[0, 20])
        .Select((index, value, two, word) => new SeccompArgument(index, value, two, s_operators[word % 3 == 0 ? word % s_operators.Length : word % 7]));

    private static readonly Gen<SeccompRule> s_rules = Gen.Select(Gen.Int[0, s_names.Length - 1].List[0, 4], Gen.Int[0, 40], Gen.UInt[0, 70_000], s_arguments.List[0, 4])
        .Select((names, action, errno, arguments) => new SeccompRule
        {
            Names = [.. names.Select(name => s_names[name])],
            Action = s_actions[action < s_actions.Length ? action : action % 8],
            ErrnoRet = errno % 3 == 0 ? errno : null,
            Args = arguments,
        });

    private static readonly Gen<Seccomp> s_profiles = Gen.Select(Gen.Int[0, 30], Gen.Int[0, 20].List[0, 3], Gen.Int[0, 12].List[0, 2], s_rules.List[0, 12])
        .Select((action, architectures, flags, rules) => new Seccomp
        {
            DefaultAction = s_actions[action < s_actions.Length ? action : action % 8],
            Architectures = [.. architectures.Select(index => s_architectures[index < s_architectures.Length ? index : index % 5])],
            Flags = [.. flags.Select(index => s_flags[index < s_flags.Length ? index : index % 4])],
            Syscalls = rules,
        });

    [Fact]
    public void Any_profile_is_compiled_or_refused() =>
        s_profiles.Sample(
            static profile => Fuzz.Attempt(() =>
            {
                SeccompFilter filter = SeccompCompiler.Compile(profile);
                Assert.InRange(filter.InstructionCount, 1, 4096);
                Assert.Equal(filter.InstructionCount * 8, filter.Program.Length);
            }),
            iter: Fuzz.Inputs(),
            threads: 1);
}
