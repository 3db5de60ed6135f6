using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// An image whose /dev is a link: runc removed "ptmx" and made links and nodes where it led on the machine (CVE-2026-41579), crun
/// likewise (CVE-2026-47766, CVE-2019-18837).
/// </summary>
public sealed class DevLinkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_in_the_place_of_dev_leads_nowhere_on_the_machine(bool absolute)
    {
        using Bundle bundle = WithoutDev(out Victim victim);
        Directory.Delete(Path.Combine(bundle.RootFilesystem, "dev"));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev"), absolute ? victim.Path : victim.ByClimbing);
        bundle.Run();
        victim.IsUntouched();
        Directory.CreateDirectory(bundle.RootFilesystem + victim.Path);
        Assert.Equal("3:a", bundle.Command($"stat -c %t:%T /dev/urandom | sed 's/1:9/3:a/'; test -L '{victim.Path}/ptmx' || echo missing").Says());
        victim.IsUntouched();
    }

    [Theory]
    [InlineData("pts", "/dev/pts", "devpts", "devpts")]
    [InlineData("shm", "/dev/shm", "tmpfs", "shm")]
    [InlineData("mqueue", "/dev/mqueue", "mqueue", "mqueue")]
    public void Nor_does_a_link_below_it(string name, string destination, string type, string source)
    {
        using Bundle bundle = WithoutDev(out Victim victim).Mount(destination, type, source);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", name), victim.ByClimbing + "/folder");
        bundle.Run();
        victim.IsUntouched();
    }

    [Theory]
    [InlineData("/dev/tool")]
    [InlineData("/dev/folder/tool")]
    [InlineData("/other/tool")]
    public void A_node_is_made_inside_whatever_links_there_are(string path)
    {
        using Bundle bundle = WithoutDev(out Victim victim).WithLinux($$"""{"devices":[{"path":"{{path}}","type":"c","major":1,"minor":3,"uid":1000,"gid":1000,"fileMode":438}]}""");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", "tool"), victim.ByClimbing + "/file");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", "folder"), victim.ByClimbing + "/folder");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "other"), victim.ByClimbing);
        bundle.Run();
        victim.IsUntouched();
    }

    [Fact]
    public void A_directory_that_becomes_a_link_and_back_all_the_time_leads_nowhere_either()
    {
        using Bundle bundle = WithoutDev(out Victim victim);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), victim.ByClimbing);
        using var racer = new Racer(bundle.RootFilesystem, "dev", "link");
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            bundle.Run();
        }

        victim.IsUntouched();
    }

    private static Bundle WithoutDev(out Victim victim)
    {
        var bundle = new Bundle("true");
        bundle.Configuration["mounts"]!.AsArray().RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", System.StringComparison.Ordinal));
        victim = new Victim(bundle);
        return bundle;
    }
}
