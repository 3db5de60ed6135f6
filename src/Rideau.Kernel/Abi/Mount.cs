namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/mount.h · man: mount(2), mount_setattr(2), fsopen(2), open_tree(2), move_mount(2).</summary>
public static class Mount
{
    public const long MS_RDONLY = 1;
    public const long MS_NOSUID = 2;
    public const long MS_NODEV = 4;
    public const long MS_NOEXEC = 8;
    public const long MS_SYNCHRONOUS = 16;
    public const long MS_REMOUNT = 32;
    public const long MS_MANDLOCK = 64;
    public const long MS_DIRSYNC = 128;
    public const long MS_NOSYMFOLLOW = 256;
    public const long MS_NOATIME = 1024;
    public const long MS_NODIRATIME = 2048;
    public const long MS_BIND = 4096;
    public const long MS_MOVE = 8192;
    public const long MS_REC = 16384;
    public const long MS_SILENT = 32768;
    public const long MS_UNBINDABLE = 1 << 17;
    public const long MS_PRIVATE = 1 << 18;
    public const long MS_SLAVE = 1 << 19;
    public const long MS_SHARED = 1 << 20;
    public const long MS_RELATIME = 1 << 21;
    public const long MS_I_VERSION = 1 << 23;
    public const long MS_STRICTATIME = 1 << 24;
    public const long MS_LAZYTIME = 1 << 25;

    public const int MNT_FORCE = 1;
    public const int MNT_DETACH = 2;
    public const int UMOUNT_NOFOLLOW = 8;

    public const int OPEN_TREE_CLONE = 1;
    /// <summary>Kernel 7.0.</summary>
    public const int OPEN_TREE_NAMESPACE = 2;
    public const int OPEN_TREE_CLOEXEC = Fcntl.O_CLOEXEC;

    public const int MOVE_MOUNT_F_SYMLINKS = 1;
    public const int MOVE_MOUNT_F_EMPTY_PATH = 4;
    public const int MOVE_MOUNT_T_SYMLINKS = 0x10;
    public const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const int MOVE_MOUNT_SET_GROUP = 0x100;
    public const int MOVE_MOUNT_BENEATH = 0x200;

    public const int FSOPEN_CLOEXEC = 1;
    public const int FSPICK_CLOEXEC = 1;
    public const int FSPICK_EMPTY_PATH = 8;
    public const int FSMOUNT_CLOEXEC = 1;
    public const int FSCONFIG_SET_FLAG = 0;
    public const int FSCONFIG_SET_STRING = 1;
    public const int FSCONFIG_SET_BINARY = 2;
    public const int FSCONFIG_SET_PATH = 3;
    public const int FSCONFIG_SET_PATH_EMPTY = 4;
    public const int FSCONFIG_SET_FD = 5;
    public const int FSCONFIG_CMD_CREATE = 6;
    public const int FSCONFIG_CMD_RECONFIGURE = 7;

    public const long MOUNT_ATTR_RDONLY = 1;
    public const long MOUNT_ATTR_NOSUID = 2;
    public const long MOUNT_ATTR_NODEV = 4;
    public const long MOUNT_ATTR_NOEXEC = 8;
    public const long MOUNT_ATTR__ATIME = 0x70;
    public const long MOUNT_ATTR_RELATIME = 0;
    public const long MOUNT_ATTR_NOATIME = 0x10;
    public const long MOUNT_ATTR_STRICTATIME = 0x20;
    public const long MOUNT_ATTR_NODIRATIME = 0x80;
    public const long MOUNT_ATTR_IDMAP = 0x100000;
    public const long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
}

/// <summary>struct mount_attr, linux/mount.h.</summary>
public struct mount_attr
{
    public ulong attr_set;
    public ulong attr_clr;
    public ulong propagation;
    public ulong userns_fd;
}
