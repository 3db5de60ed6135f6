using System;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What the container's process gets from its caller, and what not.</summary>
public sealed class InheritanceTests
{
    // The directory that ls reads is the last.
    [Theory]
    [InlineData("", "", "0 1 2 3")]
    [InlineData("exec 3</dev/null 4</dev/null 7</dev/null 9</dev/null;", "", "0 1 2 3")]
    [InlineData("exec 3</dev/null 4</dev/null 7</dev/null;", "--preserve-fds 1", "0 1 2 3 4")]
    [InlineData("exec 3</dev/null 4</dev/null 7</dev/null;", "--preserve-fds 2", "0 1 2 3 4 5")]
    [InlineData("exec 3</dev/null 4</dev/null 5</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec", "", "0 1 2 3 4")]
    [InlineData("exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec", "--preserve-fds 1", "0 1 2 3 4 5")]
    [InlineData("exec 3</dev/null; export LISTEN_FDS=1;", "", "0 1 2 3")]
    [InlineData("exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=1;", "", "0 1 2 3")]
    public void Only_the_descriptors_that_were_asked_for_come_in(string before, string flags, string expected)
    {
        using var bundle = new Bundle().WithProcess("""{"args":["/bin/ls","/proc/self/fd"]}""").Write();
        Outcome outcome = Shell(bundle, before, $"run {flags}");
        Assert.Equal((0, expected), (outcome.ExitCode, outcome.Output.Trim().Replace('\n', ' ')));
    }

    [Fact]
    public void A_preserved_descriptor_is_the_callers()
    {
        using var bundle = new Bundle("cat <&3; echo said >&4").Write();
        Outcome outcome = Shell(bundle, $"echo given >'{bundle.Directory}/in'; exec 3<'{bundle.Directory}/in' 4>'{bundle.Directory}/out';", "run --preserve-fds 2", $"; cat '{bundle.Directory}/out'");
        Assert.Equal((0, "given\nsaid\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void A_descriptor_to_be_preserved_that_is_not_open_is_an_error()
    {
        using var bundle = new Bundle("true").Write();
        Outcome outcome = Shell(bundle, "", "run --preserve-fds 40");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("fd", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Socket_activation_reaches_the_process()
    {
        using var bundle = new Bundle("env | grep ^LISTEN | sort; cat <&3").Write();
        Outcome outcome = Shell(bundle, $"echo given >'{bundle.Directory}/in'; exec 3<'{bundle.Directory}/in'; export LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=$$; exec", "run");
        Assert.Equal((0, "LISTEN_FDNAMES=web\nLISTEN_FDS=1\nLISTEN_PID=1\ngiven\n"), (outcome.ExitCode, outcome.Output));
    }

    [Theory]
    [InlineData("")]
    [InlineData("env --ignore-signal=PIPE --ignore-signal=USR1 --ignore-signal=RTMIN+3")]
    [InlineData("env --block-signal=TERM --block-signal=USR2")]
    public void No_signal_is_blocked_or_ignored_or_pending(string before)
    {
        using var bundle = new Bundle().WithProcess("""{"args":["/bin/grep","^Sig\\(Pnd\\|Blk\\|Ign\\|Cgt\\)","/proc/self/status"]}""").Write();
        Assert.Equal("SigPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", Shell(bundle, before, "run").Output);
    }

    [Fact]
    public void The_callers_environment_and_umask_and_directory_stay_outside()
    {
        using var bundle = new Bundle("env | grep SECRET; umask; pwd").Write();
        Assert.Equal("0022\n/\n", Shell(bundle, "export SECRET=1; umask 0077; cd /tmp;", "run").Output);
    }

    [Fact]
    public void The_process_begins_a_session_and_is_the_first_of_its_pid_namespace()
    {
        using var bundle = new Bundle("cut -d' ' -f1,4,5,6 /proc/1/stat");
        Assert.Equal("1 0 1 1", bundle.Says());
    }

    [Theory]
    [InlineData("create")]
    [InlineData("exec")]
    public void No_descriptor_of_the_runtime_is_open_in(string verb)
    {
        using var bundle = new Bundle().WithProcess("""{"args":["/bin/ls","/proc/self/fd"]}""");
        if (verb == "create")
        {
            Assert.Equal(0, bundle.Create().ExitCode);
            Assert.Equal(0, bundle.Start().ExitCode);
            Assert.True(bundle.WaitForStatus("stopped"));
            Assert.Equal("0\n1\n2\n3\n", bundle.CreatedOutput);
            return;
        }

        bundle.Command("sleep 100").Started();
        Assert.Equal("0\n1\n2\n3\n", bundle.Exec("ls", "/proc/self/fd").Output);
    }

    [Fact]
    public void Standard_streams_belong_to_the_user()
    {
        using var bundle = new Bundle("stat -L -c '%u' /proc/self/fd/0 /proc/self/fd/1; echo x >/dev/stdout").WithProcess("""{"user":{"uid":1000,"gid":1000}}""");
        Assert.Equal("1000\n1000\nx", bundle.Says());
    }

    [Fact]
    public void Closed_standard_streams_are_no_failure()
    {
        using var bundle = new Bundle("exit 3").Write();
        Assert.Equal(3, Shell(bundle, "", "run", "<&- >&- 2>&-").ExitCode);
    }

    private static Outcome Shell(Bundle bundle, string before, string command, string after = "") =>
        RideauProgram.Shell($"{before} '{RideauProgram.Path}' --root '{bundle.Root}' {command} --bundle '{bundle.Directory}' {bundle.Name} {after}");
}
