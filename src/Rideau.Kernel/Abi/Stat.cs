using System.Runtime.InteropServices;

namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/stat.h, asm/statfs.h, linux/magic.h · man: statx(2), statfs(2).</summary>
public static class Stat
{
    public const int S_IFMT = 0xF000;
    public const int S_IFSOCK = 0xC000;
    public const int S_IFLNK = 0xA000;
    public const int S_IFREG = 0x8000;
    public const int S_IFBLK = 0x6000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFCHR = 0x2000;
    public const int S_IFIFO = 0x1000;

    public const int STATX_BASIC_STATS = 0x7ff;
    public const int STATX_MNT_ID = 0x1000;
    public const long STATX_ATTR_IMMUTABLE = 0x10;
    public const long STATX_ATTR_MOUNT_ROOT = 0x2000;
    public const long STATX_ATTR_VERITY = 0x100000;

    public const long CGROUP_SUPER_MAGIC = 0x27e0eb;
    public const long CGROUP2_SUPER_MAGIC = 0x63677270;
    public const long TMPFS_MAGIC = 0x01021994;
    public const long PROC_SUPER_MAGIC = 0x9fa0;
    public const long SYSFS_MAGIC = 0x62656572;
    public const long NSFS_MAGIC = 0x6e736673;
    public const long DEVPTS_SUPER_MAGIC = 0x1cd1;
    public const long ST_RDONLY = 1;
}

/// <summary>struct statx_timestamp.</summary>
public struct statx_timestamp
{
    public long tv_sec;
    public uint tv_nsec;
    public int __reserved;
}

/// <summary>struct statx, linux/stat.h; 256 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct statx_buffer
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
    public ushort __spare0;
    public ulong stx_ino;
    public ulong stx_size;
    public ulong stx_blocks;
    public ulong stx_attributes_mask;
    public statx_timestamp stx_atime;
    public statx_timestamp stx_btime;
    public statx_timestamp stx_ctime;
    public statx_timestamp stx_mtime;
    public uint stx_rdev_major;
    public uint stx_rdev_minor;
    public uint stx_dev_major;
    public uint stx_dev_minor;
    public ulong stx_mnt_id;
}

/// <summary>struct statfs of 64-bit architectures, asm-generic/statfs.h; 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 120)]
public struct statfs_buffer
{
    public long f_type;
    public long f_bsize;
    public ulong f_blocks;
    public ulong f_bfree;
    public ulong f_bavail;
    public ulong f_files;
    public ulong f_ffree;
    public ulong f_fsid;
    public long f_namelen;
    public long f_frsize;
    public long f_flags;
}
