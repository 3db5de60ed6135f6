// RUNS IN: entry before the runtime; caller. No GC.
using System.Runtime.CompilerServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Before;

/// <summary>Makes the program's own file unreachable for writing through /proc/PID/exe (CVE-2019-5736).</summary>
/// <remarks>
/// A process that is about to become a container's program runs from this program's file, and the
/// container may open that through /proc. So the program executes itself again from a detached mount of
/// its file that is read-only: whoever opens it through /proc gets EROFS, for ever, at the cost of one
/// execve (a third of a millisecond); nothing is copied and nothing has to be unmounted. Where the caller
/// may not clone a mount and could write the file, it is copied to a sealed file in memory.
/// </remarks>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class Seal
{
    /// <summary>Returns when the program is sealed already or needs no seal; otherwise does not return.</summary>
    /// <returns>False where it could not be done.</returns>
    internal static bool Ensure(byte** argv, byte** envp)
    {
        fixed (byte* self = "/proc/self/exe\0"u8)
        fixed (byte* empty = "\0"u8)
        {
            statfs_buffer mount = default;
            bool known = RawSyscall.Invoke(SyscallNumber.statfs, (nint)self, (nint)(&mount)) >= 0;
            if ((known && (mount.f_flags & Stat.ST_RDONLY) != 0) || HasVerity(self, out uint owner) || (known && mount.f_type == Stat.TMPFS_MAGIC && IsSealedMemory(self)))
            {
                Name();
                return true;
            }

            nint image = Clone(self);
            if (image < 0)
            {
                image = IsWritable(self, owner) ? Copy(self) : image;
                if (image < 0)
                {
                    return !IsWritable(self, owner);
                }
            }

            _ = RawSyscall.Invoke(SyscallNumber.execveat, image, (nint)empty, (nint)argv, (nint)envp, Fcntl.AT_EMPTY_PATH); // ignored: false says it
            return false;
        }
    }

    /// <summary>The program in a form that cannot be written, for execveat(2): a read-only mount of its file; the file itself where the user cannot write it; a copy in sealed memory.</summary>
    /// <returns>The descriptor, close-on-exec, or the negative errno.</returns>
    internal static nint Open()
    {
        fixed (byte* self = "/proc/self/exe\0"u8)
        {
            nint image = Clone(self);
            if (image >= 0)
            {
                return image;
            }

            // Of a mount that is detached, as after Ensure, no clone can be had; if it cannot be written through, it serves itself.
            statfs_buffer mount = default;
            bool isReadOnly = RawSyscall.Invoke(SyscallNumber.statfs, (nint)self, (nint)(&mount)) >= 0 && (mount.f_flags & Stat.ST_RDONLY) != 0;
            return isReadOnly || HasVerity(self, out uint owner) || IsSealedMemory(self) || !IsWritable(self, owner)
                ? RawSyscall.Invoke(SyscallNumber.openat, Fcntl.AT_FDCWD, (nint)self, Fcntl.O_PATH | Fcntl.O_CLOEXEC)
                : Copy(self);
        }
    }

    // Nothing is copied, and nothing has to be unmounted.
    private static nint Clone(byte* self)
    {
        nint tree = RawSyscall.Retry(SyscallNumber.open_tree, Fcntl.AT_FDCWD, (nint)self, Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC);
        if (tree < 0)
        {
            return tree;
        }

        byte empty = 0;
        mount_attr attributes = default;
        attributes.attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY;
        nint result = RawSyscall.Retry(SyscallNumber.mount_setattr, tree, (nint)(&empty), Fcntl.AT_EMPTY_PATH, (nint)(&attributes), sizeof(mount_attr));
        if (result < 0)
        {
            _ = RawSyscall.Invoke(SyscallNumber.close, tree); // ignored: it was open
            return result;
        }

        return tree;
    }

    // X_OK and W_OK are bits of access(2); 2 is W_OK.
    private static bool IsWritable(byte* self, uint owner) =>
        owner == (uint)RawSyscall.Invoke(SyscallNumber.geteuid) || RawSyscall.Invoke(SyscallNumber.faccessat, Fcntl.AT_FDCWD, (nint)self, 2) != -Errno.EACCES;

    // Not where the file is only immutable: a container with CAP_LINUX_IMMUTABLE takes that off through the descriptor (chattr(1)).
    private static bool HasVerity(byte* self, out uint owner)
    {
        statx_buffer status;
        nint result = RawSyscall.Invoke(SyscallNumber.statx, Fcntl.AT_FDCWD, (nint)self, 0, Stat.STATX_BASIC_STATS, (nint)(&status));
        owner = status.stx_uid;
        return result >= 0 && (status.stx_attributes & Stat.STATX_ATTR_VERITY) != 0;
    }

    private static bool IsSealedMemory(byte* self)
    {
        nint file = RawSyscall.Invoke(SyscallNumber.openat, Fcntl.AT_FDCWD, (nint)self, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
        if (file < 0)
        {
            return false;
        }

        nint seals = RawSyscall.Invoke(SyscallNumber.fcntl, file, Fcntl.F_GET_SEALS);
        _ = RawSyscall.Invoke(SyscallNumber.close, file); // ignored: it was open
        return seals >= 0 && (seals & Fcntl.F_SEAL_WRITE) != 0;
    }

    private static nint Copy(byte* self)
    {
        fixed (byte* name = "rideau\0"u8)
        {
            nint copy = RawSyscall.Invoke(SyscallNumber.memfd_create, (nint)name, Fcntl.MFD_CLOEXEC | Fcntl.MFD_ALLOW_SEALING | Fcntl.MFD_EXEC);
            if (copy == -Errno.EINVAL)
            {
                copy = RawSyscall.Invoke(SyscallNumber.memfd_create, (nint)name, Fcntl.MFD_CLOEXEC | Fcntl.MFD_ALLOW_SEALING); // before kernel 6.3
            }

            if (copy < 0)
            {
                return copy;
            }

            nint file = RawSyscall.Invoke(SyscallNumber.openat, Fcntl.AT_FDCWD, (nint)self, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
            nint sent = file;
            while (file >= 0 && (sent = RawSyscall.Invoke(SyscallNumber.sendfile, copy, file, 0, 1 << 30)) > 0)
            {
            }

            if (file >= 0)
            {
                _ = RawSyscall.Invoke(SyscallNumber.close, file); // ignored: it was open
            }

            nint result = sent < 0 ? sent : RawSyscall.Invoke(SyscallNumber.fcntl, copy, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE);
            if (result < 0)
            {
                _ = RawSyscall.Invoke(SyscallNumber.close, copy); // ignored: likewise
                return result;
            }

            return copy;
        }
    }

    // Executed by descriptor, the process would be called after the descriptor's number.
    private static void Name()
    {
        fixed (byte* name = "rideau\0"u8)
        {
            _ = RawSyscall.Invoke(SyscallNumber.prctl, 15, (nint)name); // ignored: only a name (PR_SET_NAME)
        }
    }
}
