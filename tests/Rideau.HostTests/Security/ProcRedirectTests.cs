using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// A /proc that is none: what the runtime writes there (sysctls, labels) went to a file of the attacker's choice, or nowhere.
/// CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2025-52881; youki CVE-2025-54867, CVE-2025-62596; LXC CVE-2015-1334.
/// </summary>
public sealed class ProcRedirectTests
{
    private const string Sysctl = """{"sysctl":{"net.ipv4.ip_forward":"1"}}""";
    private const string Look = "cat /proc/sys/net/ipv4/ip_forward; grep ' / /proc ' /proc/self/mountinfo | grep -c ' - proc '";

    [Theory]
    [InlineData("proc")]
    [InlineData("sys")]
    public void A_link_in_the_place_of_a_kernel_file_system_is_refused(string name)
    {
        using Bundle bundle = new Bundle(Look).WithLinux(Sysctl);
        string place = Path.Combine(bundle.RootFilesystem, name);
        Directory.Delete(place);
        FakeProc(Path.Combine(bundle.RootFilesystem, "fake"));
        File.CreateSymbolicLink(place, "/fake");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"\"/{name}\"", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(bundle.RootFilesystem, "fake", "sys", "net", "ipv4", "ip_forward")));
    }

    // An image with a volume at /proc, or Kubernetes with one: runc then wrote its AppArmor label to the volume.
    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/")]
    [InlineData("//proc/./")]
    [InlineData("/tmp/../proc")]
    [InlineData("/proc/self")]
    [InlineData("/proc/self/attr")]
    [InlineData("/proc/sys")]
    [InlineData("/alias")]
    [InlineData("/alias/self/attr")]
    [InlineData("/alias/sys/net")]
    public void Nothing_can_be_mounted_over_it(string destination)
    {
        using Bundle bundle = new Bundle(Look).WithLinux(Sysctl);
        string fake = Path.Combine(bundle.Directory, "fake");
        FakeProc(fake);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "alias"), "/proc");
        Outcome outcome = bundle.Mount(destination, "bind", fake, "bind").Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot mount", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(fake, "sys", "net", "ipv4", "ip_forward")));
    }

    [Fact]
    public void A_directory_that_becomes_a_link_to_a_fake_and_back_all_the_time_is_proc_or_an_error()
    {
        using Bundle bundle = new Bundle(Look).WithLinux(Sysctl);
        FakeProc(Path.Combine(bundle.RootFilesystem, "fake"));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), "/fake");
        using var racer = new Racer(bundle.RootFilesystem, "proc", "link");
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            Outcome outcome = bundle.Run();

            // Looked at while the names change places, /proc can be the link again; what was written went to the kernel.
            Assert.True(outcome.ExitCode == 1 || outcome.Output.StartsWith('1') || outcome.Output.StartsWith("untouched", StringComparison.Ordinal), outcome.ToString());
            Assert.Equal("untouched", File.ReadAllText(Path.Combine(bundle.RootFilesystem, "fake", "sys", "net", "ipv4", "ip_forward")));
        }
    }

    // runc's third attack: a mount on a file of the container's /proc makes what is written to it a harmless write, or a harmful one.
    [Fact]
    public void A_sysctl_is_not_written_through_what_is_mounted_in_proc()
    {
        using Bundle bundle = new Bundle("cat /proc/sys/kernel/domainname; cat /proc/sys/net/ipv4/ip_forward").WithLinux("""{"sysctl":{"kernel.domainname":"inside","net.ipv4.ip_forward":"1"}}""");
        string file = Path.Combine(bundle.Directory, "file");
        File.WriteAllText(file, "untouched");
        foreach (string place in new[] { "/proc/uptime", "/proc/sys/kernel/ns_last_pid" })
        {
            bundle.Mount(place, "bind", file, "bind");
        }

        Assert.Equal("inside\n1", bundle.Says());
        Assert.Equal("untouched", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("kernel.core_pattern")]
    [InlineData("kernel.../../../etc/passwd")]
    [InlineData("net/../kernel/core_pattern")]
    [InlineData("net..kernel.core_pattern")]
    [InlineData("vm.overcommit_memory")]
    public void A_sysctl_of_the_machine_is_refused_however_it_is_spelled(string name)
    {
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        Outcome outcome = new Bundle("true").Closing(bundle => bundle.WithLinux($$"""{"sysctl": {"{{name}}": "1"} }""").Run());
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    private static void FakeProc(string path)
    {
        Directory.CreateDirectory(Path.Combine(path, "sys", "net", "ipv4"));
        Directory.CreateDirectory(Path.Combine(path, "self", "attr"));
        File.WriteAllText(Path.Combine(path, "sys", "net", "ipv4", "ip_forward"), "untouched");
    }
}
