using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>What lies around a container: files of the kernel, sockets, other users, the runtime's own files and programs.</summary>
public sealed class SurroundingsTests
{
    // CVE-2022-0492: release_agent, set by root of a user namespace that the container makes itself.
    [Theory]
    [InlineData("CAP_SYS_CHROOT")]
    [InlineData("CAP_DAC_OVERRIDE")]
    public void No_program_can_be_given_to_the_kernel_by_way_of_a_cgroup(string capability)
    {
        using Bundle bundle = new Bundle("mkdir /tmp/groups; attack release /tmp/groups; cat /tmp/groups/release_agent 2>/dev/null; true").WithAttacker().WithCapabilities(capability);
        Assert.Matches("^(EPERM|EACCES|EINVAL|EBUSY|ENOENT)$", bundle.Says());
    }

    // The first published escape from Docker (2014): open_by_handle_at(2) with CAP_DAC_READ_SEARCH, then in the defaults.
    [Fact]
    public void No_file_of_the_machine_can_be_opened_by_its_handle() =>
        Assert.Equal("EPERM", new Bundle("attack handle /").WithAttacker().Closing(bundle => bundle.Run()).Output.Trim());

    // CVE-2020-15257: containerd's shim listened on abstract sockets, which belong to the network namespace.
    [Fact]
    public void An_abstract_socket_of_the_machine_is_out_of_reach()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string name = $"rideau-gauntlet-{Environment.ProcessId}";
        listener.Bind(new UnixDomainSocketEndPoint($"\0{name}"));
        listener.Listen();
        using Bundle bundle = new Bundle($"attack socket {name}; grep -c @ /proc/net/unix").WithAttacker();
        Assert.Equal("ECONNREFUSED\n0", bundle.Run().Output.TrimEnd());
    }

    // CVE-2015-3630: parts of /proc were writable.
    [Theory]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sys/kernel/modprobe")]
    [InlineData("/proc/sys/vm/drop_caches")]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/irq/default_smp_affinity")]
    [InlineData("/sys/kernel/uevent_helper")]
    [InlineData("/sys/kernel/mm/transparent_hugepage/enabled")]
    public void Files_of_the_kernel_are_read_only(string path)
    {
        using Bundle bundle = new Bundle($"test -e {path} || {{ echo refused; exit; }}; (: >>{path}) 2>/dev/null && echo written || echo refused").WithCapabilities("CAP_DAC_OVERRIDE");
        Assert.Equal("refused", bundle.Says());
    }

    // CVE-2023-25809: without a cgroup namespace of its own, a rootless container could write the groups of its user.
    [Fact]
    public void Groups_outside_the_containers_own_are_not_writable_without_root()
    {
        using Bundle bundle = new Bundle("""
            find /sys/fs/cgroup -name cgroup.procs 2>/dev/null | while read file; do (echo 1 >>"$file") 2>/dev/null && echo "written $file"; done; true
            """).AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        Assert.Equal("", bundle.Run().Output.TrimEnd());
    }

    // CVE-2022-0811 (CRI-O): a sysctl's value carried a second sysctl.
    [Theory]
    [InlineData("1+kernel.core_pattern=x")]
    [InlineData("1\\nkernel.core_pattern=x")]
    [InlineData("1 kernel.core_pattern=x")]
    public void The_value_of_a_sysctl_is_nothing_but_a_value(string value)
    {
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using Bundle bundle = new Bundle("true").WithLinux($$"""{"sysctl": {"kernel.shm_rmid_forced": "{{value}}"} }""");
        bundle.Run();
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    // CVE-2021-41091, CVE-2021-41103, CVE-2025-47291-like: what the runtime keeps could be read or entered by every user of the machine.
    [Fact]
    public void What_the_runtime_keeps_is_not_for_other_users()
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Assert.Equal("700", RideauProgram.Shell($"stat -c %a '{bundle.Root}'").Output.Trim());
        Outcome outcome = RideauProgram.Shell($"chmod 755 '{bundle.Root}'; cd '{bundle.Root}/{bundle.Name}' && setpriv --reuid=48484 --regid=48484 --clear-groups -- sh -c 'ls; for i in state.json config.json gate report; do cat $i; (echo >>$i) && echo written; done' 2>/dev/null");
        Assert.Equal("", outcome.Output);
    }

    // CVE-2022-1227 (podman top), CVE-2019-14271 (docker cp): a tool for looking in ran programs, or loaded libraries, of the container.
    [Fact]
    public void To_look_into_a_container_runs_nothing_of_it()
    {
        using Bundle bundle = new Bundle("exec sleep 100");
        foreach (string name in new[] { "ps", "newuidmap", "rideau" })
        {
            string program = Path.Combine(bundle.RootFilesystem, "bin", name);
            File.Delete(program);
            File.WriteAllText(program, "#!/bin/sh\necho ran >/ran\n");
            RideauProgram.Shell($"chmod 755 '{program}'");
        }

        RideauProgram.Shell($"mkdir -p '{bundle.RootFilesystem}/usr'; ln -s /bin '{bundle.RootFilesystem}/usr/bin'");
        bundle.Started();
        foreach (string[] command in new string[][] { ["ps", bundle.Name], ["ps", "--format", "json", bundle.Name], ["state", bundle.Name], ["list"] })
        {
            Assert.Equal(0, bundle.Rideau(command).ExitCode);
        }

        Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "ran")));
    }

    // CVE-2017-5985, CVE-2018-6556, CVE-2022-47952, CVE-2026-39402: LXC's helper with the set-user-id bit. There is none here.
    [Fact]
    public void The_program_has_no_special_rights() =>
        Assert.Equal("755\n", RideauProgram.Shell($"stat -c %a '{RideauProgram.Path}'; getcap '{RideauProgram.Path}' 2>/dev/null; true").Output);

    // CVE-2025-4437 (CRI-O): the image's passwd was read whole, however large.
    [Theory]
    [InlineData("truncate -s 1T passwd")]
    [InlineData("mkfifo passwd")]
    [InlineData("ln -s /dev/zero passwd")]
    [InlineData("ln -s passwd passwd")]
    [InlineData("mkdir passwd")]
    [InlineData("head -c 900000 /dev/zero | tr '\\0' ':' >passwd")]
    public void A_hostile_passwd_holds_nobody_up(string make)
    {
        using Bundle bundle = new Bundle("echo $HOME; exec sleep 100");
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}/etc' && rm passwd && {make}");
        var clock = Stopwatch.StartNew();
        bundle.Started();
        Assert.Equal("/\n", bundle.Exec("sh", "-c", "echo $HOME").Output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
    }

    // CVE-2021-43784 (runc): lengths of bytes and counts that were longer than the field they were put into.
    [Theory]
    [InlineData("path")]
    [InlineData("mappings")]
    [InlineData("groups")]
    [InlineData("arguments")]
    public void What_is_too_long_is_refused_and_not_cut(string what)
    {
        using var bundle = new Bundle("true");
        string many = string.Join(',', Enumerable.Range(0, 70_000));
        switch (what)
        {
            case "path":
                bundle.Mount("/" + new string('x', 70_000), "tmpfs", "tmpfs");
                break;
            case "mappings":
                bundle.WithUserNamespace();
                bundle.WithLinux($$"""{"uidMappings": [{{string.Join(',', Enumerable.Range(0, 4000).Select(i => $"{{\"containerID\":{i},\"hostID\":{i + 100000},\"size\":1}}"))}}]}""");
                break;
            case "groups":
                bundle.With($$"""{"process": {"user": {"additionalGids": [{{many}}]} } }""");
                break;
            default:
                bundle.Process["args"]!.AsArray().Add(new string('x', 200_000));
                break;
        }

        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 1 && outcome.Error.StartsWith("rideau: ", StringComparison.Ordinal), outcome.ToString());
    }
}
