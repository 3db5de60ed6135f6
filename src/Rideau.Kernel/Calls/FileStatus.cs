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

    public bool IsSocket => (Mode & Stat.S_IFMT) == Stat.S_IFSOCK;
}
