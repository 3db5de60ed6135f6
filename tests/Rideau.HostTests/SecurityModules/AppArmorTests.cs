using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.SecurityModules;

/// <summary>process.apparmorProfile, on a kernel that enforces it.</summary>
public sealed class AppArmorTests
{
    private const string Readers = "cat /tmp/secret; cat /tmp/open; cat /proc/self/attr/current";

    [Fact]
    public void A_profile_denies_what_it_denies_and_the_process_says_that_it_is_under_it()
    {
        using var profile = new Profile();
        using Bundle bundle = WithFiles(Readers).WithProcess($$"""{"apparmorProfile": "{{profile.Name}}"}""");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.Output == $"open\n{profile.Name} (enforce)\n", outcome.ToString());
        Assert.Contains("can't open '/tmp/secret': Permission denied", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"apparmor=\"DENIED\" operation=\"open\" class=\"file\" profile=\"{profile.Name}\" name=\"/tmp/secret\"", RideauProgram.Shell("dmesg").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_profile_nothing_is_denied()
    {
        using var profile = new Profile();
        using Bundle bundle = WithFiles(Readers);
        Assert.StartsWith("secret\nopen\nunconfined", bundle.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_exec_adds_is_under_the_containers_profile_or_another()
    {
        using var profile = new Profile();
        using var other = new Profile();
        using Bundle bundle = WithFiles("sleep 100").WithProcess($$"""{"apparmorProfile": "{{profile.Name}}"}""").Started();
        Outcome same = bundle.Exec("sh", "-c", Readers);
        Assert.Contains($"{profile.Name} (enforce)", same.Output, StringComparison.Ordinal);
        Assert.Contains("Permission denied", same.Error, StringComparison.Ordinal);
        Outcome changed = bundle.Rideau("exec", "--apparmor", other.Name, bundle.Name, "cat", "/proc/self/attr/current");
        Assert.True(changed.Output == $"{other.Name} (enforce)\n", changed.ToString());
    }

    [Fact]
    public void A_profile_that_is_not_loaded_is_named_and_nothing_is_left()
    {
        Profile.RequireAppArmor();
        using Bundle bundle = new Bundle("true").WithProcess("""{"apparmorProfile": "rideau-no-such-profile"}""");
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("AppArmor profile \"rideau-no-such-profile\"", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("ENOENT", outcome.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void A_kernel_without_it_refuses_a_profile_in_words()
    {
        Assert.SkipWhen(Profile.IsThere, "this kernel runs with AppArmor");
        using Bundle bundle = new Bundle("true").WithProcess("""{"apparmorProfile": "rideau-any"}""");
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("this kernel runs without AppArmor", outcome.Error, StringComparison.Ordinal);
    }

    private static Bundle WithFiles(string command)
    {
        var bundle = new Bundle(command);
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "tmp", "secret"), "secret\n");
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "tmp", "open"), "open\n");
        return bundle;
    }

    /// <summary>A profile that allows all but one file, loaded; unloaded at the end.</summary>
    private sealed class Profile : IDisposable
    {
        public Profile()
        {
            RequireAppArmor();
            Name = $"rideau-test-{Guid.NewGuid():N}"[..24];
            Load("-r");
        }

        public static bool IsThere => File.Exists("/sys/module/apparmor/parameters/enabled");

        public string Name { get; }

        public static void RequireAppArmor() =>
            Assert.SkipUnless(IsThere && File.Exists("/usr/sbin/apparmor_parser"), "needs a kernel with AppArmor, and apparmor_parser");

        public void Dispose() => Load("-R");

        private void Load(string action)
        {
            string text = $"profile {Name} flags=(attach_disconnected,mediate_deleted) {{ file, capability, network, mount, signal, ptrace, unix, audit deny /tmp/secret rwkl, }}";
            Outcome loaded = RideauProgram.Execute("/usr/sbin/apparmor_parser", [action, "--skip-cache"], text.Replace("{ ", "{\n").Replace(", ", ",\n"));
            Assert.True(loaded.ExitCode == 0, loaded.ToString());
        }
    }
}
