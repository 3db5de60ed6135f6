namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/nsfs.h, linux/fcntl.h, linux/fs.h · man: ioctl_nsfs(2), name_to_handle_at(2), listns(2).</summary>
public static class Nsfs
{
    public const int NS_GET_USERNS = 0xb701;
    public const int NS_GET_PARENT = 0xb702;
    public const int NS_GET_NSTYPE = 0xb703;
    public const int NS_GET_OWNER_UID = 0xb704;

    /// <summary>Kernel 6.11: a pid of the pid namespace, as the caller's numbers it.</summary>
    public const long NS_GET_PID_FROM_PIDNS = 0x8004b706;

    /// <summary>Kernel 6.18: a number of 64 bits that no other namespace ever has.</summary>
    public const long NS_GET_ID = 0x8008b70d;

    /// <summary>The type of a namespace's file handle (FILEID_NSFS), kernel 6.18.</summary>
    public const int FILEID_NSFS = 0xf1;

    /// <summary>In place of a directory: handles are of nsfs, kernel 6.18.</summary>
    public const int FD_NSFS_ROOT = -10003;

    /// <summary>ioctl on a socket: its network namespace, kernel 2.6.39.</summary>
    public const int SIOCGSKNS = 0x894c;
}

/// <summary>struct nsfs_file_handle, linux/nsfs.h; 16 bytes.</summary>
public struct nsfs_file_handle
{
    public ulong ns_id;
    public uint ns_type;
    public uint ns_inum;
}

/// <summary>struct ns_id_req, linux/nsfs.h; 32 bytes.</summary>
public struct ns_id_req
{
    public uint size;
    public uint spare;
    public ulong ns_id;
    public uint ns_type;
    public uint spare2;
    public ulong user_ns_id;
}
