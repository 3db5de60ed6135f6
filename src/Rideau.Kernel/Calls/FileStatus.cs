using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Calls;

/// <summary>What statx(2) says of a file.</summary>
public readonly record struct FileStatus
{
    internal FileStatus(in statx_buffer raw)
    {
        Mode = raw.stx_mode;
        Uid = raw.stx_uid;
        Gid = raw.stx_gid;
        SizeBytes = (long)raw.stx_size;
        Inode = raw.stx_ino;
        DeviceMajor = raw.stx_dev_major;
        DeviceMinor = raw.stx_dev_minor;
        SpecialMajor = raw.stx_rdev_major;
        SpecialMinor = raw.stx_rdev_minor;
        MountId = raw.stx_mnt_id;
        Attributes = raw.stx_attributes;
        Links = raw.stx_nlink;
        Blocks = (long)raw.stx_blocks;
        ModifiedSeconds = raw.stx_mtime.tv_sec;
        ModifiedNanoseconds = raw.stx_mtime.tv_nsec;
        ReadSeconds = raw.stx_atime.tv_sec;
        ReadNanoseconds = raw.stx_atime.tv_nsec;
        ChangedSeconds = raw.stx_ctime.tv_sec;
        ChangedNanoseconds = raw.stx_ctime.tv_nsec;
    }

    /// <summary>Type and permission bits.</summary>
    public int Mode { get; }

    /// <summary>The owner.</summary>
    public uint Uid { get; }

    /// <summary>The owning group.</summary>
    public uint Gid { get; }

    public long SizeBytes { get; }

    public ulong Inode { get; }

    public uint Links { get; }

    /// <summary>What it takes of its file system, in units of 512 bytes.</summary>
    public long Blocks { get; }

    /// <summary>When its contents last changed, in seconds since 1970.</summary>
    public long ModifiedSeconds { get; }

    /// <summary>The part of a second.</summary>
    public uint ModifiedNanoseconds { get; }

    /// <summary>When it was last read, in seconds since 1970.</summary>
    public long ReadSeconds { get; }

    /// <summary>The part of a second.</summary>
    public uint ReadNanoseconds { get; }

    /// <summary>When it, its owner or its mode last changed, in seconds since 1970.</summary>
    public long ChangedSeconds { get; }

    /// <summary>The part of a second.</summary>
    public uint ChangedNanoseconds { get; }

    /// <summary>Of the file system the file is on.</summary>
    public uint DeviceMajor { get; }

    /// <summary>Of the file system the file is on.</summary>
    public uint DeviceMinor { get; }

    /// <summary>Of the device that the file stands for.</summary>
    public uint SpecialMajor { get; }

    /// <summary>Of the device that the file stands for.</summary>
    public uint SpecialMinor { get; }

    public ulong MountId { get; }

    /// <summary>STATX_ATTR_ bits.</summary>
    public ulong Attributes { get; }

    public bool IsDirectory => (Mode & Stat.S_IFMT) == Stat.S_IFDIR;

    public bool IsRegularFile => (Mode & Stat.S_IFMT) == Stat.S_IFREG;

    public bool IsSymbolicLink => (Mode & Stat.S_IFMT) == Stat.S_IFLNK;

    public bool IsCharacterDevice => (Mode & Stat.S_IFMT) == Stat.S_IFCHR;

    public bool IsBlockDevice => (Mode & Stat.S_IFMT) == Stat.S_IFBLK;

    public bool IsFifo => (Mode & Stat.S_IFMT) == Stat.S_IFIFO;

    public bool IsSocket => (Mode & Stat.S_IFMT) == Stat.S_IFSOCK;
}
