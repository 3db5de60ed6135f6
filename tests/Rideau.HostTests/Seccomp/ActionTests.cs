using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>Each action of a rule, seen to act. spec: config-linux.md#seccomp</summary>
public sealed class ActionTests
{
    private const int KilledBySigsys = 128 + 31;
    private const long Mkdir = 83;

    private static Bundle Make(string rules, string more = "") => new Bundle().WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",{{{more}}}"syscalls":[{{{rules}}}]}}""");

    private static string Rule(string action, string name = "mkdir", string more = "") => $$$"""{"names":["{{{name}}}"],"action":"{{{action}}}"{{{more}}}}""";

    /// <summary>Not even its end is allowed: it is ended by a fault then, and nobody waits for ever.</summary>
    [Fact]
    public void A_profile_that_allows_nothing_ends_the_birth_with_an_error()
    {
        using Bundle bundle = new Bundle("true").WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}}""");
        Outcome outcome = bundle.Run();
        Assert.True(outcome is { ExitCode: 1, TimedOut: false } && outcome.Error.Contains("linux.seccomp", System.StringComparison.Ordinal), outcome.ToString());
    }

    [Theory]
    [InlineData("", -1)]
    [InlineData(",\"errnoRet\":17", -17)]
    [InlineData(",\"errnoRet\":38", -38)]
    [InlineData(",\"errnoRet\":0", 0)]
    [InlineData(",\"errnoRet\":4095", -4095)]
    [InlineData(",\"errnoRet\":5000", -4095)] // The kernel's own limit.
    public void An_errno_is_what_the_call_returns(string errno, long expected)
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_ERRNO", more: errno));
        var program = new SystemCallProgram();
        ulong path = program.Text("/tmp/made");
        program.Print(Mkdir, path, 0x1ed).Print(Mkdir + 1, path).Into(bundle);
        // It was not made: removing it fails with ENOENT.
        Assert.Equal([expected, -2], SystemCallProgram.Results(bundle.Says()));
    }

    [Theory]
    [InlineData(null, -1)]
    [InlineData(61, -61)]
    [InlineData(0, 0)]
    public void What_is_not_named_returns_the_default_errno(int? errno, long expected)
    {
        string value = errno is { } number ? $"\"defaultErrnoRet\":{number}," : "";
        using Bundle bundle = new Bundle().WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO",{{{value}}}"syscalls":[{"names":[{{{Names.ForStart}}},"openat2"],"action":"SCMP_ACT_ALLOW"},{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":22}]}}""");
        var program = new SystemCallProgram();
        program.Print(Mkdir, program.Text("/tmp/made"), 0x1ed).Print(90, program.Text("/tmp"), 0x1ed).Into(bundle);
        Assert.Equal([expected, -22], SystemCallProgram.Results(bundle.Says()));
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL")]
    [InlineData("SCMP_ACT_KILL_THREAD")]
    [InlineData("SCMP_ACT_KILL_PROCESS")]
    [InlineData("SCMP_ACT_TRAP")]
    public void A_process_of_one_thread_is_ended_by_SIGSYS(string action)
    {
        using Bundle bundle = Make(Rule(action));
        var program = new SystemCallProgram();
        program.Say("before\n").Call(Mkdir, program.Text("/tmp/made"), 0x1ed).Say("behind\n").Into(bundle);
        Outcome outcome = bundle.Run();
        Assert.Equal((KilledBySigsys, "before\n"), (outcome.ExitCode, outcome.Output));
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL", 7, "lives\n")]
    [InlineData("SCMP_ACT_KILL_THREAD", 7, "lives\n")]
    [InlineData("SCMP_ACT_KILL_PROCESS", KilledBySigsys, "")]
    public void A_thread_is_killed_alone_or_with_its_process(string action, int status, string output)
    {
        using Bundle bundle = Make(Rule(action));
        var program = new SystemCallProgram();
        ulong path = program.Text("/tmp/made");
        program.InThread(thread => thread.Call(Mkdir, path, 0x1ed).Say("the thread lives\n")).Sleep(0.3).Say("lives\n").Into(bundle, 7);
        Outcome outcome = bundle.Run();
        Assert.Equal((status, output), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void A_trap_tells_the_handler_which_call_it_was()
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_TRAP"));
        var program = new SystemCallProgram();
        program.OnSignal(31, exitWithCall: true).Call(Mkdir, program.Text("/tmp/made"), 0x1ed).Into(bundle);
        Assert.Equal((int)Mkdir, bundle.Run().ExitCode);
    }

    [Fact]
    public void A_logged_call_is_made()
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_LOG"));
        var program = new SystemCallProgram();
        ulong path = program.Text("/tmp/made");
        program.Print(Mkdir, path, 0x1ed).Print(Mkdir + 1, path).Into(bundle);
        Assert.Equal([0, 0], SystemCallProgram.Results(bundle.Says()));
    }

    [Theory]
    [InlineData("\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],", true)]
    [InlineData("\"flags\":[],", false)]
    public void The_kernels_log_has_logged_calls_and_with_the_flag_all_that_are_not_allowed(string flags, bool all)
    {
        Assert.SkipUnless(RideauProgram.Shell("dmesg >/dev/null && grep -qw log /proc/sys/kernel/seccomp/actions_logged && ! pidof auditd").ExitCode == 0, "needs the kernel's log, with audit records in it");
        using Bundle bundle = Make($"{Rule("SCMP_ACT_ERRNO", more: ",\"errnoRet\":77")},{Rule("SCMP_ACT_LOG", "rmdir")}", flags);
        var program = new SystemCallProgram();
        ulong path = program.Text("/tmp/made");
        program.Call(157, 15, program.Text(bundle.Name)).Call(Mkdir, path, 0x1ed).Call(Mkdir + 1, path).Into(bundle); // prctl(PR_SET_NAME)
        string records = "";
        for (int time = 0; time < 8 && !(Has(records, "syscall=84", "7ffc0000") && (!all || Has(records, "syscall=83", "50000"))); time++)
        {
            // The kernel limits the rate of its records.
            Assert.Equal(0, bundle.Run().ExitCode);
            records = RideauProgram.Shell($"sleep 0.5; dmesg | grep 'type=1326.*comm=\"{bundle.Name}\"'").Output;
        }

        Assert.True(Has(records, "syscall=84", "7ffc0000"), records);
        Assert.Equal(all, Has(records, "syscall=83", "50000"));
    }

    private static bool Has(string records, string call, string code)
        => System.Array.Exists(records.Split('\n'), line => line.Contains($" {call} ", System.StringComparison.Ordinal) && line.Contains($"code=0x{code}", System.StringComparison.Ordinal));

    [Fact]
    public void A_traced_call_without_a_tracer_does_not_exist()
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_TRACE", more: ",\"errnoRet\":7"));
        var program = new SystemCallProgram();
        program.Print(Mkdir, program.Text("/tmp/made"), 0x1ed).Into(bundle);
        Assert.Equal([-38], SystemCallProgram.Results(bundle.Says()));
    }

    [Fact]
    public void The_shell_of_a_container_with_a_filter_sees_it()
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_ERRNO")).Command("grep -E '^(Seccomp|NoNewPrivs)' /proc/self/status; mkdir /tmp/made 2>&1");
        Outcome outcome = bundle.Run();
        Assert.Equal("NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\nmkdir: can't create directory '/tmp/made': Operation not permitted\n", outcome.Output);
    }

    [Fact]
    public void A_process_of_exec_has_the_filter_too()
    {
        using Bundle bundle = Make(Rule("SCMP_ACT_ERRNO", more: ",\"errnoRet\":28")).Command("sleep 100").Started();
        Outcome outcome = bundle.Exec("mkdir", "/tmp/made");
        Assert.Equal((1, "mkdir: can't create directory '/tmp/made': No space left on device\n"), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public void A_profile_without_action_and_rules_is_no_filter()
    {
        using var bundle = new Bundle("grep '^Seccomp:' /proc/self/status").WithLinux("""{"seccomp":{"defaultAction":""}}""");
        RideauProgram.SkipForAnother("refuses the empty action");
        Assert.Equal("Seccomp:\t0", bundle.Says());
    }

    [Fact]
    public void A_name_that_no_kernel_has_is_left_out_and_the_rest_holds()
    {
        using Bundle bundle = Make($"{Rule("SCMP_ACT_ERRNO", "no_such_call")},{Rule("SCMP_ACT_ERRNO")}").Command("mkdir /tmp/made 2>/dev/null || echo refused");
        Assert.Equal("refused", bundle.Says());
    }
}
