using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// Files are copied while a container exchanges a directory or a file for a link out: CVE-2018-15664, CVE-2026-41568, CVE-2026-42306 and
/// moby#52948 (docker cp), CVE-2019-10152 and CVE-2019-18466 (podman cp), CVE-2026-79705 (buildah's copier).
/// </summary>
public sealed class FileRaceTests
{
    [Theory]
    [InlineData("cp-in")]
    [InlineData("cp-out")]
    [InlineData("cp-out-tree")]
    [InlineData("cat")]
    [InlineData("tar-in")]
    [InlineData("tar-out")]
    public void A_directory_that_changes_places_with_a_link_leads_to_a_place_inside(string verb)
    {
        using var bundle = new Bundle("exec sleep 100");
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "folder", "folder"));
        File.WriteAllText(Path.Combine(volume, "folder", "file"), "the container's");
        File.CreateSymbolicLink(Path.Combine(volume, "link"), victim.ByClimbing);
        File.WriteAllText(Path.Combine(bundle.Directory, "file"), "evil");
        bundle.Mount("/volume", "bind", volume, "bind").Started();
        string rideau = $"'{RideauProgram.Path}' --root '{bundle.Root}'";
        string script = verb switch
        {
            "cp-in" => $"{rideau} cp '{bundle.Directory}/file' {bundle.Name}:/volume/folder/file",
            "cp-out" => $"{rideau} cp {bundle.Name}:/volume/folder/file out; cat out",
            "cp-out-tree" => $"{rideau} cp {bundle.Name}:/volume out; find out -type f -exec cat {{}} +",
            "cat" => $"{rideau} cat {bundle.Name}:/volume/folder/file",
            "tar-in" => $"tar -c file | {rideau} tar -x {bundle.Name}:/volume/folder",
            _ => $"{rideau} tar {bundle.Name}:/volume | tar -x -O",
        };
        using var racer = new Racer(volume, "folder", "link");
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            Outcome outcome = RideauProgram.Shell($"cd '{bundle.Directory}' && mkdir w && cd w && cp ../file . && {script}; cd .. && rm -rf w");
            Assert.DoesNotContain("the machine's own", outcome.Output, System.StringComparison.Ordinal);
        }

        victim.IsUntouched();
    }

    // The other way round: the machine's side is a volume that a container shares, and exchanges what is being made there.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nor_does_the_destination_on_the_machine_lead_out_of_itself(bool file)
    {
        using var bundle = new Bundle("mkdir -p /tmp/tree/folder; echo evil > /tmp/tree/folder/file; echo evil > /tmp/tree/file; touch /ready; exec sleep 100").Started();
        var victim = new Victim(bundle);
        string volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "tree", "folder"));
        File.WriteAllText(Path.Combine(volume, "tree", "file"), "");
        File.CreateSymbolicLink(Path.Combine(volume, "tree", "link"), file ? victim.Path + "/file" : victim.Path);
        using var racer = new Racer(Path.Combine(volume, "tree"), file ? "file" : "folder", "link");
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            bundle.Rideau("cp", $"{bundle.Name}:/tmp/tree", volume);
        }

        victim.IsUntouched();
    }

    // Mounts that come and go below the path, made by a container that may mount in its own namespace.
    [Fact]
    public void Mounts_that_change_meanwhile_lead_to_a_place_inside()
    {
        using var bundle = new Bundle("mkdir -p /w/in; touch /ready; while true; do mount -t proc proc /w/in; umount /w/in; mount --bind /etc /w/in; umount /w/in; done")
            .WithCapabilities("CAP_SYS_ADMIN").WithLinux("""{"maskedPaths":null,"readonlyPaths":null}""").Started();
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        File.WriteAllText(Path.Combine(bundle.Directory, "core_pattern"), "|/tmp/evil");
        for (int i = 0; i < Attacker.Rounds(40); i++)
        {
            bundle.Rideau("cp", Path.Combine(bundle.Directory, "core_pattern"), $"{bundle.Name}:/w/in/sys/kernel/core_pattern");
            bundle.Rideau("cp", Path.Combine(bundle.Directory, "core_pattern"), $"{bundle.Name}:/w/in/passwd");
            bundle.Rideau("cp", $"{bundle.Name}:/w", $"{bundle.Directory}/out{i}");
        }

        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
        Assert.False(Directory.Exists(Path.Combine(bundle.Directory, "out0", "in", "sys")));
        Assert.NotEqual("|/tmp/evil", File.ReadAllText("/etc/passwd")[..10]);
    }
}
