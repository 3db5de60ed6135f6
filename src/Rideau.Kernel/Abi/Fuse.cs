namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/fuse.h · man: fuse(4) · docs: Documentation/filesystems/fuse.</summary>
public static class Fuse
{
    public const uint FUSE_KERNEL_VERSION = 7;

    /// <summary>What this program speaks: the layouts of kernel 5.4, which later kernels take as they are.</summary>
    public const uint FUSE_KERNEL_MINOR_VERSION = 31;

    public const ulong FUSE_ROOT_ID = 1;
    public const int FUSE_MIN_READ_BUFFER = 8192;
    public const int FUSE_NAME_MAX = 1024;

    public const uint FUSE_LOOKUP = 1;
    public const uint FUSE_FORGET = 2;
    public const uint FUSE_GETATTR = 3;
    public const uint FUSE_SETATTR = 4;
    public const uint FUSE_READLINK = 5;
    public const uint FUSE_SYMLINK = 6;
    public const uint FUSE_MKNOD = 8;
    public const uint FUSE_MKDIR = 9;
    public const uint FUSE_UNLINK = 10;
    public const uint FUSE_RMDIR = 11;
    public const uint FUSE_RENAME = 12;
    public const uint FUSE_LINK = 13;
    public const uint FUSE_OPEN = 14;
    public const uint FUSE_READ = 15;
    public const uint FUSE_WRITE = 16;
    public const uint FUSE_STATFS = 17;
    public const uint FUSE_RELEASE = 18;
    public const uint FUSE_FSYNC = 20;
    public const uint FUSE_FLUSH = 25;
    public const uint FUSE_INIT = 26;
    public const uint FUSE_OPENDIR = 27;
    public const uint FUSE_READDIR = 28;
    public const uint FUSE_RELEASEDIR = 29;
    public const uint FUSE_FSYNCDIR = 30;
    public const uint FUSE_ACCESS = 34;
    public const uint FUSE_CREATE = 35;
    public const uint FUSE_INTERRUPT = 36;
    public const uint FUSE_DESTROY = 38;
    public const uint FUSE_POLL = 40;
    public const uint FUSE_BATCH_FORGET = 42;
    public const uint FUSE_RENAME2 = 45;
    public const uint FUSE_TMPFILE = 51;

    public const int FUSE_NOTIFY_POLL = 1;
    public const int FUSE_NOTIFY_INVAL_ENTRY = 3;

    public const uint FUSE_ATOMIC_O_TRUNC = 1 << 3;
    public const uint FUSE_PARALLEL_DIROPS = 1 << 18;

    public const uint FOPEN_DIRECT_IO = 1 << 0;
    public const uint FOPEN_NONSEEKABLE = 1 << 2;
    public const uint FOPEN_STREAM = 1 << 4;

    public const uint FUSE_POLL_SCHEDULE_NOTIFY = 1 << 0;

    public const uint RENAME_NOREPLACE = 1;
}

/// <summary>struct fuse_in_header; 40 bytes.</summary>
public struct fuse_in_header
{
    public uint len;
    public uint opcode;
    public ulong unique;
    public ulong nodeid;
    public uint uid;
    public uint gid;
    public uint pid;
    /// <summary>Of extensions at the end, in units of eight bytes.</summary>
    public ushort total_extlen;
    public ushort padding;
}

/// <summary>struct fuse_out_header; 16 bytes.</summary>
public struct fuse_out_header
{
    public uint len;
    /// <summary>Zero, the negative errno, or with a unique of zero the code of a notification.</summary>
    public int error;
    public ulong unique;
}

/// <summary>struct fuse_attr; 88 bytes.</summary>
public struct fuse_attr
{
    public ulong ino;
    public ulong size;
    public ulong blocks;
    public ulong atime;
    public ulong mtime;
    public ulong ctime;
    public uint atimensec;
    public uint mtimensec;
    public uint ctimensec;
    public uint mode;
    public uint nlink;
    public uint uid;
    public uint gid;
    public uint rdev;
    public uint blksize;
    public uint flags;
}

/// <summary>struct fuse_entry_out; 128 bytes.</summary>
public struct fuse_entry_out
{
    public ulong nodeid;
    public ulong generation;
    public ulong entry_valid;
    public ulong attr_valid;
    public uint entry_valid_nsec;
    public uint attr_valid_nsec;
    public fuse_attr attr;
}

/// <summary>struct fuse_attr_out; 104 bytes.</summary>
public struct fuse_attr_out
{
    public ulong attr_valid;
    public uint attr_valid_nsec;
    public uint dummy;
    public fuse_attr attr;
}

/// <summary>struct fuse_init_in as it was before it grew; the rest is not read.</summary>
public struct fuse_init_in
{
    public uint major;
    public uint minor;
    public uint max_readahead;
    public uint flags;
}

/// <summary>struct fuse_init_out; 64 bytes.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Size = 64)]
public struct fuse_init_out
{
    public uint major;
    public uint minor;
    public uint max_readahead;
    public uint flags;
    public ushort max_background;
    public ushort congestion_threshold;
    public uint max_write;
    public uint time_gran;
    public ushort max_pages;
    public ushort map_alignment;
    public uint flags2;
}

/// <summary>struct fuse_mkdir_in.</summary>
public struct fuse_mkdir_in
{
    public uint mode;
    public uint umask;
}

/// <summary>struct fuse_rename_in.</summary>
public struct fuse_rename_in
{
    public ulong newdir;
}

/// <summary>struct fuse_rename2_in.</summary>
public struct fuse_rename2_in
{
    public ulong newdir;
    public uint flags;
    public uint padding;
}

/// <summary>struct fuse_open_in.</summary>
public struct fuse_open_in
{
    public uint flags;
    public uint open_flags;
}

/// <summary>struct fuse_open_out.</summary>
public struct fuse_open_out
{
    public ulong fh;
    public uint open_flags;
    public uint padding;
}

/// <summary>struct fuse_read_in; 40 bytes.</summary>
public struct fuse_read_in
{
    public ulong fh;
    public ulong offset;
    public uint size;
    public uint read_flags;
    public ulong lock_owner;
    public uint flags;
    public uint padding;
}

/// <summary>struct fuse_release_in; 24 bytes.</summary>
public struct fuse_release_in
{
    public ulong fh;
    public uint flags;
    public uint release_flags;
    public ulong lock_owner;
}

/// <summary>struct fuse_interrupt_in.</summary>
public struct fuse_interrupt_in
{
    public ulong unique;
}

/// <summary>struct fuse_poll_in; 24 bytes.</summary>
public struct fuse_poll_in
{
    public ulong fh;
    public ulong kh;
    public uint flags;
    public uint events;
}

/// <summary>struct fuse_poll_out.</summary>
public struct fuse_poll_out
{
    public uint revents;
    public uint padding;
}

/// <summary>struct fuse_notify_poll_wakeup_out.</summary>
public struct fuse_notify_poll_wakeup_out
{
    public ulong kh;
}

/// <summary>struct fuse_kstatfs; 80 bytes.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Size = 80)]
public struct fuse_kstatfs
{
    public ulong blocks;
    public ulong bfree;
    public ulong bavail;
    public ulong files;
    public ulong ffree;
    public uint bsize;
    public uint namelen;
    public uint frsize;
}

/// <summary>struct fuse_dirent without its name; 24 bytes. The name follows without a NUL, and zeros up to a multiple of eight.</summary>
public struct fuse_dirent
{
    public ulong ino;
    public ulong off;
    public uint namelen;
    public uint type;
}
