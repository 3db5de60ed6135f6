using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>Profiles that are wrong, and those that engines give to all of their containers.</summary>
public sealed class ProfileTests
{
    [Theory]
    [InlineData("""{"defaultAction":"SCMP_ACT_NONE"}""", "linux.seccomp.defaultAction: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":-1}""", "linux.seccomp.defaultErrnoRet")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["x86"]}""", "linux.seccomp.architectures[0]: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG","ODD"]}""", "linux.seccomp.flags[1]: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"ODD"}]}""", "linux.seccomp.syscalls[0].action: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":9,"value":0,"op":"SCMP_CMP_EQ"}]}]}""", "linux.seccomp.syscalls[0].args[0].index: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":0,"op":"EQUAL"}]}]}""", "linux.seccomp.syscalls[0].args[0].op: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":"one","value":0,"op":"SCMP_CMP_EQ"}]}]}""", "linux.seccomp.syscalls[0].args[0].index")]
    [InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}""", "linux.seccomp.listenerPath: ")]
    [InlineData("""{"defaultAction":"SCMP_ACT_NOTIFY","listenerPath":"/run/agent"}""", "linux.seccomp.defaultAction: ")]
    public void What_is_wrong_is_said_with_its_place_and_nothing_is_left(string profile, string place)
    {
        using var bundle = new Bundle("true").WithLinux($$$"""{"seccomp":{{{profile}}}}""");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(place, outcome.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }

    [Fact]
    public void Containerds_default_profile_lets_a_shell_work_and_stops_a_mount()
    {
        using var bundle = new Bundle("echo works; ls / >/dev/null && mount -t tmpfs none /tmp 2>&1; unshare -U true 2>&1; true").WithLinux($$$"""{"seccomp":{{{File.ReadAllText(Path.Combine(SourceTree.Root, "tests/fixtures/seccomp/containerd.json"))}}}}""");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.StartsWith("works\nmount: permission denied", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"SECCOMP_FILTER_FLAG_LOG\"")]
    [InlineData("\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"")]
    [InlineData("\"SECCOMP_FILTER_FLAG_TSYNC\"")]
    [InlineData("\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"")]
    [InlineData("\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_TSYNC\"")]
    public void Every_flag_of_the_specification_is_taken(string flags)
    {
        using var bundle = new Bundle("mkdir /tmp/made 2>/dev/null || echo refused").WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":[{{{flags}}}],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}}""");
        Assert.Equal("refused", bundle.Says());
    }

    [Theory]
    [InlineData("", "SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    [InlineData("\"flags\":[],", "0")]
    [InlineData("\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],", "SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    public void Flags_reach_the_kernel(string flags, string expected)
    {
        using var bundle = new Bundle("true").WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",{{{flags}}}"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}}""").Write();
        Outcome outcome = RideauProgram.Shell($"strace -f -qq -e trace=seccomp -e signal=none -o '{bundle.Directory}/calls' '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}; grep -o 'SECCOMP_SET_MODE_FILTER, [A-Z_|0-9]*, {{len=[1-9]' '{bundle.Directory}/calls' | sort -u");
        Assert.Equal($"SECCOMP_SET_MODE_FILTER, {expected}, {{len=", outcome.Output.TrimEnd('\n')[..^1]);
    }
}
