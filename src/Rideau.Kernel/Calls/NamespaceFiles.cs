using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>What the kernel says of a namespace that is open. man: ioctl_nsfs(2), name_to_handle_at(2) · kernel 4.11+ · runs in: caller</summary>
public static unsafe class NamespaceFiles
{
    /// <summary>True where the descriptor is of a namespace.</summary>
    public static bool IsNamespace(OwnedFd fd)
    {
        statfs_buffer raw;
        return Syscalls.Retry(SyscallNumber.fstatfs, fd.Number, (nint)(&raw)) >= 0 && raw.f_type == Stat.NSFS_MAGIC;
    }

    /// <summary>The calling thread joins it. A user namespace is joined only by a process of one thread.</summary>
    /// <returns>0, or the positive errno: EPERM; EINVAL for a user namespace that the process is in, or where it has other threads.</returns>
    /// <remarks>man: setns(2)</remarks>
    public static int TryJoin(OwnedFd fd, long flag) => (int)-RawSyscall.Invoke(SyscallNumber.setns, fd.Number, (nint)flag);

    /// <summary>The CLONE_NEW flag of its type.</summary>
    /// <returns>0, or the positive errno: ENOTTY where it is no namespace.</returns>
    public static int TryType(OwnedFd fd, out long flag)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.ioctl, fd.Number, Nsfs.NS_GET_NSTYPE);
        flag = result > 0 ? result : 0;
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>The user namespace that owns it; of a user namespace: its parent.</summary>
    /// <returns>0, or the positive errno: EPERM where that is out of the caller's sight.</returns>
    public static int TryOpenOwner(OwnedFd fd, out OwnedFd? owner) => TryOpenRelative(fd, Nsfs.NS_GET_USERNS, out owner);

    /// <summary>The namespace above it, of a pid or user namespace.</summary>
    /// <returns>0, or the positive errno: EPERM where there is none, or it is out of the caller's sight; EINVAL for other types.</returns>
    public static int TryOpenParent(OwnedFd fd, out OwnedFd? parent) => TryOpenRelative(fd, Nsfs.NS_GET_PARENT, out parent);

    /// <summary>The user that made a user namespace, as the caller's user namespace numbers him.</summary>
    /// <returns>0, or the positive errno: EINVAL for other types.</returns>
    public static int TryOwnerUid(OwnedFd fd, out uint uid)
    {
        uint value = 0;
        int errno = (int)-RawSyscall.Invoke(SyscallNumber.ioctl, fd.Number, Nsfs.NS_GET_OWNER_UID, (nint)(&value));
        uid = value;
        return errno;
    }

    /// <summary>The number that no other namespace ever has (kernel 6.18).</summary>
    /// <returns>0, or the positive errno: ENOTTY before that.</returns>
    public static int TryId(OwnedFd fd, out ulong id)
    {
        ulong value = 0;
        int errno = (int)-RawSyscall.Invoke(SyscallNumber.ioctl, fd.Number, unchecked((nint)Nsfs.NS_GET_ID), (nint)(&value));
        id = value;
        return errno;
    }

    /// <summary>The init of a pid namespace, as the caller's pid namespace numbers it (kernel 6.11).</summary>
    /// <returns>0, or the positive errno: ESRCH where it has ended, or the caller does not see it.</returns>
    public static int TryInit(OwnedFd pidNamespace, out int pid)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.ioctl, pidNamespace.Number, unchecked((nint)Nsfs.NS_GET_PID_FROM_PIDNS), 1);
        pid = result > 0 ? (int)result : 0;
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>The network namespace of a socket.</summary>
    /// <returns>0, or the positive errno: ENOTTY for what is no socket, EPERM without CAP_NET_ADMIN there.</returns>
    public static int TryOpenOfSocket(OwnedFd socket, out OwnedFd? network) => TryOpenRelative(socket, Nsfs.SIOCGSKNS, out network);

    /// <summary>The file handle by which it can be opened again as long as it lives (kernel 6.18).</summary>
    /// <returns>0, or the positive errno: EOPNOTSUPP before that.</returns>
    public static int TryHandle(OwnedFd fd, out nsfs_file_handle handle)
    {
        // struct file_handle: the bytes there are, the type, the bytes.
        int* raw = stackalloc int[2 + (sizeof(nsfs_file_handle) / sizeof(int))];
        raw[0] = sizeof(nsfs_file_handle);
        int mount = 0;
        byte empty = 0;
        int errno = (int)-RawSyscall.Invoke(SyscallNumber.name_to_handle_at, fd.Number, (nint)(&empty), (nint)raw, (nint)(&mount), Fcntl.AT_EMPTY_PATH);
        handle = errno == 0 ? *(nsfs_file_handle*)(raw + 2) : default;
        return errno != 0 ? errno : raw[1] == Nsfs.FILEID_NSFS ? 0 : Errno.EOPNOTSUPP;
    }

    /// <summary>Opens a namespace by its handle. Type and inode of 0 stand for any.</summary>
    /// <returns>0, or the positive errno: ESTALE where it has died; EBADF and EOPNOTSUPP before kernel 6.18; EPERM.</returns>
    public static int TryOpenHandle(in nsfs_file_handle handle, out OwnedFd? fd)
    {
        int* raw = stackalloc int[2 + (sizeof(nsfs_file_handle) / sizeof(int))];
        raw[0] = sizeof(nsfs_file_handle);
        raw[1] = Nsfs.FILEID_NSFS;
        *(nsfs_file_handle*)(raw + 2) = handle;
        nint result = RawSyscall.Invoke(SyscallNumber.open_by_handle_at, Nsfs.FD_NSFS_ROOT, (nint)raw, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
        fd = result >= 0 ? new OwnedFd((int)result) : null;
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>Ids of namespaces that live, ascending (listns(2), kernel 6.19).</summary>
    /// <param name="after">Only those with a higher id; 0 for all.</param>
    /// <returns>How many there are in the buffer, or the negative errno: ENOSYS before that.</returns>
    public static int TryList(ulong after, Span<ulong> ids)
    {
        var request = new ns_id_req { size = (uint)sizeof(ns_id_req), ns_id = after };
        fixed (ulong* first = ids)
        {
            return (int)RawSyscall.Invoke(SyscallNumber.listns, (nint)(&request), (nint)first, ids.Length, 0);
        }
    }

    private static int TryOpenRelative(OwnedFd fd, int request, out OwnedFd? relative)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.ioctl, fd.Number, request);
        relative = result >= 0 ? new OwnedFd((int)result) : null;
        return result < 0 ? (int)-result : 0;
    }
}
