using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config-linux.md#devices: the nodes and links in /dev.</summary>
public sealed class DeviceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_default_devices_are_there(bool userNamespace)
    {
        using var bundle = new Bundle("stat -L -c '%n %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty");
        if (userNamespace)
        {
            bundle.WithUserNamespace();
        }

        Assert.Equal("/dev/null 1:3 666\n/dev/zero 1:5 666\n/dev/full 1:7 666\n/dev/random 1:8 666\n/dev/urandom 1:9 666\n/dev/tty 5:0 666", bundle.Says());
    }

    [Theory]
    [InlineData("/dev/fd", "/proc/self/fd")]
    [InlineData("/dev/stdin", "/proc/self/fd/0")]
    [InlineData("/dev/stdout", "/proc/self/fd/1")]
    [InlineData("/dev/stderr", "/proc/self/fd/2")]
    [InlineData("/dev/ptmx", "pts/ptmx")]
    public void The_default_links_are_there(string link, string target)
    {
        using var bundle = new Bundle($"readlink {link}");
        Assert.Equal(target, bundle.Says());
    }

    [Fact]
    public void The_link_to_the_kernels_memory_is_there_where_the_kernel_has_it()
    {
        using var bundle = new Bundle("readlink /dev/core || echo none");
        Assert.Equal(File.Exists("/proc/kcore") ? "/proc/kcore" : "none", bundle.Says());
    }

    [Fact]
    public void They_work_for_a_user()
    {
        using var bundle = new Bundle("echo x >/dev/null; head -c 5 /dev/zero | wc -c; head -c 5 /dev/urandom | wc -c; echo x >/dev/full 2>/dev/null || echo full").WithProcess("""{"user":{"uid":1000,"gid":1000}}""");
        Assert.Equal("5\n5\nfull", bundle.Says());
    }

    [Theory]
    [InlineData("""{"path":"/etc/node","type":"c","major":1,"minor":3}""", "echo text >$ETC/node", false)]
    [InlineData("""{"path":"/etc/node","type":"c","major":1,"minor":3}""", "mknod $ETC/node c 1 5", false)]
    [InlineData("""{"path":"/etc/node","type":"b","major":1,"minor":3}""", "mknod $ETC/node c 1 3", false)]
    [InlineData("""{"path":"/etc/node","type":"p"}""", "ln -s /dev/null $ETC/node", false)]
    [InlineData("""{"path":"/etc/node","type":"c","major":1,"minor":3}""", "mknod $ETC/node c 1 3", true)]
    [InlineData("""{"path":"/etc/node","type":"p"}""", "mkfifo $ETC/node", true)]
    public void A_file_in_a_devices_place_must_match_it_and_is_never_replaced(string device, string before, bool matches)
    {
        using var bundle = new Bundle("echo ran").WithLinux($$"""{ "devices": [{{device}}] }""");
        string etc = Path.Combine(bundle.RootFilesystem, "etc");
        Assert.Equal(0, RideauProgram.Shell($"ETC='{etc}'; {before}").ExitCode);
        string there = RideauProgram.Shell($"stat -c '%F %i %t:%T %s' '{etc}/node'").Output;
        Outcome outcome = bundle.Run();
        Assert.Equal(matches ? 0 : 1, outcome.ExitCode);
        Assert.Equal(there, RideauProgram.Shell($"stat -c '%F %i %t:%T %s' '{etc}/node'").Output);
        if (!matches)
        {
            Assert.Contains("cannot make the device \"/etc/node\"", outcome.Error, StringComparison.Ordinal);
            Assert.Contains("EEXIST", outcome.Error, StringComparison.Ordinal);
            Assert.Contains("hint: the root file system, or a mount, has another file in the device's place", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"path":"/dev/one","type":"c","major":10,"minor":229,"fileMode":384}""", "/dev/one", "character special file a:e5 600 0 0")]
    [InlineData("""{"path":"/dev/two","type":"b","major":7,"minor":300,"uid":7,"gid":8}""", "/dev/two", "block special file 7:12c 666 7 8")]
    [InlineData("""{"path":"/dev/deep/er/three","type":"u","major":1,"minor":3,"fileMode":438}""", "/dev/deep/er/three", "character special file 1:3 666 0 0")]
    [InlineData("""{"path":"/run/four","type":"p","fileMode":432}""", "/run/four", "fifo 0:0 660 0 0")]
    public void A_device_of_the_configuration(string device, string path, string expected)
    {
        using var bundle = new Bundle($"stat -c '%F %t:%T %a %u %g' {path}").WithLinux($$"""{ "devices": [{{device}}] }""");
        Assert.Equal(expected, bundle.Says());
    }

    [Fact]
    public void A_device_may_be_used_only_if_a_rule_allows_it()
    {
        using var bundle = new Bundle("head -c 1 /dev/memory >/dev/null 2>&1 || echo refused; head -c 1 /dev/second | wc -c")
            .WithLinux("""{"devices":[{"path":"/dev/memory","type":"c","major":1,"minor":11,"fileMode":438},{"path":"/dev/second","type":"c","major":1,"minor":5,"fileMode":438}],"resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":5,"access":"r"}]}}""");
        Assert.Equal("refused\n1", bundle.Says());
    }

    [Theory]
    [InlineData("""{"path":"dev/x","type":"c","major":1,"minor":3}""")]
    [InlineData("""{"path":"/dev/x","type":"z","major":1,"minor":3}""")]
    public void A_wrong_device_is_refused(string device)
    {
        using var bundle = new Bundle("true").WithLinux($$"""{ "devices": [{{device}}] }""");
        Outcome outcome = bundle.Run();
        if (!RideauProgram.IsAnother)
        {
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains("linux.devices", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bound_dev_stays_as_it_is()
    {
        RideauProgram.SkipForAnother("it masks with the container's own /dev/null");
        using var bundle = new Bundle("ls /dev").With(configuration => configuration["mounts"] = new System.Text.Json.Nodes.JsonArray()).Mount("/proc", "proc", "proc").Mount("/dev", "bind", "folder", "rbind");
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "folder"));
        File.WriteAllText(Path.Combine(bundle.Directory, "folder", "only"), "");
        Assert.Equal("only", bundle.Says());
        Assert.Equal(["only"], Array.ConvertAll(Directory.GetFileSystemEntries(Path.Combine(bundle.Directory, "folder")), Path.GetFileName));
    }

    [Fact]
    public void A_link_in_place_of_dev_stays_inside()
    {
        using var bundle = new Bundle("stat -c %t:%T /dev/null; readlink /dev");
        Directory.Delete(Path.Combine(bundle.RootFilesystem, "dev"));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev"), "/other");
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "other"));
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 1 || outcome.Output == "1:3\n/other\n", outcome.ToString());
        Assert.False(Directory.Exists("/other"));
    }
}
