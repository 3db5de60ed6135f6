using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#mounts: new file systems, and where mounts go.</summary>
public sealed class MountTests
{
    [Theory]
    [InlineData("tmpfs", "size=1m,mode=1770", "stat -c %a /m; df -k /m | tail -1 | awk '{print $2}'", "1770\n1024")]
    [InlineData("tmpfs", "mode=0700,uid=5,gid=6", "stat -c '%a %u %g' /m", "700 5 6")]
    [InlineData("tmpfs", "nr_inodes=7", "df -i /m | tail -1 | awk '{print $2}'", "7")]
    [InlineData("tmpfs", "ro", "touch /m/x 2>/dev/null || echo refused", "refused")]
    [InlineData("tmpfs", "noexec", "cp /bin/busybox /m/x; /m/x true 2>/dev/null || echo refused", "refused")]
    [InlineData("tmpfs", "nosuid,nodev,noexec,noatime", "awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "rw,nosuid,nodev,noexec,noatime")]
    [InlineData("tmpfs", "nodiratime,nosymfollow", "awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "rw,nodiratime,relatime,nosymfollow")]
    [InlineData("tmpfs", "strictatime", "awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "rw")]
    [InlineData("tmpfs", "ro,rw", "awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "rw,relatime")]
    [InlineData("tmpfs", "shared", "awk '$5 == \"/m\" {print $7}' /proc/self/mountinfo | sed 's/:.*//'", "shared")]
    [InlineData("tmpfs", "unbindable", "awk '$5 == \"/m\" {print $7}' /proc/self/mountinfo", "unbindable")]
    [InlineData("proc", "nosuid,noexec,nodev", "test -d /m/1 && awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "rw,nosuid,nodev,noexec,relatime")]
    [InlineData("mqueue", "", "touch /m/q && ls /dev/mqueue", "q")]
    [InlineData("devpts", "newinstance,ptmxmode=0666", "ls /m", "ptmx")]
    [InlineData("sysfs", "ro", "test -d /m/kernel && awk '$5 == \"/m\" {print $6}' /proc/self/mountinfo", "ro,relatime")]
    public void A_new_file_system(string type, string options, string script, string expected)
    {
        using var bundle = new Bundle(script).Mount("/m", type, type, options.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Link(bundle, "cp");
        Assert.Equal(expected, bundle.Says());
    }

    [Fact]
    public void The_default_mounts()
    {
        using var bundle = new Bundle("grep -E '^[^ ]+ /(proc|sys|dev|dev/pts|dev/shm|dev/mqueue) ' /proc/mounts | cut -d' ' -f2-4 | sed 's/,relatime//;s/,inode64//'; stat -c %a /dev/shm /dev /dev/pts");
        Assert.Equal(
            """
            /proc proc rw
            /dev tmpfs rw,nosuid,size=65536k,mode=755
            /dev/pts devpts rw,nosuid,noexec,gid=5,mode=620,ptmxmode=666
            /dev/shm tmpfs rw,nosuid,nodev,noexec,size=65536k
            /dev/mqueue mqueue rw,nosuid,nodev,noexec
            /sys sysfs ro,nosuid,nodev,noexec
            1777
            755
            755
            """, bundle.Says());
    }

    [Fact]
    public void A_tmpfs_takes_the_mode_of_what_it_covers()
    {
        using var bundle = new Bundle("stat -c %a /tmp").Mount("/tmp", "tmpfs", "tmpfs");
        RideauProgram.Shell($"chmod 1750 '{bundle.RootFilesystem}/tmp'");
        Assert.Equal("1750", bundle.Says());
    }

    [Fact]
    public void Tmpcopyup_begins_with_what_was_there()
    {
        using var bundle = new Bundle("cat /data/file /data/folder/inner; readlink /data/link; stat -c '%a %u' /data/file; touch /data/new; awk '$5 == \"/data\"' /proc/self/mountinfo | grep -c tmpfs").Mount("/data", "tmpfs", "tmpfs", "tmpcopyup");
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}'; mkdir -p data/folder; echo one >data/file; echo two >data/folder/inner; ln -s /nowhere data/link; chown 7 data/file; chmod 4755 data/file");
        Assert.Equal("one\ntwo\n/nowhere\n4755 7\n1", bundle.Says());
        Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "data", "new")));
    }

    [Fact]
    public void Mounts_go_onto_each_other_in_their_order()
    {
        using var bundle = new Bundle("ls /a /a/b /a/b/c | tr '\\n' ' '").Mount("/a", "tmpfs", "tmpfs").Mount("/a/b", "tmpfs", "tmpfs").Mount("/a/b/c", "tmpfs", "tmpfs");
        Assert.Equal("/a: b  /a/b: c  /a/b/c:", bundle.Says().Trim());
    }

    [Fact]
    public void A_missing_destination_is_made_and_stays_in_the_root()
    {
        using var bundle = new Bundle("stat -c '%a %u %g' /one /one/two").Mount("/one/two/three", "tmpfs", "tmpfs");
        Assert.Equal("755 0 0\n755 0 0", bundle.Says());
        Assert.True(Directory.Exists(Path.Combine(bundle.RootFilesystem, "one", "two", "three")));
    }

    [Theory]
    [InlineData("/real", "/link", "/real")]
    [InlineData("../../../../../../real", "/link", "/real")]
    [InlineData("/real", "/link/below", "/real/below")]
    [InlineData("missing", "/link", "/missing")]
    public void A_link_in_the_destination_stays_inside(string target, string destination, string expected)
    {
        using var bundle = new Bundle($"awk '$5 == \"{expected}\" {{print $5}}' /proc/self/mountinfo").Mount(destination, "tmpfs", "tmpfs");
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "real"));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), target);
        if (target == "missing" && !RideauProgram.IsAnother)
        {
            // What hangs in the air is refused: a destination made there would be whatever the image wants.
            Outcome outcome = bundle.Run();
            Assert.True(outcome.ExitCode == 1 || outcome.Output == "/missing\n", outcome.ToString());
            return;
        }

        Assert.Equal(expected, bundle.Says());
        Assert.False(Directory.Exists("/real"));
    }

    [Theory]
    [InlineData("tmpfs", "/m", "frob=1", "mount")]
    [InlineData("tmpfs", "/m", "size=odd", "mount")]
    [InlineData("nosuchfs", "/m", "", "nosuchfs")]
    [InlineData("proc", "/link", "", "/link")]
    [InlineData("tmpfs", "/etc/passwd", "", "/etc/passwd")]
    [InlineData("bind", "/m", "rbind", "no such file")]
    [InlineData("tmpfs", "relative/../..", "", null)]
    public void A_wrong_mount_is_refused(string type, string destination, string options, string? words)
    {
        using var bundle = new Bundle("true").Mount(destination, type, "/no/such/source", options.Split(',', StringSplitOptions.RemoveEmptyEntries));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "link"), "/tmp");
        Outcome outcome = bundle.Run();
        if (words is null)
        {
            Assert.True(outcome.ExitCode is 0 or 1, outcome.ToString());
            return;
        }

        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        }

        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void Proc_is_not_mounted_over()
    {
        using var bundle = new Bundle("true").Mount("/proc/self/attr", "tmpfs", "tmpfs");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("/proc", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_without_dev_of_its_own_gets_the_default_devices_in_the_root()
    {
        using var bundle = new Bundle("stat -c '%t:%T' /dev/null /dev/zero").With(configuration =>
        {
            JsonArray mounts = configuration["mounts"]!.AsArray();
            foreach (JsonNode? mount in mounts.Where(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal)).ToArray())
            {
                mounts.Remove(mount);
            }
        });
        Assert.Equal("1:3\n1:5", bundle.Says());
    }

    [Fact]
    public void A_cgroup_mount_shows_the_containers_own_groups()
    {
        RideauProgram.SkipForAnother("the directory of the hierarchies is writable there");
        using var bundle = new Bundle("ls /sys/fs/cgroup | wc -l; touch /sys/fs/cgroup/x 2>/dev/null || echo refused; awk '$5 ~ \"^/sys/fs/cgroup\" {print substr($6, 1, 2)}' /proc/self/mountinfo | sort -u").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        string[] lines = bundle.Says().Split('\n');
        Assert.True(int.Parse(lines[0], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Equal(["refused", "ro"], lines[1..]);
    }

    private static void Link(Bundle bundle, string applet) => File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "bin", applet), "busybox");
}
