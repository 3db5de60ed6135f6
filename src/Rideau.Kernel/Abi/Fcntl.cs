namespace Rideau.Kernel.Abi;

/// <summary>uapi: asm-generic/fcntl.h, linux/fcntl.h, linux/openat2.h · man: open(2), openat2(2), fcntl(2).</summary>
public static class Fcntl
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_RECURSIVE = 0x8000;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
#if ARM64
    public const int O_DIRECTORY = 0x4000;
    public const int O_NOFOLLOW = 0x8000;
#else
    public const int O_DIRECTORY = 0x10000;
    public const int O_NOFOLLOW = 0x20000;
#endif
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public const int O_TMPFILE = 0x400000 | O_DIRECTORY;

    public const int RESOLVE_NO_XDEV = 0x01;
    public const int RESOLVE_NO_MAGICLINKS = 0x02;
    public const int RESOLVE_NO_SYMLINKS = 0x04;
    public const int RESOLVE_BENEATH = 0x08;
    public const int RESOLVE_IN_ROOT = 0x10;

    public const int F_DUPFD = 0;
    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int FD_CLOEXEC = 1;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;
    public const int F_SEAL_WRITE = 8;

    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;

    public const int MFD_CLOEXEC = 1;
    public const int MFD_ALLOW_SEALING = 2;
    public const int MFD_NOEXEC_SEAL = 8;
    public const int MFD_EXEC = 16;

    public const int CLOSE_RANGE_UNSHARE = 2;
    public const int CLOSE_RANGE_CLOEXEC = 4;
}

/// <summary>struct open_how, linux/openat2.h.</summary>
public struct open_how
{
    public ulong flags;
    public ulong mode;
    public ulong resolve;
}
