using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#root, config-linux.md#rootfs-mount-propagation, #masked-paths, #readonly-paths.</summary>
public sealed class RootFilesystemTests
{
    [Fact]
    public void The_root_is_the_bundles_and_nothing_else_is_to_be_seen()
    {
        using var bundle = new Bundle("ls / | tr '\\n' ' '; grep -c ' / / ' /proc/self/mountinfo; awk '{print $5}' /proc/self/mountinfo | sort | tr '\\n' ' '");
        Assert.StartsWith("bin dev etc proc root sys tmp 0\n/ /dev /dev/mqueue /dev/pts /dev/shm /proc ", bundle.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_only_root_cannot_be_written_and_the_mounts_in_it_can()
    {
        using var bundle = new Bundle("touch /x; touch /tmp/x; touch /dev/shm/x && echo shm; touch /etc/passwd; grep -o '/ r[ow],' /proc/self/mountinfo | head -1").With("""{"root":{"readonly":true}}""");
        Outcome outcome = bundle.Run();
        Assert.Equal((0, "shm\n/ ro,\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal(3, outcome.Error.Split("Read-only file system").Length - 1);
        Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "x")));
    }

    [Fact]
    public void Root_of_the_container_cannot_make_a_read_only_root_writable_without_a_capability()
    {
        using var bundle = new Bundle("mount -o remount,rw / 2>/dev/null || echo refused").With("""{"root":{"readonly":true}}""");
        Assert.Equal("refused", bundle.Says());
    }

    [Theory]
    [InlineData("absolute")]
    [InlineData("link")]
    public void The_root_may_be_named_in_other_ways(string way)
    {
        if (way == "link")
        {
            RideauProgram.SkipForAnother("it takes no link");
        }

        using var bundle = new Bundle("test -e /bin/busybox && echo here");
        string path = Path.Combine(bundle.Directory, "other");
        if (way == "link")
        {
            File.CreateSymbolicLink(path, "rootfs");
        }

        bundle.With($$"""{ "root": { "path": "{{(way == "link" ? "other" : bundle.RootFilesystem)}}" } }""");
        Assert.Equal("here", bundle.Says());
    }

    [Theory]
    [InlineData("""{"root":{"path":"missing"}}""", "missing")]
    [InlineData("""{"root":{"path":"config.json"}}""", "config.json")]
    [InlineData("""{"root":null}""", "root")]
    public void A_root_that_is_not_there_is_an_error(string patch, string words)
    {
        using var bundle = new Bundle("true").With(patch);
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("private", "")]
    [InlineData("rprivate", "")]
    [InlineData("shared", "shared:")]
    [InlineData("rshared", "shared:")]
    [InlineData("slave", "")]
    [InlineData("unbindable", "unbindable")]
    [InlineData("runbindable", "unbindable")]
    public void The_propagation_of_the_root(string? propagation, string expected)
    {
        using var bundle = new Bundle("awk '$5 == \"/\" {for (i = 7; $i != \"-\"; i++) print $i}' /proc/self/mountinfo | sed 's/[0-9].*//'");
        if (propagation is not null)
        {
            // Read-only paths are bind mounts, which runbindable forbids.
            bundle.WithLinux($$"""{ "rootfsPropagation": "{{propagation}}", "maskedPaths": null, "readonlyPaths": null }""");
        }

        // A slave of a machine whose mounts are private is private: master: shows only where they are shared.
        string seen = bundle.Says();
        Assert.True(seen == expected || (seen == "master:" && propagation is null or "slave"), seen);
    }

    [Theory]
    [InlineData("private")]
    [InlineData("rprivate")]
    [InlineData("shared")]
    [InlineData("rshared")]
    [InlineData("slave")]
    [InlineData("rslave")]
    [InlineData("unbindable")]
    public void Where_the_machines_mounts_are_shared_none_comes_or_goes(string propagation)
    {
        using Bundle bundle = new Bundle("true").WithLinux($$"""{ "rootfsPropagation": "{{propagation}}" }""").Write();
        string directory = bundle.Directory;
        // A machine as systemd leaves it: all mounts are shared, and the bundle lies on another than that of "/".
        Outcome outcome = RideauProgram.Shell($$"""
            exec unshare --mount --propagation private sh -c '
            list() { cut -d " " -f 5 /proc/self/mountinfo | grep -v /state | sort; } # names of namespaces come and go in other tests
            mount --bind {{directory}} {{directory}} && mount --make-rshared / && list >{{directory}}/before || exit 99
            {{RideauProgram.Path}} --root {{bundle.Root}} run --bundle {{directory}} {{bundle.Name}} || exit
            list >{{directory}}/after
            diff {{directory}}/before {{directory}}/after'
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    [Theory]
    [InlineData("rslave", "before after")]
    [InlineData("rshared", "before after")]
    [InlineData("rprivate", "before")]
    public void What_the_machine_mounts_later_reaches_a_slave(string propagation, string expected)
    {
        using var bundle = new Bundle("while ! test -e /go/x; do sleep 0.05; done; ls /shared | tr '\\n' ' '").WithLinux($$"""{ "rootfsPropagation": "{{propagation}}" }""");
        bundle.Mount("/go", "bind", Path.Combine(bundle.Directory, "go"), "rbind").Mount("/shared", "bind", Path.Combine(bundle.Directory, "shared"), "rbind", propagation).Write();
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "go"));
        Outcome outcome = RideauProgram.Shell($$"""
            exec unshare --mount --propagation private sh -e -c "
            mkdir '{{bundle.Directory}}/shared'; mount -t tmpfs x '{{bundle.Directory}}/shared'; mount --make-shared '{{bundle.Directory}}/shared'
            mkdir '{{bundle.Directory}}/shared/before' '{{bundle.Directory}}/shared/point'
            '{{RideauProgram.Path}}' --root '{{bundle.Root}}' create --bundle '{{bundle.Directory}}' {{bundle.Name}} </dev/null >'{{bundle.Directory}}/out' 2>&1
            mount -t tmpfs y '{{bundle.Directory}}/shared/point'; mkdir '{{bundle.Directory}}/shared/point/after'
            '{{RideauProgram.Path}}' --root '{{bundle.Root}}' exec {{bundle.Name}} sh -c 'ls /shared /shared/point'"
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(expected, string.Join(' ', outcome.Output.Split('\n').Where(word => word is "before" or "after")));
    }

    [Theory]
    [InlineData("rprivate")]
    [InlineData("rslave")]
    [InlineData("rshared")]
    public void What_the_container_mounts_stays_inside(string propagation)
    {
        using var bundle = new Bundle("mkdir -p /tmp/point && mount -t tmpfs marker /tmp/point && grep -c marker /proc/mounts").WithLinux($$"""{ "rootfsPropagation": "{{propagation}}" }""").Write();
        GiveAdministration(bundle);
        bundle.Write();
        Outcome outcome = RideauProgram.Shell($$"""
            exec unshare --mount --propagation shared sh -e -c "
            '{{RideauProgram.Path}}' --root '{{bundle.Root}}' run --bundle '{{bundle.Directory}}' {{bundle.Name}}; grep -c marker /proc/self/mounts || true"
            """);
        Assert.Equal("1\n0\n", outcome.Output);
    }

    [Fact]
    public void Masked_paths_are_empty()
    {
        RideauProgram.SkipForAnother("a path below a file is an error there");
        using var bundle = new Bundle("cat /etc/secret; ls /etc/folder; stat -c %t:%T /etc/secret; touch /etc/folder/x 2>/dev/null || echo refused; cat /proc/keys | wc -c; ls /sys/firmware | wc -l; echo end");
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "etc", "folder", "inner"));
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "etc", "secret"), "secret");
        bundle.WithLinux("""{"maskedPaths":["/etc/secret","/etc/folder","/missing","/etc/secret/below","/proc/keys","/sys/firmware","/etc/folder/inner"]}""");
        Assert.Equal("1:3\nrefused\n0\n0\nend", bundle.Says());
    }

    [Fact]
    public void A_masked_link_does_not_lead_out()
    {
        using var bundle = new Bundle("cat /etc/passwd | wc -c; ls -l /etc/link | cut -c1");
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "etc", "link"), "/etc/passwd");
        bundle.WithLinux("""{"maskedPaths":["/etc/link"]}""");
        Assert.Equal("0\nl", bundle.Says());
    }

    [Fact]
    public void Read_only_paths_cannot_be_written()
    {
        using var bundle = new Bundle("touch /etc/x || echo refused; echo x >/etc/file || echo refused; echo 1 >/proc/sys/net/ipv4/ip_forward || echo refused; touch /tmp/x && echo fine");
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "etc", "file"), "");
        bundle.WithLinux("""{"readonlyPaths":["/etc","/proc/sys","/missing"]}""");
        Assert.Equal("refused\nrefused\nrefused\nfine", bundle.Says());
    }

    [Fact]
    public void Read_only_paths_keep_the_other_flags()
    {
        using var bundle = new Bundle("grep -o ' /data r[a-z,]*' /proc/self/mountinfo").Mount("/data", "tmpfs", "tmpfs", "nosuid", "noexec", "nodev").WithLinux("""{"readonlyPaths":["/data"]}""");
        Assert.Contains(" /data ro,nosuid,nodev,noexec", bundle.Says(), StringComparison.Ordinal);
    }

    private static void GiveAdministration(Bundle bundle)
    {
        JsonArray All() => new("CAP_SYS_ADMIN");
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = All(), ["effective"] = All(), ["permitted"] = All() };
    }
}
