using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// Masked paths: runc bound the container's own /dev/null over them, which an attacker had replaced by a link to what it wanted to
/// write (CVE-2025-31133; youki CVE-2025-62161).
/// </summary>
public sealed class MaskTests
{
    private const string Look = "stat -c %t:%T /proc/keys; cat /proc/keys | wc -c; ls -A /sys/firmware | wc -l; grep -c ' /proc/sys ro,' /proc/mounts; grep -c core_pattern /proc/mounts";
    private const string Masked = "1:3\n0\n0\n";

    [Theory]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/etc/passwd")]
    public void A_link_in_the_place_of_the_null_device_is_not_what_masks(string to)
    {
        using Bundle bundle = WithoutDev();
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", "null"), to);
        Outcome outcome = bundle.Run();
        Assert.True(outcome.Output.StartsWith(Masked, StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void Nor_is_it_while_the_null_device_and_a_link_change_places()
    {
        using Bundle bundle = WithoutDev();
        string dev = Path.Combine(bundle.RootFilesystem, "dev");
        RideauProgram.Shell($"mknod -m 666 '{dev}/null' c 1 3");
        File.CreateSymbolicLink(Path.Combine(dev, "link"), "/proc/sys/kernel/core_pattern");
        using var racer = new Racer(dev, "null", "link");
        int seen = 0;
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            Outcome outcome = bundle.Run();
            Assert.True(outcome.ExitCode != 0 || outcome.Output.StartsWith(Masked, StringComparison.Ordinal), outcome.ToString());
            Assert.DoesNotContain("core_pattern", outcome.Output, StringComparison.Ordinal);
            seen += outcome.Output.StartsWith(Masked, StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.True(seen > 0, "no container was made");
    }

    [Theory]
    [InlineData("folder", "link")]
    [InlineData("file", "link")]
    public void What_is_masked_changes_places_with_a_link_and_the_machine_does_not_notice(string kind, string link)
    {
        using var bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(volume);
        Directory.CreateDirectory(Path.Combine(volume, "folder"));
        File.WriteAllText(Path.Combine(volume, "file"), "");
        File.CreateSymbolicLink(Path.Combine(volume, link), $"{victim.ByClimbing}/{kind}");
        bundle.Mount("/volume", "bind", volume, "bind").WithLinux($$"""{"maskedPaths":["/volume/{{kind}}"],"readonlyPaths":["/volume/{{kind}}"]}""");
        using var racer = new Racer(volume, kind, link);
        for (int i = 0; i < Attacker.Rounds(25); i++)
        {
            bundle.Run();
        }

        victim.IsUntouched();
    }

    // What another part of the machine's /proc and /sys was found unmasked in Docker's defaults: CVE-2017-16539, CVE-2018-10892.
    [Theory]
    [InlineData("/proc/acpi")]
    [InlineData("/proc/scsi")]
    [InlineData("/proc/kcore")]
    [InlineData("/proc/keys")]
    [InlineData("/proc/timer_list")]
    [InlineData("/proc/sched_debug")]
    [InlineData("/sys/firmware")]
    public void The_configuration_that_spec_writes_masks(string path)
    {
        using var bundle = new Bundle();
        RideauProgram.Shell($"cd '{bundle.Directory}' && '{RideauProgram.Path}' spec");
        Assert.Contains($"\"{path}\"", File.ReadAllText(Path.Combine(bundle.Directory, "config.json")), StringComparison.Ordinal);
        bundle.WithLinux($$"""{"maskedPaths":["{{path}}"]}""").Command($"if test -d {path}; then ls -A {path} | wc -l; touch {path}/x 2>/dev/null && echo writable; else head -c 1 {path} 2>/dev/null | wc -c; fi; true");
        Assert.Equal("0", bundle.Says());
    }

    private static Bundle WithoutDev()
    {
        Bundle bundle = new Bundle(Look).WithCapabilities("CAP_SYS_ADMIN");
        bundle.Configuration["mounts"]!.AsArray().RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        return bundle;
    }
}
