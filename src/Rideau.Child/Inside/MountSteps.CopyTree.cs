// RUNS IN: child of clone3, no GC
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

// What a tmpfs covers, copied into it: "tmpcopyup".
internal static unsafe partial class MountSteps
{
    private const int DepthLimit = 64;
    private const int EntriesBytes = 8192;

    /// <summary>Copies what is in one directory into another, with owners, modes, links and special files; follows no link.</summary>
    /// <param name="limit">The most entries; ENOSPC beyond them.</param>
    /// <returns>0; ELOOP below 64 directories.</returns>
    internal static nint CopyTree(nint from, nint to, nint limit, ChildBoard* board)
    {
        nint left = limit;
        board->Detail = 0;
        return CopyEntries(from, to, &left, DepthLimit);
    }

    private static nint CopyEntries(nint from, nint to, nint* left, int depth)
    {
        if (depth == 0)
        {
            return -Errno.ELOOP;
        }

        byte* entries = stackalloc byte[EntriesBytes];
        while (true)
        {
            nint filled = RawSyscall.Retry(SyscallNumber.getdents64, from, (nint)entries, EntriesBytes);
            if (filled <= 0)
            {
                return filled;
            }

            // struct linux_dirent64: inode and offset of eight bytes, the record's length of two, the type of one, the name.
            for (nint at = 0; at < filled; at += *(ushort*)(entries + at + 16))
            {
                byte* name = entries + at + 19;
                bool self = name[0] == (byte)'.' && (name[1] == 0 || (name[1] == (byte)'.' && name[2] == 0));
                if (self)
                {
                    continue;
                }

                *left -= 1;
                nint copied = *left < 0 ? -Errno.ENOSPC : CopyEntry(from, to, name, left, depth);
                if (copied < 0)
                {
                    return copied;
                }
            }
        }
    }

    private static nint CopyEntry(nint from, nint to, byte* name, nint* left, int depth)
    {
        statx_buffer status;
        nint result = RawSyscall.Retry(SyscallNumber.statx, from, (nint)name, Fcntl.AT_SYMLINK_NOFOLLOW, Stat.STATX_BASIC_STATS, (nint)(&status));
        if (result < 0)
        {
            return result;
        }

        int type = status.stx_mode & Stat.S_IFMT;
        result = type switch
        {
            Stat.S_IFDIR => CopyDirectory(from, to, name, left, depth),
            Stat.S_IFREG => CopyFile(from, to, name),
            Stat.S_IFLNK => CopyLink(from, to, name),
            _ => RawSyscall.Retry(SyscallNumber.mknodat, to, (nint)name, status.stx_mode, DeviceNumber(&status)),
        };
        if (result < 0)
        {
            return result;
        }

        // The mode comes after the owner, because a new owner takes the set-user-id bit away.
        result = RawSyscall.Retry(SyscallNumber.fchownat, to, (nint)name, (nint)status.stx_uid, (nint)status.stx_gid, Fcntl.AT_SYMLINK_NOFOLLOW);
        if (result >= 0 && type != Stat.S_IFLNK)
        {
            result = RawSyscall.Retry(SyscallNumber.fchmodat, to, (nint)name, status.stx_mode & 0xfff);
        }

        return result;
    }

    private static nint CopyDirectory(nint from, nint to, byte* name, nint* left, int depth)
    {
        nint result = RawSyscall.Retry(SyscallNumber.mkdirat, to, (nint)name, 0x1c0);
        if (result < 0)
        {
            return result;
        }

        const int Flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        nint source = RawSyscall.Retry(SyscallNumber.openat, from, (nint)name, Flags, 0);
        if (source < 0)
        {
            return source;
        }

        nint target = RawSyscall.Retry(SyscallNumber.openat, to, (nint)name, Flags, 0);
        result = target < 0 ? target : CopyEntries(source, target, left, depth - 1);
        Close(target);
        Close(source);
        return result;
    }

    private static nint CopyFile(nint from, nint to, byte* name)
    {
        // O_NONBLOCK: what was a file a moment ago may be a FIFO now.
        nint source = RawSyscall.Retry(SyscallNumber.openat, from, (nint)name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0);
        if (source < 0)
        {
            return source;
        }

        const int New = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        nint target = RawSyscall.Retry(SyscallNumber.openat, to, (nint)name, New, 0x180);
        nint result = target;
        while (result > 0 || result == -Errno.EINTR)
        {
            result = RawSyscall.Invoke(SyscallNumber.sendfile, target, source, 0, 1 << 30);
        }

        Close(target);
        Close(source);
        return result;
    }

    private static nint CopyLink(nint from, nint to, byte* name)
    {
        byte* text = stackalloc byte[PathLimit];
        nint length = RawSyscall.Retry(SyscallNumber.readlinkat, from, (nint)name, (nint)text, PathLimit - 1);
        if (length < 0)
        {
            return length;
        }

        text[length] = 0;
        return RawSyscall.Retry(SyscallNumber.symlinkat, (nint)text, to, (nint)name);
    }

    // makedev(3), as the kernel packs it.
    internal static nint CheckNode(nint directory, byte* name, nint type, nint number)
    {
        statx_buffer status;
        nint result = RawSyscall.Invoke(SyscallNumber.statx, directory, (nint)name, Fcntl.AT_SYMLINK_NOFOLLOW, 1, (nint)(&status)); // STATX_TYPE
        return result < 0 ? result
            : (status.stx_mode & Stat.S_IFMT) == type && (type == Stat.S_IFIFO || DeviceNumber(&status) == number) ? 0 : -Errno.EEXIST;
    }

    private static nint DeviceNumber(statx_buffer* status) =>
        (nint)((status->stx_rdev_minor & 0xff) | (status->stx_rdev_major << 8) | ((status->stx_rdev_minor & ~0xffu) << 12));

    private static void Close(nint descriptor)
    {
        if (descriptor >= 0)
        {
            _ = RawSyscall.Invoke(SyscallNumber.close, descriptor); // ignored: it was open
        }
    }
}
