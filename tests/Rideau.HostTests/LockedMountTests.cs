using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>In a user namespace the flags of the machine's mounts stay: root of the container cannot take them off, nor look below.</summary>
/// <remarks>man: mount_namespaces(7), "Restrictions on mount namespaces". Each runs in a mount namespace of its own on the machine.</remarks>
public sealed class LockedMountTests
{
    // 700: the ids of the user namespace cannot reach the source, so that the caller has to clone it.
    [Theory]
    [InlineData("755", "bind")]
    [InlineData("755", "rbind")]
    [InlineData("700", "bind")]
    [InlineData("700", "rbind")]
    [InlineData("755", "idmap")]
    [InlineData("700", "ridmap")]
    public void A_read_only_mount_of_the_machine_stays_read_only(string mode, string option)
    {
        using var bundle = new Bundle("""
            grep -o ' /data r[ow],[a-z,]*' /proc/self/mountinfo
            mount -o remount,bind,rw /data 2>/dev/null && echo writable
            mount -o remount,bind,ro,suid,dev,exec /data 2>/dev/null && echo unlocked
            touch /data/x 2>/dev/null && echo touched
            cat /data/file
            """).WithUserNamespace();
        string source = Path.Combine(bundle.Directory, "closed", "source");
        bundle.Mount("/data", "bind", source, option.EndsWith("idmap", System.StringComparison.Ordinal) ? [option, option[0] == 'r' ? "rbind" : "bind"] : [option]);
        Outcome outcome = RunOn(bundle, $"""
            mount -t tmpfs x '{source}'; echo hello >'{source}/file'; chmod 777 '{source}'
            mount -o remount,bind,ro,nosuid,nodev,noexec '{source}'; chmod {mode} '{Path.GetDirectoryName(source)}'
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.StartsWith(" /data ro,nosuid,nodev,noexec", outcome.Output, System.StringComparison.Ordinal);
        Assert.EndsWith("\nhello\n", outcome.Output, System.StringComparison.Ordinal);
        Assert.Equal(2, outcome.Output.Split('\n').Length - 1);
    }

    [Theory]
    [InlineData("rw", "clear=ro")]
    [InlineData("suid", "clear=nosuid")]
    public void To_clear_what_is_locked_is_an_error(string option, string call)
    {
        RideauProgram.SkipForAnother("rw is passed over there");
        using Bundle bundle = new Bundle("true").WithUserNamespace();
        string source = Path.Combine(bundle.Directory, "closed", "source");
        bundle.Mount("/data", "bind", source, "bind", option);
        Outcome outcome = RunOn(bundle, $"mount -t tmpfs x '{source}'; mount -o remount,bind,ro,nosuid,nodev,noexec '{source}'");
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains(call, outcome.Error, System.StringComparison.Ordinal);
        Assert.Contains("ask for at least these", outcome.Error, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("755")]
    [InlineData("700")]
    public void What_a_mount_of_the_machine_covers_stays_covered(string mode)
    {
        using var bundle = new Bundle("umount /data/sub 2>/dev/null && echo uncovered; cat /data/sub/secret 2>/dev/null; cat /data/sub/file").WithUserNamespace();
        string source = Path.Combine(bundle.Directory, "closed", "source");
        bundle.Mount("/data", "bind", source, "rbind");
        Outcome outcome = RunOn(bundle, $"""
            mkdir '{source}/sub'; echo secret >'{source}/sub/secret'; mount -t tmpfs x '{source}/sub'; echo hello >'{source}/sub/file'
            chmod {mode} '{Path.GetDirectoryName(source)}'
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("hello\n", outcome.Output);
    }

    [Theory]
    [InlineData("755")]
    [InlineData("700")]
    public void What_is_covered_cannot_be_bound_without_its_cover(string mode)
    {
        using var bundle = new Bundle("cat /data/sub/secret").WithUserNamespace();
        string source = Path.Combine(bundle.Directory, "closed", "source");
        bundle.Mount("/data", "bind", source, "bind");
        Outcome outcome = RunOn(bundle, $"mkdir '{source}/sub'; echo secret >'{source}/sub/secret'; mount -t tmpfs x '{source}/sub'; chmod {mode} '{Path.GetDirectoryName(source)}'");
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains("rbind", outcome.Error, System.StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("755")]
    [InlineData("700")]
    public void A_root_file_system_on_a_read_only_mount_stays_read_only(string mode)
    {
        using var bundle = new Bundle("mount -o remount,bind,rw / 2>/dev/null && echo writable; touch /tmp/x 2>/dev/null && echo touched; grep -o ' / / r[ow],\\|/rootfs / r[ow],\\| / r[ow],nosuid' /proc/self/mountinfo | wc -l").WithUserNamespace();
        Outcome outcome = RunOn(bundle, $"""
            mkdir '{bundle.Directory}/closed/root'; mount --bind '{bundle.RootFilesystem}' '{bundle.Directory}/closed/root'; mount -o remount,bind,ro,nosuid '{bundle.Directory}/closed/root'
            chmod {mode} '{bundle.Directory}/closed'
            """, "closed/root");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.DoesNotContain("writable", outcome.Output, System.StringComparison.Ordinal);
        Assert.DoesNotContain("touched", outcome.Output, System.StringComparison.Ordinal);
    }

    private static Outcome RunOn(Bundle bundle, string prepare, string root = "rootfs")
    {
        JsonArray All() => new("CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE");
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = All(), ["effective"] = All(), ["permitted"] = All() };
        bundle.With($$"""{ "root": { "path": "{{root}}" } }""").Write();
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "closed", "source"));
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "data"));
        return RideauProgram.Shell($$"""
            exec unshare --mount --propagation private sh -e -c "$(cat <<'END'
            {{prepare}}
            exec '{{RideauProgram.Path}}' --root '{{bundle.Root}}' run --bundle '{{bundle.Directory}}' {{bundle.Name}}
            END
            )"
            """);
    }
}
