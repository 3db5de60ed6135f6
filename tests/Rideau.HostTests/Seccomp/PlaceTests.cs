using System;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>Where in a container's birth the filter is set: with no_new_privs at the very end, without it while the privilege is still there.</summary>
public sealed class PlaceTests
{
    /// <summary>Calls that a birth makes behind the first place and before the second.</summary>
    private const string Late = """{"names":["setresuid","setuid","setresgid","setgid","setgroups","capset"],"action":"SCMP_ACT_ERRNO","errnoRet":84}""";

    [Fact]
    public void With_no_new_privs_nothing_of_the_births_end_is_filtered()
    {
        using Bundle bundle = Make(true);
        Assert.Equal("1000\nSeccomp:\t2", bundle.Says());
    }

    [Fact]
    public void Without_no_new_privs_the_end_of_the_birth_passes_through_the_filter()
    {
        using Bundle bundle = Make(false);
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        RideauProgram.SkipForAnother("says it in other words");
        Assert.Contains("errno 84", outcome.Error.Replace("EILSEQ", "errno 84", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_of_the_birth_that_the_filter_refuses_is_said_with_the_filter()
    {
        using var bundle = new Bundle("true").WithProcess("""{"noNewPrivileges":false}""").WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getcwd"],"action":"SCMP_ACT_ERRNO"}]}}""");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        RideauProgram.SkipForAnother("says it in other words");
        Assert.Contains("check_working_directory() failed with EPERM", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("hint: the profile in linux.seccomp is in force at this step", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_no_new_privs_a_filter_holds_and_a_program_may_gain_privilege()
    {
        using var bundle = new Bundle("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; mkdir /tmp/made 2>&1; true").WithProcess("""{"noNewPrivileges":false,"user":{"uid":1000,"gid":1000},"capabilities":null}""")
            .WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}}""");
        Assert.Equal("NoNewPrivs:\t0\nSeccomp:\t2\nmkdir: can't create directory '/tmp/made': No space left on device", bundle.Says());
    }

    [Theory]
    [InlineData("\"statx\"")]
    [InlineData("\"faccessat2\"")]
    [InlineData("\"statx\",\"faccessat2\",\"faccessat\",\"clone3\",\"openat2\",\"close_range\"")]
    public void Without_no_new_privs_a_profile_older_than_the_kernel_lets_a_program_be_found(string names)
    {
        using var bundle = new Bundle().WithProcess("""{"noNewPrivileges":false,"args":["echo","found"],"user":{"uid":1000,"gid":1000}}""")
            .WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[{{{names}}}],"action":"SCMP_ACT_ERRNO"}]}}""");
        Assert.Equal("found", bundle.Says());
    }

    [Fact]
    public void A_filter_that_forbids_the_births_own_calls_is_an_error_and_no_hang()
    {
        using var bundle = new Bundle("true").WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[{"names":["exit"],"action":"SCMP_ACT_ALLOW"}]}}""");
        Outcome outcome = bundle.Run();
        Assert.False(outcome.TimedOut);
        Assert.Equal(1, outcome.ExitCode);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    private static Bundle Make(bool noNewPrivileges) => new Bundle("id -u; grep '^Seccomp:' /proc/self/status")
        .WithProcess($$$"""{"noNewPrivileges":{{{(noNewPrivileges ? "true" : "false")}}},"user":{"uid":1000,"gid":1000}}""")
        .WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{{{Late}}}]}}""");
}
