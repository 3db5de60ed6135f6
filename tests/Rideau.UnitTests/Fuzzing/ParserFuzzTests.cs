using System;
using System.Text;
using CsCheck;
using Rideau.CommandLine;
using Rideau.Kernel.Procfs;
using Rideau.Runtime;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Plan;
using Rideau.Runtime.State;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>Files of the kernel, of the machine and of a hostile root file system, and the words of options: each parser takes whatever it is given.</summary>
public sealed class ParserFuzzTests
{
    private static readonly byte[][] s_mountInfo =
    [
        "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"u8.ToArray(),
        "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:7 propagate_from:2 - cgroup cgroup rw,cpu,cpuacct\n32 30 0:28 /a /sys/fs/cgroup/systemd rw - cgroup c rw,name=systemd\n"u8.ToArray(),
    ];

    private static readonly byte[][] s_groups = ["0::/user.slice\n"u8.ToArray(), "5:devices:/\n4:memory:/a:b/../c\n3:cpu,cpuacct:/\n2:name=systemd:/\n0::/\n"u8.ToArray()];

    private static readonly byte[][] s_passwd =
    [
        "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:User,,,:/home/user:/bin/bash\n"u8.ToArray(),
        "user:100000:65536\n1000:200000:65536\nuser:4294967295:4294967295\nuser:1:4294967295"u8.ToArray(),
    ];

    [Fact]
    public void Mountinfo_and_the_own_cgroups() =>
        Gen.Select(Fuzz.Mutations(s_mountInfo), Fuzz.Mutations(s_groups)).Sample(
            static (mounts, groups) => Fuzz.Attempt(() =>
            {
                CgroupLayout layout = CgroupLayout.Parse(mounts, groups);
                Assert.All(layout.Version1, hierarchy => Assert.StartsWith("/", hierarchy.OwnPath));
                var lines = new MountInfo(mounts);
                while (lines.MoveNext())
                {
                    _ = MountInfo.Unescape(lines.MountPoint) + MountInfo.Unescape(lines.Root);
                    _ = MountInfo.HasOption(lines.FileSystemOptions, "cpu"u8);
                }
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void Passwd_of_a_root_file_system() =>
        Fuzz.Mutations(s_passwd).Sample(
            static file => Fuzz.Attempt(() =>
            {
                foreach (uint uid in new uint[] { 0, 1000, uint.MaxValue })
                {
                    // It becomes HOME in the environment of a process.
                    Assert.DoesNotContain('\0', ProcessEnvironment.HomeIn(file, uid) ?? "");
                }
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void Subuid_and_subgid() =>
        Fuzz.Mutations(s_passwd).Sample(
            static file => Fuzz.Attempt(() =>
            {
                // The ranges lie one behind the other, from 1 on, and none goes beyond the last id.
                ulong next = 1;
                foreach (var range in SubordinateIds.Ranges(Encoding.UTF8.GetString(file), "user", "1000"))
                {
                    Assert.Equal(next, range.ContainerId);
                    next += range.Size;
                    Assert.True(next <= uint.MaxValue && (ulong)range.HostId + range.Size <= 1UL << 32);
                }
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    // The name is the process's own choice, up to 15 bytes of anything but NUL; the time must stay what it is.
    [Fact]
    public void A_process_cannot_forge_its_start_time_by_its_name() =>
        Gen.Byte[1, 255].Array[0, 15].Sample(
            static name => Fuzz.Attempt(() =>
            {
                byte[] stat = [.. "77 ("u8, .. name, .. ") S 1 77 77 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 123456 1000000 50 18446744073709551615\n"u8];
                Assert.Equal(123456UL, ProcessIdentity.StartTimeIn(stat));
                Assert.InRange(ProcessIdentity.StartTimeIn(stat.AsSpan(0, name.Length)), 0UL, ulong.MaxValue);
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void What_a_container_tells_the_service_manager() =>
        Fuzz.Mutations(["STATUS=up\nREADY=1\nMAINPID=4"u8.ToArray(), "READY=1"u8.ToArray()]).Sample(
            static message => Fuzz.Attempt(() =>
            {
                // Only this one line is passed on: nothing else that the container says reaches the manager.
                string? line = NotifySocket.ReadyIn(message);
                Assert.True(line is null || (line.StartsWith("READY=", StringComparison.Ordinal) && !line.Contains('\n', StringComparison.Ordinal)));
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void Rules_for_devices() =>
        Gen.Select(Fuzz.Mutations(["c 1:3 rwm\nb 8:* r\n"u8.ToArray(), "a *:* rwm\n"u8.ToArray(), "c *:* m\nc 136:* rwm"u8.ToArray()]), Fuzz.Mutations(["c 1:3 rw\n"u8.ToArray()])).Sample(
            static (first, second) => Fuzz.Attempt(() => DeviceTable.Parse(Encoding.UTF8.GetString(first)).WritesFrom(DeviceTable.Parse(Encoding.UTF8.GetString(second)))),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void Lists_of_cpus_and_sizes_and_signals() =>
        Fuzz.Texts("0-3", "7", "8191", "0", "k", "GiB", "M", "max", "KILL", "SIGRTMIN+3", "RTMAX-1").Sample(
            static text =>
            {
                Fuzz.Attempt(() => CpuList.Parse(text, "cpus"));
                Fuzz.Attempt(() => ByteSize.Parse(text, "memory"));
                Fuzz.Attempt(() => Assert.InRange(SignalName.Parse(text), -1, 64));
            },
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void Options_of_mounts() =>
        Fuzz.Texts("ro", "rbind", "rro", "idmap=uids=0-1000-10", "ridmap", "mode=755", "size=1g", "tmpcopyup", "rslave", "x-systemd.y", "rnosuid").List[0, 6].Sample(
            static options => Fuzz.Attempt(() => MountOptions.Parse(options)),
            iter: Fuzz.Inputs(),
            threads: 1);

    public static TheoryData<string> Huge => ["x", "\n", ":", "0::", "root:x:0:", "a:b:c:d\n", "\0", " ", "36 35 98:0 / / rw - ", "\\040", "\u00ff"];

    [Theory]
    [MemberData(nameof(Huge))]
    public void What_is_huge_or_has_no_end_of_line(string pattern)
    {
        byte[] file = Fuzz.Repeated(pattern, 1 << 20);
        Fuzz.Attempt(() => CgroupLayout.Parse(file, file));
        Fuzz.Attempt(() => ProcessEnvironment.HomeIn(file, 0));
        Fuzz.Attempt(() => SubordinateIds.Ranges(Encoding.UTF8.GetString(file), "user", "1000"));
        Fuzz.Attempt(() => MountInfo.Unescape(file));
        Fuzz.Attempt(() => MountOptions.Parse([Encoding.UTF8.GetString(file)]));
    }
}
