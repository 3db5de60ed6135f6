using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.SecurityModules;

/// <summary>process.selinuxLabel and linux.mountLabel, on a kernel that enforces them.</summary>
/// <remarks>What is inside is written to a file: the test's own pipes are closed to the container by the same policy.</remarks>
public sealed class SelinuxTests
{
    private const string ProcessLabel = "system_u:system_r:container_t:s0:c1,c2";
    private const string FileLabel = "system_u:object_r:container_file_t:s0:c1,c2";

    [Fact]
    public void The_policy_denies_what_belongs_to_others_and_the_process_says_its_label()
    {
        using Bundle bundle = Labelled("{ cat /tmp/mine; cat /tmp/secret; cat /tmp/others; cat /proc/self/attr/current; } >/tmp/out 2>&1");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string said = File.ReadAllText(Path.Combine(bundle.RootFilesystem, "tmp", "out")).TrimEnd('\0', '\n');
        Assert.Equal($"mine\ncat: can't open '/tmp/secret': Permission denied\ncat: can't open '/tmp/others': Permission denied\n{ProcessLabel}", said);
        // The kernel's own thread writes it, a moment later.
        string log = RideauProgram.Shell("for i in $(seq 50); do dmesg | grep -q 'name=\"secret\"' && break; sleep 0.2; done; dmesg | grep 'avc: ' | tail -n 50").Output;
        Assert.Matches($"avc:  denied  {{ read }} for .* name=\"secret\" .*scontext={ProcessLabel} tcontext=system_u:object_r:shadow_t:s0 tclass=file permissive=0", log);
    }

    [Fact]
    public void New_file_systems_have_the_mount_label()
    {
        using Bundle bundle = Labelled("{ grep -c 'context=\"system_u:object_r:container_file_t:s0:c1,c2\"' /proc/self/mountinfo; touch /dev/shm/file && echo writable; } >/tmp/out 2>&1");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("3\nwritable\n", File.ReadAllText(Path.Combine(bundle.RootFilesystem, "tmp", "out"))); // /dev, /dev/pts, /dev/shm; an mqueue takes none
    }

    [Fact]
    public void A_process_that_exec_adds_has_the_containers_label_or_another()
    {
        using Bundle bundle = Labelled("sleep 100").Started();
        Assert.Equal(0, bundle.Exec("sh", "-c", "cat /proc/self/attr/current >/tmp/out").ExitCode);
        string file = Path.Combine(bundle.RootFilesystem, "tmp", "out");
        Assert.Equal(ProcessLabel, File.ReadAllText(file).TrimEnd('\0'));
        File.Delete(file);
        const string Other = "system_u:system_r:container_t:s0:c1,c2,c7";
        Assert.Equal(0, bundle.Rideau("exec", "--process-label", Other, bundle.Name, "sh", "-c", "cat /proc/self/attr/current >/tmp/out").ExitCode);
        Assert.Equal(Other, File.ReadAllText(file).TrimEnd('\0'));
    }

    [Fact]
    public void A_label_that_the_policy_does_not_know_is_named_and_nothing_is_left()
    {
        RequireEnforcing();
        using Bundle bundle = new Bundle("true").WithProcess("""{"selinuxLabel": "system_u:system_r:no_such_t:s0"}""");
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("SELinux label \"system_u:system_r:no_such_t:s0\"", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("EINVAL", outcome.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void A_kernel_without_it_refuses_a_label_in_words()
    {
        Assert.SkipWhen(IsThere, "this kernel runs with SELinux");
        using Bundle bundle = new Bundle("true").WithProcess($$"""{"selinuxLabel": "{{ProcessLabel}}"}""");
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("this kernel runs without SELinux", outcome.Error, StringComparison.Ordinal);
    }

    private static bool IsThere => File.Exists("/sys/fs/selinux/enforce");

    private static void RequireEnforcing() =>
        Assert.SkipUnless(IsThere && File.ReadAllText("/sys/fs/selinux/enforce").Trim() == "1", "needs a kernel that enforces SELinux");

    private static Bundle Labelled(string command)
    {
        RequireEnforcing();
        var bundle = new Bundle(command);
        string files = Path.Combine(bundle.RootFilesystem, "tmp");
        foreach (string name in new[] { "mine", "secret", "others" })
        {
            File.WriteAllText(Path.Combine(files, name), name + "\n");
        }

        Outcome labelled = RideauProgram.Shell($"chcon -R {FileLabel} '{bundle.RootFilesystem}' && chcon system_u:object_r:shadow_t:s0 '{files}/secret' && chcon system_u:object_r:container_file_t:s0:c3,c4 '{files}/others'");
        Assert.True(labelled.ExitCode == 0, labelled.ToString());
        return bundle.WithProcess($$"""{"selinuxLabel": "{{ProcessLabel}}"}""").WithLinux($$"""{"mountLabel": "{{FileLabel}}"}""");
    }
}
