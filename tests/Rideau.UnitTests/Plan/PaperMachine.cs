using System;
using System.IO;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;

namespace Rideau.UnitTests.Plan;

/// <summary>A machine that is described, so that a plan for it is the same wherever the tests run.</summary>
/// <remarks>Root file systems are one small real directory: what a plan reads in it (passwd, modes of directories) is read by the code that reads it.</remarks>
internal sealed class PaperMachine : LookingView, IDisposable
{
    private const string Version2 = "30 1 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw\n";
    private const string Hybrid = """
        30 1 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:4 - tmpfs tmpfs ro,mode=755
        31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:5 - cgroup2 cgroup2 rw
        32 30 0:28 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:6 - cgroup cgroup rw,xattr,name=systemd
        33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct
        34 30 0:30 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:8 - cgroup cgroup rw,memory
        35 30 0:31 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:9 - cgroup cgroup rw,devices

        """;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("rideau-plans-");

    internal PaperMachine()
    {
        foreach ((string name, int mode) in new[] { ("etc", 0x1ed), ("tmp", 0x3ff), ("run", 0x1ed), ("dev", 0x1ed), ("dev/shm", 0x3ff), ("var", 0x1ed) })
        {
            string directory = Directory.CreateDirectory(Path.Combine(_root.FullName, name)).FullName;
            File.SetUnixFileMode(directory, (UnixFileMode)mode);
        }

        File.WriteAllText(Path.Combine(_root.FullName, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n");
    }

    /// <summary>The caller; not root is not the root of the machine.</summary>
    internal uint Uid { get; init; }

    /// <summary>cgroup v1 with a v2 tree beside it, as on older machines; else v2 alone.</summary>
    internal bool IsHybrid { get; init; }

    internal bool HasAppArmor { get; init; }

    internal bool HasSelinux { get; init; }

    internal override uint EffectiveUid => Uid;

    internal override uint EffectiveGid => Uid;

    internal override ulong PermittedCapabilities => ulong.MaxValue;

    internal override bool IsUnprivileged => Uid != 0;

    internal override rlimit64? OpenFiles => new rlimit64 { rlim_cur = 1024, rlim_max = 524288 };

    internal override CgroupLayout Cgroups() => IsHybrid
        ? CgroupLayout.Parse(Encoding.ASCII.GetBytes(Hybrid), "5:devices:/\n4:memory:/user.slice\n3:cpu,cpuacct:/\n2:name=systemd:/\n0::/\n"u8)
        : CgroupLayout.Parse(Encoding.ASCII.GetBytes(Version2), "0::/user.slice\n"u8);

    internal override int TryStatus(string path, out FileStatus status)
    {
        int errno = path switch
        {
            "/sys/module/apparmor/parameters/enabled" when !HasAppArmor => Errno.ENOENT,
            "/sys/fs/selinux/enforce" when !HasSelinux => Errno.ENOENT,
            "/proc/self/ns/mnt" => Errno.ENOENT,
            _ => 0,
        };
        var raw = new statx_buffer { stx_mode = (ushort)(IsFile(path) ? Stat.S_IFREG | 0x1a4 : Stat.S_IFDIR | 0x1ed) };
        if (path == "/dev/null")
        {
            raw = new statx_buffer { stx_mode = (ushort)(Stat.S_IFCHR | 0x1b6), stx_rdev_major = 1, stx_rdev_minor = 3 };
        }
        else if (path is "/" or "/srv")
        {
            raw.stx_attributes = (ulong)Stat.STATX_ATTR_MOUNT_ROOT;
        }

        status = new FileStatus(raw);
        return errno;
    }

    internal override bool TryDescriptorStatus(int descriptor, out FileStatus status)
    {
        status = new FileStatus(new statx_buffer { stx_mode = (ushort)(Stat.S_IFIFO | 0x180), stx_uid = Uid });
        return true;
    }

    internal override long FileSystemType(string path) => path switch
    {
        "/sys/fs/cgroup" => IsHybrid ? Stat.TMPFS_MAGIC : Stat.CGROUP2_SUPER_MAGIC,
        "/sys/fs/cgroup/unified" => Stat.CGROUP2_SUPER_MAGIC,
        _ when path.StartsWith("/sys/fs/cgroup/", StringComparison.Ordinal) => Stat.CGROUP_SUPER_MAGIC,
        _ => 0xef53,
    };

    // Whatever is opened is a root file system or a namespace.
    internal override int TryOpen(string path, int flags, out OwnedFd? descriptor)
    {
        descriptor = (flags & Fcntl.O_DIRECTORY) != 0 ? Files.Open(_root.FullName, Fcntl.O_PATH | Fcntl.O_DIRECTORY) : Files.MemoryFile("namespace");
        return 0;
    }

    internal override string PathOf(OwnedFd directory, string given) => given;

    public void Dispose() => _root.Delete(recursive: true);

    private static bool IsFile(string path) =>
        Path.GetFileName(path) is "hosts" or "hostname" or "resolv.conf" or ".containerenv";
}
