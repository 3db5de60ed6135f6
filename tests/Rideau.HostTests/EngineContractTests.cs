using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Rideau.HostTests.Reliability;
using Rideau.Kernel.Abi;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What engines rely on beside the specification (docs/engines/contract.md), where no feature's own class shows it.</summary>
public sealed class EngineContractTests
{
    [Theory]
    [InlineData("Aa0_+-.z")]
    [InlineData("...")]
    [InlineData("_")]
    public void An_id_is_made_of_letters_digits_and_four_signs(string id)
    {
        using Bundle bundle = new Bundle("true").Write();
        Outcome outcome = bundle.Rideau("run", "--bundle", bundle.Directory, id);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a@b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    public void What_is_no_id_is_refused_before_anything_is_made(string id)
    {
        using Bundle bundle = new Bundle("true").Write();
        Outcome outcome = bundle.Rideau("run", "--bundle", bundle.Directory, id);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.False(Directory.Exists(bundle.Root));
    }

    // Others may go through it, to the sockets that a container was given, and see no names in it.
    [Fact]
    public void A_containers_directory_can_be_passed_by_others_and_not_read()
    {
        using Bundle bundle = new Bundle("sleep 100").Started();
        Assert.Equal("711\n", RideauProgram.Shell($"stat -c %a '{bundle.Root}/{bundle.Name}'").Output);
    }

    [Fact]
    public async Task Relative_paths_begin_at_the_callers_directory()
    {
        using Bundle bundle = new Bundle("sleep 100").Write();
        string place = Directory.CreateDirectory(Path.Combine(bundle.Directory, "place")).FullName;
        File.WriteAllText(Path.Combine(place, "process.json"), """{"args":["/bin/sh","-c","echo $A; sleep 50"],"env":["A=from the file"],"cwd":"/","user":{"uid":0,"gid":0}}""");
        using var pidfds = new EngineSocket(Path.Combine(bundle.Directory, "pidfd"));
        Task<(string Word, string Facts)> received = Task.Run(pidfds.Receive);
        Outcome outcome = RideauProgram.Shell($"""
            cd '{place}' || exit 9
            rideau="'{RideauProgram.Path}' --root ../state --log log"
            eval "$rideau create --bundle .. --pid-file pid --pidfd-socket ../pidfd {bundle.Name} </dev/null >out 2>&1" || exit 8
            eval "$rideau exec --detach --process process.json --pid-file exec-pid {bundle.Name} </dev/null >exec-out 2>&1" || exit 7
            until test -s exec-out; do sleep 0.05; done
            cat pid; echo; cat exec-out
            """);
        Assert.True(outcome.ExitCode == 0, outcome + RideauProgram.Shell($"cat '{place}'/out '{place}'/exec-out").Output);
        JsonObject state = bundle.State();
        Assert.Equal($"{(int)state["pid"]!}\nfrom the file\n", outcome.Output);
        Assert.Equal((bundle.Directory, bundle.RootFilesystem), ((string)state["bundle"]!, (string)state["rootfs"]!));
        Assert.Equal(["exec-out", "exec-pid", "log", "out", "pid", "process.json"], Directory.GetFileSystemEntries(place).Select(Path.GetFileName).Where(name => name != "log").Append("log").Order());
        Assert.Equal("standard", (await received).Word);
    }

    [Fact]
    public void Init_and_exec_have_the_containers_own_session_keyring()
    {
        using Bundle bundle = new Bundle("cat /proc/keys; sleep 100").WithLinux("""{"maskedPaths":null}""");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        string name = $"_ses.{bundle.Name}.";
        string[] exec = Rings(bundle.Exec("cat", "/proc/keys").Output, name);
        Assert.Single(exec);
        Assert.Equal(exec, Rings(bundle.CreatedOutput, name));
        Assert.Empty(Rings(File.ReadAllText("/proc/keys"), name));
    }

    [Fact]
    public void With_no_new_keyring_the_callers_stays()
    {
        using Bundle bundle = new Bundle("cat /proc/keys").WithLinux("""{"maskedPaths":null}""");
        Assert.DoesNotContain($"_ses.{bundle.Name}", bundle.Says("--no-new-keyring"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_keyrings_is_no_failure()
    {
        using var scene = new Scene("echo done");
        (Outcome outcome, Tracer tracer) = scene.Traced(scene.Words("run"), call => call.Number == SyscallNumber.keyctl ? Fate.Fail(call.Number, Errno.ENOSYS) : Fate.Proceed);
        Assert.Equal(SyscallNumber.keyctl, tracer.Hit?.Number);
        Assert.Equal((0, "done\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void Without_oomScoreAdj_the_process_has_the_callers()
    {
        using Bundle bundle = new Bundle("cat /proc/self/oom_score_adj").Write();
        Outcome outcome = RideauProgram.Shell($"echo 321 >/proc/self/oom_score_adj; exec '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal((0, "321\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void An_ordinary_user_who_lowers_it_is_told_what_is_missing()
    {
        using Bundle bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).WithProcess("""{"oomScoreAdj":-1}""");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot set oom_score_adj to -1", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("CAP_SYS_RESOURCE", outcome.Error, StringComparison.Ordinal);
    }

    // The kernel lets a user namespace mount cgroup2 only with a cgroup namespace of its own.
    [Fact]
    public void In_a_user_namespace_with_the_machines_cgroup_namespace_version_2_is_bound()
    {
        using Bundle bundle = new Bundle("awk '$5 == \"/sys/fs/cgroup\" {print $6}' /proc/self/mountinfo; grep -c ' /sys/fs/cgroup .* - cgroup2 ' /proc/self/mountinfo; mkdir /sys/fs/cgroup/x || echo refused")
            .WithUserNamespace().With(configuration => configuration["linux"]!["resources"] = new JsonObject())
            .Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro").Write();
        Outcome outcome = RideauProgram.Shell($"""
            exec unshare --mount --propagation private sh -e -c "
            umount -R -l /sys/fs/cgroup
            mount -t cgroup2 cgroup2 /sys/fs/cgroup
            exec '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}"
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string[] lines = outcome.Output.Split('\n');
        Assert.StartsWith("ro,nosuid,nodev,noexec", lines[0], StringComparison.Ordinal);
        Assert.Equal(["1", "refused"], lines[1..3]);
    }

    [Theory]
    [InlineData("uts", "kernel.domainname", "linux.sysctl[\\\"kernel.domainname\\\"]")]
    [InlineData(null, "kernel.hostname", "use \\\"hostname\\\"")]
    [InlineData(null, "user.max_user_namespaces", "linux.sysctl[\\\"user.max_user_namespaces\\\"]")]
    public void A_sysctl_without_its_namespace_or_with_a_field_of_its_own_is_named(string? without, string name, string words)
    {
        using var bundle = new Bundle("true");
        bundle.With(configuration => configuration["linux"]!["sysctl"] = new JsonObject { [name] = "1" }).Configuration.Remove("hostname");
        Outcome outcome = (without is null ? bundle : bundle.Without(without)).Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words.Replace("\\\"", "\"", StringComparison.Ordinal), outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_domain_name_can_be_set_by_its_sysctl()
    {
        using Bundle bundle = new Bundle("cat /proc/sys/kernel/domainname").WithLinux("""{"sysctl":{"kernel.domainname":"example.net"}}""");
        Assert.Equal("example.net", bundle.Says());
    }

    private static string[] Rings(string keys, string name) => [.. keys.Split('\n').Where(line => line.Contains(name, StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];
}
