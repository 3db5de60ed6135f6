using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>The annotations run.oci.* by which engines ask for what config.json has no field for.</summary>
public sealed class AnnotationTests
{
    [Fact]
    public void The_callers_groups_are_kept_where_it_is_asked()
    {
        using Bundle bundle = Annotated("id -G; exec sleep 100", "run.oci.keep_original_groups", "1");
        bundle.Write();
        Outcome outcome = RideauProgram.Shell($"setpriv --groups=77,88 '{RideauProgram.Path}' --root '{bundle.Root}' run --detach --bundle '{bundle.Directory}' {bundle.Name} </dev/null >'{bundle.Directory}/out' 2>&1");
        Assert.True(outcome.ExitCode == 0, bundle.CreatedOutput);
        Assert.True(PauseTests.Waits(() => bundle.CreatedOutput.Contains('\n', StringComparison.Ordinal)));
        Assert.Equal("0 77 88\n", bundle.CreatedOutput);
        Assert.Contains(" 99", RideauProgram.Shell($"setpriv --groups=99 '{RideauProgram.Path}' --root '{bundle.Root}' exec {bundle.Name} id -G").Output, StringComparison.Ordinal);
        using Bundle zero = Annotated("id -G", "run.oci.keep_original_groups", "0");
        zero.Write();
        Assert.Equal("0\n", RideauProgram.Shell($"setpriv --groups=77 '{RideauProgram.Path}' --root '{zero.Root}' run --bundle '{zero.Directory}' {zero.Name}").Output);
    }

    [Fact]
    public void Hooks_of_every_kind_write_to_the_files_that_are_named()
    {
        using Bundle bundle = Annotated("true");
        string said = bundle.Directory + "/said", complained = bundle.Directory + "/complained";
        bundle.Configuration["annotations"] = new JsonObject { ["run.oci.hooks.stdout"] = said, ["run.oci.hooks.stderr"] = complained };
        bundle.Configuration["hooks"] = new JsonObject();
        foreach (string kind in new[] { "createRuntime", "createContainer", "startContainer", "poststart", "poststop" })
        {
            bundle.Configuration["hooks"]![kind] = new JsonArray(new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", $"echo {kind}; echo not {kind} >&2") });
        }

        File.WriteAllText(said, "before\n");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(["before", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"], File.ReadAllLines(said));
        Assert.Equal(["not createRuntime", "not createContainer", "not startContainer", "not poststart", "not poststop"], File.ReadAllLines(complained));
        Assert.Equal("", outcome.Output);
        bundle.Configuration["annotations"]!["run.oci.hooks.stdout"] = "/none/file";
        PauseTests.Fails(bundle.Run(), "annotation run.oci.hooks.stdout");
    }

    [Fact]
    public void A_compiled_filter_is_set_in_the_place_of_the_profile()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the filter has the numbers of x86-64");
        // Load the number; mkdir (83) and mkdirat (258) get EXDEV (18), everything else is allowed.
        byte[] filter = [.. Instruction(0x20, 0, 0, 0), .. Instruction(0x15, 1, 0, 83), .. Instruction(0x15, 0, 1, 258), .. Instruction(0x06, 0, 0, 0x50012), .. Instruction(0x06, 0, 0, 0x7fff0000)];
        using Bundle bundle = Annotated("mkdir /tmp/x; exec sleep 100", "run.oci.seccomp_bpf_data", Convert.ToBase64String(filter));
        bundle.WithLinux("""{"seccomp": {"defaultAction": "SCMP_ACT_KILL"}}""");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.True(PauseTests.Waits(() => File.ReadAllText(bundle.Directory + "/err").Contains("Invalid cross-device link", StringComparison.Ordinal)));
        Assert.Contains("Invalid cross-device link", bundle.Exec("mkdir", "/tmp/y").Error, StringComparison.Ordinal);
        string entered = bundle.Rideau("enter", bundle.Name, "mkdir", "/tmp/z").Error;
        Assert.Contains("Invalid cross-device link", entered, StringComparison.Ordinal);
        Assert.DoesNotContain("was not set by this program", entered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run.oci.seccomp_bpf_data", "###", "no base64")]
    [InlineData("run.oci.seccomp_bpf_data", "AAAA", "3 bytes are not")]
    [InlineData("run.oci.handler", "krun", "loads no foreign code")]
    [InlineData("run.oci.seccomp.plugins", "x.so", "loads no foreign code")]
    [InlineData("run.oci.mount_context_type", "x", "unknown type")]
    public void What_cannot_be_done_is_refused_with_the_annotations_name(string name, string value, string words)
    {
        using Bundle bundle = Annotated("true", name, value);
        Outcome outcome = bundle.Create();
        PauseTests.Fails(outcome, words);
        Assert.Contains(name, outcome.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Fact]
    public void Unknown_system_calls_of_the_profile_are_an_error_where_it_is_asked()
    {
        using Bundle bundle = Annotated("true").WithLinux("""{"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["no_such_call"], "action": "SCMP_ACT_ERRNO"}]}}""");
        Assert.Equal(0, bundle.Run().ExitCode);
        bundle.Configuration["annotations"] = new JsonObject { ["run.oci.seccomp_fail_unknown_syscall"] = "1" };
        PauseTests.Fails(bundle.Run(), "no_such_call");
    }

    [Fact]
    public void The_processs_descriptor_is_sent_to_the_socket_that_is_named()
    {
        using Bundle bundle = Annotated("sleep 100");
        using var socket = new EngineSocket(bundle.Directory + "/receiver");
        bundle.Configuration["annotations"] = new JsonObject { ["run.oci.pidfd_receiver"] = socket.Path };
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Contains($"Pid:\t{(int)bundle.State()["pid"]!}\n", socket.Receive().DescriptorFacts, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_can_show_systemds_hierarchy_of_version_1_alone()
    {
        Assert.SkipUnless(Groups.Layout.Version1.Any(hierarchy => hierarchy.MountPoint == "/sys/fs/cgroup/systemd"), "needs a hierarchy of v1 at /sys/fs/cgroup/systemd");
        using Bundle bundle = Annotated("ls /sys/fs/cgroup; cat /proc/self/cgroup | grep systemd; ls /sys/fs/cgroup/systemd/cgroup.procs", "run.oci.systemd.force_cgroup_v1", "/sys/fs/cgroup");
        bundle.Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup2", "cgroup", "nosuid", "noexec", "nodev");
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.StartsWith("systemd\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("name=systemd:/\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_say_that_they_change_what_a_container_is() =>
        Assert.Equal(["org.criu.config", "org.systemd.property.", "run.oci."], JsonNode.Parse(RideauProgram.Execute(RideauProgram.Path, ["features"]).Output)!["potentiallyUnsafeConfigAnnotations"]!.AsArray().GetValues<string>());

    private static Bundle Annotated(string command, string? name = null, string? value = null)
    {
        var bundle = new Bundle(command);
        if (name is not null)
        {
            bundle.Configuration["annotations"] = new JsonObject { [name] = value };
        }

        return bundle;
    }

    private static byte[] Instruction(ushort code, byte yes, byte no, uint k)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, code);
        bytes[2] = yes;
        bytes[3] = no;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), k);
        return bytes;
    }
}
