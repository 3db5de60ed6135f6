using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config.md#mounts: bind mounts. The source is a tmpfs with another one on "sub", in a mount namespace of its own.</summary>
public sealed class BindMountTests
{
    private const string Flags = "awk '$5 ~ \"^/data\" {print $5, $6}' /proc/self/mountinfo";

    [Theory]
    [InlineData("bind", "cat /data/file; ls /data/sub", "hello")]
    [InlineData("rbind", "cat /data/file /data/sub/file", "hello\ninner")]
    [InlineData("bind", Flags, "/data rw,relatime")]
    [InlineData("rbind", Flags, "/data rw,relatime\n/data/sub rw,relatime")]
    [InlineData("bind,ro", "touch /data/x 2>/dev/null || echo refused", "refused")]
    [InlineData("rbind,ro", Flags, "/data ro,relatime\n/data/sub rw,relatime")]
    [InlineData("rbind,rro", Flags, "/data ro,relatime\n/data/sub ro,relatime")]
    [InlineData("rbind,rnosuid,rnodev,rnoexec", Flags, "/data rw,nosuid,nodev,noexec,relatime\n/data/sub rw,nosuid,nodev,noexec,relatime")]
    [InlineData("rbind,rnoatime", Flags, "/data rw,noatime\n/data/sub rw,noatime")]
    [InlineData("rbind,rstrictatime", Flags, "/data rw\n/data/sub rw")]
    [InlineData("rbind,rnosymfollow", Flags, "/data rw,relatime,nosymfollow\n/data/sub rw,relatime,nosymfollow")]
    [InlineData("rbind,rro,rrw", Flags, "/data rw,relatime\n/data/sub rw,relatime")]
    [InlineData("rbind,nosuid,nodev,noexec", Flags, "/data rw,nosuid,nodev,noexec,relatime\n/data/sub rw,relatime")]
    [InlineData("bind,noatime", Flags, "/data rw,noatime")]
    [InlineData("bind,nodiratime", Flags, "/data rw,nodiratime,relatime")]
    [InlineData("rbind,shared", "awk '$5 ~ \"^/data\" {print $5, substr($7, 1, 6)}' /proc/self/mountinfo", "/data shared\n/data/sub -")]
    [InlineData("rbind,rshared", "awk '$5 ~ \"^/data\" {print $5, substr($7, 1, 6)}' /proc/self/mountinfo", "/data shared\n/data/sub shared")]
    [InlineData("rbind,rprivate", "awk '$5 ~ \"^/data\" {print $5, $7}' /proc/self/mountinfo", "/data -\n/data/sub -")]
    public void A_directory(string options, string script, string expected)
    {
        using var bundle = new Bundle(script).Mount("/data", "bind", "source", options.Split(','));
        bundle.Configuration["mounts"]!.AsArray()[^1]!["source"] = Path.Combine(bundle.Directory, "source");
        Assert.Equal(expected, RunWithSource(bundle));
    }

    [Fact]
    public void A_relative_source_begins_at_the_bundle()
    {
        using var bundle = new Bundle("cat /data/file").Mount("/data", "bind", "source", "rbind");
        Assert.Equal("hello", RunWithSource(bundle));
    }

    [Fact]
    public void A_type_of_bind_needs_no_option()
    {
        RideauProgram.SkipForAnother("it needs the option too");
        using var bundle = new Bundle("cat /data/file").Mount("/data", "bind", "source");
        Assert.Equal("hello", RunWithSource(bundle));
    }

    [Theory]
    [InlineData("/etc/hosts", "")]
    [InlineData("/new/folder/hosts", "")]
    [InlineData("/etc/link", "/etc/real")]
    public void A_file_goes_on_a_file(string destination, string link)
    {
        using var bundle = new Bundle($"cat {destination}; echo x >{destination} 2>/dev/null || echo refused").Mount(destination, "bind", "source/file", "bind", "ro");
        if (link.Length > 0)
        {
            File.CreateSymbolicLink(bundle.RootFilesystem + destination, link);
            File.WriteAllText(bundle.RootFilesystem + link, "");
        }

        Assert.Equal("hello\nrefused", RunWithSource(bundle));
    }

    [Fact]
    public void A_writable_bind_reaches_the_machine()
    {
        using var bundle = new Bundle("echo from-inside >/data/out").Mount("/data", "bind", "plain", "rbind");
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "plain"));
        bundle.Says();
        Assert.Equal("from-inside\n", File.ReadAllText(Path.Combine(bundle.Directory, "plain", "out")));
    }

    [Fact]
    public void A_source_that_is_a_link_is_followed_outside()
    {
        using var bundle = new Bundle("cat /data/file").Mount("/data", "bind", "link", "rbind");
        File.CreateSymbolicLink(Path.Combine(bundle.Directory, "link"), "source");
        Assert.Equal("hello", RunWithSource(bundle));
    }

    [Theory]
    [InlineData("idmap")]
    [InlineData("ridmap")]
    public void Ids_of_a_mount_are_mapped(string option)
    {
        using var bundle = new Bundle("stat -c '%u %g' /data/file; touch /data/new && stat -c '%u %g' /data/new").Mount("/data", "bind", "plain", "bind", option);
        JsonNode mount = bundle.Configuration["mounts"]!.AsArray()[^1]!;
        mount["uidMappings"] = JsonNode.Parse("""[{"containerID":0,"hostID":5000,"size":100}]""");
        mount["gidMappings"] = JsonNode.Parse("""[{"containerID":0,"hostID":6000,"size":100}]""");
        string folder = Path.Combine(bundle.Directory, "plain");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "file"), "");
        Assert.Equal("5000 6000\n5000 6000", bundle.Process["user"]!["uid"]!.GetValue<int>() == 0 ? MappedUser(bundle) : "");
        Assert.Equal("0 0\n", RideauProgram.Shell($"stat -c '%u %g' '{folder}/new'").Output);
    }

    [Theory]
    [InlineData("idmap", "5000 0")]
    [InlineData("ridmap", "5000 5000")]
    public void Ids_of_the_mounts_below_are_mapped_by_the_recursive_option_alone(string option, string expected)
    {
        using var bundle = new Bundle("echo $(stat -c %u /data/file /data/sub/file)").Mount("/data", "bind", "plain", "rbind", option);
        JsonNode mount = bundle.Configuration["mounts"]!.AsArray()[^1]!;
        mount["uidMappings"] = JsonNode.Parse("""[{"containerID":0,"hostID":5000,"size":100}]""");
        mount["gidMappings"] = mount["uidMappings"]!.DeepClone();
        string folder = Path.Combine(bundle.Directory, "plain");
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        File.WriteAllText(Path.Combine(folder, "file"), "");
        bundle.Write();
        // The mount below is made where nobody else sees it.
        Outcome outcome = RideauProgram.Shell($"unshare --mount --propagation private sh -c \"mount -t tmpfs none '{folder}/sub' && touch '{folder}/sub/file' && exec '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle '{bundle.Directory}' {bundle.Name}\"");
        Assert.Equal((0, expected + "\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void The_idmap_of_a_user_namespace_makes_the_machines_files_the_containers()
    {
        using var bundle = new Bundle("stat -c '%u %g' /data/file; echo x >/data/new").Mount("/data", "bind", "plain", "bind", "idmap").WithUserNamespace();
        string folder = Path.Combine(bundle.Directory, "plain");
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "data"));
        File.WriteAllText(Path.Combine(folder, "file"), "");
        Assert.Equal("0 0", bundle.Says());
        Assert.Equal("0 0\n", RideauProgram.Shell($"stat -c '%u %g' '{folder}/new'").Output);
    }

    [Fact]
    public void An_idmap_without_mappings_is_refused()
    {
        using var bundle = new Bundle("true").Mount("/data", "bind", "/tmp", "bind", "idmap");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("idmap", outcome.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_directory_does_not_go_on_a_file()
    {
        using var bundle = new Bundle("true").Mount("/etc/passwd", "bind", "/tmp", "bind");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("/etc/passwd", outcome.Error, StringComparison.Ordinal);
    }

    // What is mapped to 5000 is written by 5000: root of the container has no right over its files.
    private static string MappedUser(Bundle bundle)
    {
        bundle.WithProcess("""{"user":{"uid":5000,"gid":6000}}""");
        return bundle.Says();
    }

    private static string RunWithSource(Bundle bundle)
    {
        bundle.Write();
        string source = Path.Combine(bundle.Directory, "source");
        Outcome outcome = RideauProgram.Shell($$"""
            exec unshare --mount --propagation private sh -e -c "
            mkdir '{{source}}'; mount -t tmpfs x '{{source}}'; echo hello >'{{source}}/file'; mkdir '{{source}}/sub'; mount -t tmpfs y '{{source}}/sub'; echo inner >'{{source}}/sub/file'
            exec '{{RideauProgram.Path}}' --root '{{bundle.Root}}' run --bundle '{{bundle.Directory}}' {{bundle.Name}}"
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output.TrimEnd('\n');
    }
}
