using System;
using System.Text;
using Rideau.Runtime;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>What is wrong in a profile is said with its place; a name that no kernel has is left out.</summary>
public sealed class ProfileErrorTests
{
    [Theory]
    [InlineData("""{"defaultAction":"SCMP_ACT_NONE"}""", "linux.seccomp.defaultAction: unknown action \"SCMP_ACT_NONE\"")]
    [InlineData("""{"defaultAction":"","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}""", "linux.seccomp.defaultAction: unknown action \"\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_NOTIFY"}""", "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":65536}""", "linux.seccomp.defaultErrnoRet: 65536 is more than 65535")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}""", "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW has no errno")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_KILL","errnoRet":0}]}""", "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_KILL has no errno")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","listenerMetadata":"x"}""", "linux.seccomp.listenerMetadata: must not be set without listenerPath")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86","x86"]}""", "linux.seccomp.architectures[1]: unknown architecture \"x86\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG","LOG"]}""", "linux.seccomp.flags[1]: unknown flag \"LOG\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_LOG"},{"names":["write"],"action":"ERRNO"}]}""", "linux.seccomp.syscalls[1].action: unknown action \"ERRNO\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":70000}]}""", "linux.seccomp.syscalls[0].errnoRet: 70000 is more than 65535")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"EQ"}]}]}""", "linux.seccomp.syscalls[0].args[0].op: unknown operator \"EQ\"")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]}""", "linux.seccomp.syscalls[0].args[0].index: a system call has the arguments 0 to 5, not 6")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read",""],"action":"SCMP_ACT_ERRNO"}]}""", "linux.seccomp.syscalls[0].names[1]: the name is empty")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["write"],"action":"SCMP_ACT_NOTIFY"}]}""", "linux.seccomp.syscalls[0]: SCMP_ACT_NOTIFY cannot be used for the write syscall")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]},{"names":["read"],"action":"SCMP_ACT_LOG","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}""", "linux.seccomp.syscalls[1]: action \"SCMP_ACT_LOG\" for \"read\" contradicts an earlier rule with the same conditions")]
    public void An_error_names_its_place_in_the_configuration(string profile, string expected)
    {
        ContainerException failure = Assert.Throws<ContainerException>(() => SeccompCompiler.Compile(Read(profile), SeccompMachine.X64));
        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_left_out_and_told()
    {
        string with = """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["no_such_call","mkdir"],"action":"SCMP_ACT_ERRNO"}]}""";
        SeccompFilter filter = SeccompCompiler.Compile(Read(with), SeccompMachine.X64);
        Assert.Equal(["no_such_call"], filter.UnknownNames);
        Assert.Equal(SeccompCompiler.Compile(Read(with.Replace("\"no_such_call\",", "", StringComparison.Ordinal)), SeccompMachine.X64).Program.ToArray(), filter.Program.ToArray());
    }

    /// <summary>Engines' profiles name calls of all architectures; nobody wants a warning with each container.</summary>
    [Fact]
    public void A_name_of_another_architecture_is_left_out_quietly()
        => Assert.Empty(SeccompCompiler.Compile(Read("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["swapcontext","s390_sthyi","timerfd","read"],"action":"SCMP_ACT_ALLOW"}]}"""), SeccompMachine.X64).UnknownNames);

    [Theory]
    [InlineData("", 4u)]
    [InlineData(",\"flags\":[]", 0u)]
    [InlineData(",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"]", 2u)]
    [InlineData(",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]", 0u)]
    [InlineData(",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]", 40u)]
    public void Flags_are_those_of_the_profile(string rest, uint expected)
        => Assert.Equal(expected, SeccompCompiler.Compile(Read("{\"defaultAction\":\"SCMP_ACT_ALLOW\"" + rest + "}"), SeccompMachine.X64).Flags);

    [Fact]
    public void A_filter_fits_the_kernel()
        => Assert.InRange(SeccompCompiler.Compile(EngineProfile.For("amd64", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"), SeccompMachine.X64).InstructionCount, 100, 1200);

    private static Runtime.Spec.Seccomp Read(string profile)
        => ConfigurationReader.Read(Encoding.UTF8.GetBytes("{\"ociVersion\":\"1.0.0\",\"linux\":{\"seccomp\":" + profile + "}}")).Linux!.Seccomp!;
}
