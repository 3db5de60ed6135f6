using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// Destinations of mounts behind links: what is made and mounted stays inside. CVE-2015-3629, CVE-2015-1335 (LXC), CVE-2019-18837
/// (crun), CVE-2021-30465 and CVE-2024-45310 (races in volumes), CVE-2024-1753, CVE-2024-9407.
/// </summary>
public sealed class RootLinkTests
{
    [Theory]
    [InlineData("dir", "/link/made", "bind")]
    [InlineData("dir", "/link/folder", "bind")]
    [InlineData("dir", "/link", "tmpfs")]
    [InlineData("dir", "/link/a/b/c", "tmpfs")]
    [InlineData("file", "/link", "file")]
    [InlineData("dir", "/link/file", "file")]
    [InlineData("dir", "/link/made", "file")]
    [InlineData("dangling", "/link", "bind")]
    [InlineData("dangling", "/link", "file")]
    public void A_link_out_of_the_image_leads_to_a_place_inside(string kind, string destination, string type)
    {
        foreach (bool absolute in new[] { true, false })
        {
            using var bundle = new Bundle("true");
            var victim = new Victim(bundle);
            string end = kind switch { "dir" => "", "file" => "/file", _ => "/missing" };
            File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), (absolute ? victim.Path : victim.ByClimbing) + end);
            string source = Path.Combine(bundle.Directory, "source");
            RideauProgram.Shell(type == "file" ? $"touch '{source}'" : $"mkdir '{source}'");
            bundle.Mount(destination, type == "tmpfs" ? "tmpfs" : "bind", source, type == "tmpfs" ? "nosuid" : "bind").Run();
            victim.IsUntouched();
        }
    }

    /// <summary>As /etc/resolv.conf of images with systemd: what is missing is made where the link leads, inside.</summary>
    [Theory]
    [InlineData("/etc/resolv.conf", "../run/resolve/stub.conf", "/etc/resolv.conf", true)]
    [InlineData("/etc/resolv.conf", "/run/resolve/stub.conf", "/etc/resolv.conf", true)]
    [InlineData("/etc/resolv.conf", "../../../../run/stub.conf", "/etc/resolv.conf", true)]
    [InlineData("/link", "../a/c", "/link/folder", false)]
    [InlineData("/link", "/a/b/c", "/link/file", true)]
    [InlineData("/link", "missing", "/link", false)]
    public void A_link_that_leads_to_nothing_yet_is_followed(string link, string to, string destination, bool file)
    {
        using var bundle = new Bundle("grep source-mark /proc/mounts | wc -l; cat $0/mark $0 2>/dev/null");
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "etc"));
        File.CreateSymbolicLink(bundle.RootFilesystem + link, to);
        string source = Path.Combine(bundle.Directory, "source-mark");
        RideauProgram.Shell(file ? $"echo here > '{source}'" : $"mkdir '{source}'; echo here > '{source}/mark'");
        bundle.Process["args"]!.AsArray().Add(destination);
        Outcome outcome = bundle.Mount(destination, "bind", source, "bind").Run();
        Assert.True(outcome.ExitCode == 0 || outcome.Output.Length > 0, outcome.ToString());
        Assert.EndsWith("here\n", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/nothing")]
    [InlineData("/proc/1/attr/exec/x")]
    [InlineData("link")]
    [InlineData("other")]
    public void A_link_that_leads_into_proc_or_in_a_circle_is_an_error(string to)
    {
        using Bundle bundle = new("true");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), to);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "other"), "link");
        Outcome outcome = bundle.Mount("/link", "tmpfs", "tmpfs").Run();
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains("on \"/link\"", StringComparison.Ordinal), outcome.ToString());
    }

    // A link that leads to nothing changes places with one that leads out, while what is missing is made.
    [Theory]
    [InlineData("tmpfs")]
    [InlineData("file")]
    public void A_dangling_link_that_changes_leads_to_a_place_inside(string type)
    {
        using var bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(volume);
        File.CreateSymbolicLink(Path.Combine(volume, "link"), "missing/deep");
        File.CreateSymbolicLink(Path.Combine(volume, "out"), victim.ByClimbing + "/new/deep");
        string source = Path.Combine(bundle.Directory, "source");
        RideauProgram.Shell($"touch '{source}'");
        bundle.Mount("/volume", "bind", volume, "bind").Mount("/volume/link/x", type == "tmpfs" ? "tmpfs" : "bind", source, type == "tmpfs" ? "nosuid" : "bind");
        using var racer = new Racer(volume, "link", "out");
        for (int i = 0; i < Attacker.Rounds(25); i++)
        {
            bundle.Run();
            victim.IsUntouched();
        }
    }

    // Two containers share a volume; the first exchanges a directory for a link while the runtime makes the mounts of the second.
    [Theory]
    [InlineData("tmpfs", "/volume/folder/x")]
    [InlineData("bind", "/volume/folder/x")]
    [InlineData("bind", "/volume/folder")]
    [InlineData("file", "/volume/folder/x")]
    public void A_link_that_changes_places_with_a_directory_leads_to_a_place_inside(string type, string destination)
    {
        using var bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string mark = Path.Combine(victim.Path, "file");
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "folder"));
        File.CreateSymbolicLink(Path.Combine(volume, "link"), victim.ByClimbing);
        string source = Path.Combine(bundle.Directory, "source");
        RideauProgram.Shell(type == "file" ? $"touch '{source}'" : $"mkdir '{source}'");
        bundle.Command($"test -e '{mark}' && echo escaped; test -e '/volume/folder/file' && echo escaped; true")
            .Mount("/volume", "bind", volume, "bind")
            .Mount(destination, type == "tmpfs" ? "tmpfs" : "bind", source, type == "tmpfs" ? "nosuid" : "bind");
        using var racer = new Racer(volume, "folder", "link");
        for (int i = 0; i < Attacker.Rounds(25); i++)
        {
            Assert.Equal("", bundle.Run().Output);
        }

        victim.IsUntouched();
    }

    // The advisory's whole attack: the second mount's target is raced to be "/", so that the root of the machine is bound in by the third.
    [Fact]
    public void A_volume_cannot_be_raced_into_the_root_of_the_machine()
    {
        using var bundle = new Bundle("true");
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "mounted", "proc"));
        File.CreateSymbolicLink(Path.Combine(volume, "link"), "../../../../../../../..");
        bundle.Command($"for i in /volume/mounted /volume/mounted/proc/1/root /two /two/mounted; do test -e \"$i{victim.Path}/file\" && echo escaped; done; true")
            .Mount("/volume", "bind", volume, "bind")
            .Mount("/volume/mounted", "bind", volume, "bind")
            .Mount("/two", "bind", volume, "rbind");
        using var racer = new Racer(volume, "mounted", "link");
        for (int i = 0; i < Attacker.Rounds(25); i++)
        {
            Assert.Equal("", bundle.Run().Output);
        }

        victim.IsUntouched();
    }
}
