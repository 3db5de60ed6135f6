using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>checkpoint and restore that fail: no CRIU, one that misbehaves, images that are none, options that cannot be.</summary>
public sealed class FailureTests
{
    // Speaks of itself as a good version, and then does what the name of its file's directory says.
    private const string FakeProgram = """
        #!/bin/sh
        how=${0%/*}
        how=${how##*/}
        asked=$(dd bs=65536 count=1 <&3 2>/dev/null | od -An -tx1 -N2)
        if [ "$asked" = " 08 0a" ]; then
          [ $how = old ] && printf '\010\012\020\001\122\004\010\003\020\015' >&3 || printf '\010\012\020\001\122\004\010\004\020\001' >&3
          exit 0
        fi
        case $how in
          garbage) printf '\377\377\377\377\377' >&3 ;;
          huge) dd if=/dev/zero bs=90000 count=1 2>/dev/null >&3 ;;
          empty) printf '\020\001' >&3 ;;
          wrong) printf '\010\011\020\001' >&3 ;;
          killed) kill -9 $$ ;;
          silent) sleep 63 ;;
          hangs) echo >"$0.hangs"; exec sleep 100 ;;
          stranger)
            printf '\010\006\020\001\052\020\012\014post-restore\020\001' >&3
            dd bs=65536 count=1 <&3 >/dev/null 2>&1
            printf '\010\002\020\000' >&3 ;;
          liar) printf '\010\002\020\001\042\002\010\001' >&3 ;;
          chatty)
            dd bs=65536 <&3 >/dev/null 2>&1 &
            while printf '\010\006\020\001\052\014\012\010pre-dump\020\000' >&3; do :; done 2>/dev/null ;;
          refuses) printf '\010\001\020\000\070\001' >&3 ;;
        esac
        exit 5
        """;

    [Fact]
    public void Without_iptables_it_works_and_who_asks_for_them_is_told()
    {
        CriuMachine.Require();
        using Bundle bundle = new Bundle("sleep 100").RunQuietly();
        Outcome Checkpoint(string flags) => RideauProgram.Shell($"PATH='{CriuMachine.Directory}:/usr/bin' '{RideauProgram.Path}' --root '{bundle.Root}' checkpoint --image-path '{CriuMachine.Images(bundle)}' {flags} {bundle.Name} </dev/null", limitSeconds: 90);
        Outcome outcome = Checkpoint("--network-lock iptables");
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains("install it, or give --network-lock nftables or skip", StringComparison.Ordinal), outcome.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
        outcome = Checkpoint("");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    [Theory]
    [InlineData("exits", "criu ended before it was done: exit status 5")]
    [InlineData("killed", "criu ended before it was done: killed by signal 9")]
    [InlineData("garbage", "criu says what is no message of its protocol")]
    [InlineData("huge", "criu says what is no message of its protocol")]
    [InlineData("empty", "criu says what is no message of its protocol")]
    [InlineData("wrong", "criu answers FEATURE_CHECK to a request")]
    [InlineData("chatty", "criu notifies without an end")]
    [InlineData("refuses", "criu failed: type DUMP errno 1 (EPERM")]
    [InlineData("old", "is version 3.13, and must be 3.15 or newer")]
    public void A_criu_that_misbehaves_is_an_error_and_the_container_runs_on(string how, string said)
    {
        RideauProgram.SkipForAnother("its words are its own");
        using Bundle bundle = new Bundle("sleep 100").Started();
        Outcome outcome = bundle.RideauWith(Fake(bundle, how), "checkpoint", "--image-path", CriuMachine.Images(bundle), bundle.Name);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains(said, StringComparison.Ordinal), outcome.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Theory]
    [InlineData("exits", "criu ended before it was done: exit status 5")]
    [InlineData("garbage", "criu says what is no message of its protocol")]
    [InlineData("stranger", "criu says that it has made process 1, and that is no child of this command")]
    [InlineData("liar", "criu says that it has made process 1, and that is no child of this command")]
    [InlineData("chatty", "criu notifies without an end")]
    public void A_criu_that_misbehaves_restores_nothing_and_nothing_is_left(string how, string said)
    {
        RideauProgram.SkipForAnother("its words are its own");
        using Bundle bundle = new Bundle("sleep 100").Write();
        Directory.CreateDirectory(CriuMachine.Images(bundle));
        File.WriteAllText(Path.Combine(CriuMachine.Images(bundle), "descriptors.json"), "[]");
        Outcome outcome = bundle.RideauWith(Fake(bundle, how), "restore", "--detach", "--bundle", bundle.Directory, "--image-path", CriuMachine.Images(bundle), bundle.Name);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains(said, StringComparison.Ordinal), outcome.ToString());
        NothingIsLeft(bundle);
    }

    /// <summary>Whoever is tired of waiting ends the command; CRIU gets ten seconds to undo what it was about.</summary>
    [Theory]
    [InlineData("checkpoint", "TERM", "signal 15 came while criu was at work")]
    [InlineData("restore", "HUP", "signal 1 came while criu was at work")]
    public void A_criu_that_hangs_is_ended_by_a_signal(string command, string signal, string said)
    {
        RideauProgram.SkipForAnother("its words are its own");
        bool restores = command == "restore";
        using Bundle bundle = restores ? new Bundle("sleep 100").Write() : new Bundle("sleep 100").Started();
        Directory.CreateDirectory(CriuMachine.Images(bundle));
        if (restores)
        {
            File.WriteAllText(Path.Combine(CriuMachine.Images(bundle), "descriptors.json"), "[]");
        }

        string path = Fake(bundle, "hangs");
        Outcome outcome = RideauProgram.Shell($"""
            PATH='{path}'; '{RideauProgram.Path}' --root '{bundle.Root}' {command} {(restores ? $"--detach --bundle '{bundle.Directory}'" : "")} --image-path '{CriuMachine.Images(bundle)}' {bundle.Name} </dev/null & started=$!
            for i in $(seq 600); do [ -e '{bundle.Directory}/hangs/criu.hangs' ] && break; sleep 0.05; done
            kill -{signal} $started; wait $started
            """, limitSeconds: 60);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains(said, StringComparison.Ordinal), outcome.ToString());
        if (restores)
        {
            NothingIsLeft(bundle);
        }
        else
        {
            Assert.Equal("running", (string?)bundle.State()["status"]);
        }
    }

    [Fact(Explicit = true)] // it takes a minute
    public void A_criu_that_says_nothing_for_a_minute_is_told_of_with_what_to_do()
    {
        RideauProgram.SkipForAnother("its words are its own");
        using Bundle bundle = new Bundle("sleep 1000").Started();
        Outcome outcome = bundle.Quietly($"checkpoint --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}", Fake(bundle, "silent"));
        Assert.True(outcome is { ExitCode: 1, TimedOut: false } && outcome.Error.Contains("criu has said nothing for 60 seconds", StringComparison.Ordinal) && outcome.Error.Contains("CRIU_FAULT=130", StringComparison.Ordinal), outcome.ToString());
        Assert.Contains("criu ended before it was done: exit status 5", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void Without_criu_the_package_is_named()
    {
        Assert.SkipWhen(File.Exists("/usr/sbin/criu") || File.Exists("/usr/local/sbin/criu"), "criu is installed");
        using Bundle bundle = new Bundle("sleep 100").Started();
        Outcome outcome = bundle.RideauWith("/bin", "checkpoint", bundle.Name);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains("criu is not installed", StringComparison.Ordinal) && outcome.Error.Contains("install the package \"criu\"", StringComparison.Ordinal), outcome.ToString());
        Assert.Contains("\"org.opencontainers.runc.checkpoint.enabled\": \"false\"", bundle.RideauWith("/bin", "features").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_criu_features_says_so()
    {
        RideauProgram.SkipForAnother("runc says whether it was built with it");
        using Bundle bundle = new();
        Assert.Contains("\"org.opencontainers.runc.checkpoint.enabled\": \"true\"", bundle.RideauWith(Fake(bundle, "exits"), "features").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_checkpoint_cannot_be_restored_and_nothing_is_left()
    {
        CriuMachine.Require();
        using Bundle bundle = new Bundle("sleep 100").Write();
        Outcome none = bundle.Quietly($"restore --detach --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}");
        Assert.True(none.ExitCode == 1 && none.Error.Contains("cannot open --image-path", StringComparison.Ordinal), none.ToString());
        Directory.CreateDirectory(CriuMachine.Images(bundle));
        Outcome empty = bundle.Quietly($"restore --detach --bundle '{bundle.Directory}' --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}");
        Assert.True(empty.ExitCode == 1 && empty.Error.Contains("holds no checkpoint", StringComparison.Ordinal), empty.ToString());
        NothingIsLeft(bundle);
    }

    [Fact]
    public void A_broken_checkpoint_fails_with_the_reason_and_the_log_and_leaves_nothing()
    {
        CriuMachine.Require();
        using Bundle bundle = new("sleep 1000");
        bundle.RunQuietly();
        bundle.Checkpoint();
        foreach (string image in Directory.GetFiles(CriuMachine.Images(bundle), "core-*.img"))
        {
            File.WriteAllBytes(image, File.ReadAllBytes(image)[..20]);
        }

        Outcome outcome = bundle.RideauWith(CriuMachine.SearchPath, "restore", "--detach", "--bundle", bundle.Directory, "--image-path", CriuMachine.Images(bundle), "--work-path", CriuMachine.Work(bundle), bundle.Name);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"hint: CRIU's log is \"{CriuMachine.Work(bundle)}/restore.log\"", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("criu failed: type RESTORE errno", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Error (criu/", outcome.Error, StringComparison.Ordinal);
        NothingIsLeft(bundle);
    }

    [Theory]
    [InlineData("--parent-path /nowhere", "--parent-path must be relative")]
    [InlineData("--parent-path ../nowhere", "invalid --parent-path")]
    [InlineData("--status-fd 77", "invalid --status-fd argument 77: EBADF")]
    [InlineData("--status-fd x", "invalid value \"x\" for flag --status-fd")]
    [InlineData("--manage-cgroups-mode some", "invalid manage-cgroups-mode value")]
    [InlineData("--page-server somewhere", "use --page-server ADDRESS:PORT")]
    [InlineData("--page-server 127.0.0.1:99999", "invalid port number")]
    [InlineData("--empty-ns pid", "namespace \\\"pid\\\" is not supported")]
    public void Options_that_cannot_be_are_refused_by_name(string option, string said)
    {
        RideauProgram.SkipForAnother("its words are its own");
        using Bundle bundle = new Bundle("sleep 100").Started();
        Outcome outcome = bundle.RideauWith(Fake(bundle, "exits"), ["--log-format", "json", "--log", $"{bundle.Directory}/log", "checkpoint", "--image-path", CriuMachine.Images(bundle), .. option.Split(' '), bundle.Name]);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains(said.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal), outcome.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void Only_what_runs_is_written_and_only_a_free_id_is_restored()
    {
        RideauProgram.SkipForAnother("its words are its own");
        using Bundle bundle = new("sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        string path = Fake(bundle, "exits");
        Outcome created = bundle.RideauWith(path, "checkpoint", bundle.Name);
        Assert.True(created.ExitCode == 1 && created.Error.Contains("container cannot be checkpointed in created state", StringComparison.Ordinal), created.ToString());
        Directory.CreateDirectory(CriuMachine.Images(bundle));
        File.WriteAllText(Path.Combine(CriuMachine.Images(bundle), "descriptors.json"), "[]");
        Outcome taken = bundle.RideauWith(path, "restore", "--detach", "--bundle", bundle.Directory, "--image-path", CriuMachine.Images(bundle), bundle.Name);
        Assert.True(taken.ExitCode == 1 && taken.Error.Contains("container with given ID already exists", StringComparison.Ordinal), taken.ToString());
        Assert.Contains("container does not exist", bundle.RideauWith(path, "checkpoint", "nobody").Error, StringComparison.Ordinal);
    }

    /// <summary>No state, no group, no mount, no process.</summary>
    internal static void NothingIsLeft(Bundle bundle)
    {
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
        Assert.DoesNotContain(bundle.Directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        foreach (string hierarchy in Directory.GetDirectories("/sys/fs/cgroup"))
        {
            Assert.False(Directory.Exists($"{hierarchy}{Cgroups.Groups.PathOf(bundle)}"), hierarchy);
        }

        Assert.False(Directory.Exists($"/sys/fs/cgroup{Cgroups.Groups.PathOf(bundle)}"));
    }

    private static string Fake(Bundle bundle, string how)
    {
        string directory = Directory.CreateDirectory(Path.Combine(bundle.Directory, how)).FullName;
        string file = Path.Combine(directory, "criu");
        File.WriteAllText(file, string.Join('\n', FakeProgram.Split('\n').Select(line => line.TrimEnd('\r'))));
        Assert.Equal(0, RideauProgram.Shell($"chmod 755 '{file}'").ExitCode);
        return $"{directory}:{Environment.GetEnvironmentVariable("PATH")}";
    }
}
