using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Files and directories by descriptor and name.</summary>
/// <remarks>
/// A null <c>directory</c> means the caller's working directory. Every descriptor is opened with O_CLOEXEC.
/// The Try forms return the positive errno, or 0. man: open(2), openat2(2), read(2), write(2) · runs in: caller
/// </remarks>
public static unsafe partial class Files
{
    /// <summary>Opens a file.</summary>
    /// <exception cref="LinuxException">ENOENT, EACCES, ELOOP with O_NOFOLLOW, and the others of open(2).</exception>
    public static OwnedFd Open(string path, int flags, int mode = 0, OwnedFd? directory = null)
    {
        int errno = TryOpen(path, flags, out OwnedFd? fd, mode, directory);
        return fd ?? throw new LinuxException("openat", errno, $"\"{path}\"");
    }

    /// <summary>Opens a file.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryOpen(string path, int flags, out OwnedFd? fd, int mode = 0, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            nint result = Syscalls.Retry(SyscallNumber.openat, At(directory), (nint)pointer, flags | Fcntl.O_CLOEXEC, mode);
            fd = result >= 0 ? new OwnedFd((int)result) : null;
            return result >= 0 ? 0 : (int)-result;
        }
    }

    /// <summary>Opens a file with limits on how its path is resolved (openat2(2), kernel 5.6).</summary>
    /// <param name="directory">Where the path begins; with RESOLVE_IN_ROOT also its root.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">O_ flags; O_CLOEXEC is added.</param>
    /// <param name="resolve">RESOLVE_ flags.</param>
    /// <param name="fd">The descriptor.</param>
    /// <param name="mode">For O_CREAT.</param>
    /// <returns>0, or the positive errno. EAGAIN (a rename raced with the walk) is tried again, up to 64 times.</returns>
    public static int TryOpenResolved(OwnedFd directory, string path, int flags, int resolve, out OwnedFd? fd, int mode = 0)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        var how = new open_how { flags = (ulong)(uint)(flags | Fcntl.O_CLOEXEC), mode = (ulong)mode, resolve = (ulong)resolve };
        nint result;
        fixed (byte* pointer = name)
        {
            int tries = 64;
            do
            {
                result = Syscalls.Retry(SyscallNumber.openat2, directory.Number, (nint)pointer, (nint)(&how), sizeof(open_how));
            }
            while (result == -Abi.Errno.EAGAIN && --tries > 0);
        }

        fd = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Reads up to the length of the buffer; 0 at the end of the file.</summary>
    public static int Read(OwnedFd fd, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return (int)Syscalls.Check(Syscalls.Retry(SyscallNumber.read, fd.Number, (nint)pointer, buffer.Length), "read");
        }
    }

    /// <summary>One read(2).</summary>
    /// <returns>The count of bytes, 0 at the end of file, or the negative errno.</returns>
    public static int TryReadSome(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return (int)Syscalls.Retry(SyscallNumber.read, descriptor, (nint)pointer, buffer.Length);
        }
    }

    /// <summary>One write(2).</summary>
    /// <returns>The count of bytes, or the negative errno.</returns>
    public static int TryWriteSome(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            return (int)Syscalls.Retry(SyscallNumber.write, descriptor, (nint)pointer, bytes.Length);
        }
    }

    /// <summary>Writes all bytes.</summary>
    public static void WriteAll(OwnedFd fd, ReadOnlySpan<byte> bytes, string nameForErrors = "")
    {
        int errno = TryWriteAll(fd, bytes);
        if (errno != 0)
        {
            throw new LinuxException("write", errno, nameForErrors.Length == 0 ? "" : $"\"{nameForErrors}\"");
        }
    }

    /// <summary>Writes all bytes.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryWriteAll(OwnedFd fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            int done = 0;
            do
            {
                nint result = Syscalls.Retry(SyscallNumber.write, fd.Number, (nint)(pointer + done), bytes.Length - done);
                if (result < 0)
                {
                    return (int)-result;
                }

                done += (int)result;
            }
            while (done < bytes.Length);
            return 0;
        }
    }

    /// <summary>Writes a text in one write(2) to an existing file, as cgroup and proc files want it.</summary>
    /// <returns>0, or the positive errno of openat(2) or write(2).</returns>
    public static int TryWriteText(string path, string text, OwnedFd? directory = null)
    {
        int errno = TryOpen(path, Fcntl.O_WRONLY, out OwnedFd? fd, 0, directory);
        if (fd is null)
        {
            return errno;
        }

        using (fd)
        {
            using var bytes = new Utf8Path(text, stackalloc byte[256]);
            return TryWriteAll(fd, bytes.Bytes[..^1]);
        }
    }

    /// <summary>Makes a directory.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryMakeDirectory(string path, int mode, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mkdirat, At(directory), (nint)pointer, mode);
        }
    }

    /// <summary>Makes a FIFO.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryMakeFifo(string path, int mode, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mknodat, At(directory), (nint)pointer, Stat.S_IFIFO | mode, 0);
        }
    }

    /// <summary>The flags of a descriptor that may have been inherited.</summary>
    /// <returns>FD_CLOEXEC or 0; negative where the number is not open.</returns>
    public static int TryDescriptorFlags(int number) => (int)RawSyscall.Invoke(SyscallNumber.fcntl, number, Fcntl.F_GETFD);

    /// <summary>The flags that a descriptor was opened with, of which the lowest two bits are the access mode.</summary>
    /// <returns>The flags, or the negative errno: EBADF.</returns>
    public static int TryAccessMode(int number) => (int)RawSyscall.Invoke(SyscallNumber.fcntl, number, Fcntl.F_GETFL);

    /// <summary>One more descriptor of the same open file, close-on-exec.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="minimum">The lowest number that it may have.</param>
    /// <exception cref="LinuxException">fcntl: EMFILE, EINVAL (the minimum is above the limit of descriptors).</exception>
    public static OwnedFd Duplicate(OwnedFd fd, int minimum) =>
        new((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.fcntl, fd.Number, Fcntl.F_DUPFD_CLOEXEC, minimum), "fcntl", "F_DUPFD_CLOEXEC"));

    /// <summary>Takes O_NONBLOCK off.</summary>
    public static void MakeBlocking(OwnedFd fd) => SetBlocking(fd, true);

    /// <summary>Sets O_NONBLOCK: reads and writes that would wait fail with EAGAIN.</summary>
    public static void MakeNonblocking(OwnedFd fd) => SetBlocking(fd, false);

    private static void SetBlocking(OwnedFd fd, bool blocking)
    {
        nint flags = Syscalls.Check(RawSyscall.Invoke(SyscallNumber.fcntl, fd.Number, Fcntl.F_GETFL), "fcntl", "F_GETFL");
        nint wanted = blocking ? flags & ~Fcntl.O_NONBLOCK : flags | Fcntl.O_NONBLOCK;
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.fcntl, fd.Number, Fcntl.F_SETFL, wanted), "fcntl", "F_SETFL");
    }

    /// <summary>Makes a user the owner of a file; its group stays. A symbolic link itself is changed.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryChangeOwner(string path, uint uid, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-RawSyscall.Invoke(SyscallNumber.fchownat, At(directory), (nint)pointer, unchecked((int)uid), -1, Fcntl.AT_SYMLINK_NOFOLLOW);
        }
    }

    /// <summary>Removes a name, or with AT_REMOVEDIR an empty directory.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryRemove(string path, OwnedFd? directory = null, int flags = 0)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.unlinkat, At(directory), (nint)pointer, flags);
        }
    }

    /// <summary>Renames within the file system, replacing what has the new name.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryRename(string from, string to, OwnedFd? fromDirectory = null, OwnedFd? toDirectory = null)
    {
        using var source = new Utf8Path(from, stackalloc byte[256]);
        using var target = new Utf8Path(to, stackalloc byte[256]);
        fixed (byte* sourcePointer = source)
        fixed (byte* targetPointer = target)
        {
            return (int)-Syscalls.Retry(SyscallNumber.renameat2, At(fromDirectory), (nint)sourcePointer, At(toDirectory), (nint)targetPointer, 0);
        }
    }

    /// <summary>The target of a symbolic link, or null where there is none.</summary>
    public static string? ReadLink(string path, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        byte* buffer = stackalloc byte[4096];
        fixed (byte* pointer = name)
        {
            nint result = Syscalls.Retry(SyscallNumber.readlinkat, At(directory), (nint)pointer, (nint)buffer, 4096);
            return result < 0 ? null : Encoding.UTF8.GetString(buffer, (int)result);
        }
    }

    /// <summary>Makes a symbolic link.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryMakeLink(string target, string path, OwnedFd? directory = null)
    {
        using var content = new Utf8Path(target, stackalloc byte[256]);
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* targetPointer = content)
        fixed (byte* pointer = name)
        {
            return (int)-RawSyscall.Invoke(SyscallNumber.symlinkat, (nint)targetPointer, At(directory), (nint)pointer);
        }
    }

    /// <summary>What a path leads to; the last component is followed unless AT_SYMLINK_NOFOLLOW is among the flags.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryStatus(string path, out FileStatus status, OwnedFd? directory = null, int flags = 0)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        statx_buffer raw;
        fixed (byte* pointer = name)
        {
            int errno = (int)-Syscalls.Retry(SyscallNumber.statx, At(directory), (nint)pointer, flags, Stat.STATX_BASIC_STATS | Stat.STATX_MNT_ID, (nint)(&raw));
            status = errno == 0 ? new FileStatus(raw) : default;
            return errno;
        }
    }

    /// <summary>What a descriptor leads to.</summary>
    public static FileStatus Status(OwnedFd fd)
    {
        int errno = TryStatus("", out FileStatus status, fd, Fcntl.AT_EMPTY_PATH);
        return errno == 0 ? status : throw new LinuxException("statx", errno);
    }

    /// <summary>What a descriptor number of this process leads to; false where it is closed.</summary>
    public static bool TryDescriptorStatus(int descriptor, out FileStatus status)
    {
        statx_buffer raw;
        byte empty = 0;
        bool open = Syscalls.Retry(SyscallNumber.statx, descriptor, (nint)(&empty), Fcntl.AT_EMPTY_PATH, Stat.STATX_BASIC_STATS, (nint)(&raw)) >= 0;
        status = open ? new FileStatus(raw) : default;
        return open;
    }

    /// <summary>The kind of file system (a magic number of <see cref="Stat"/>), or the negative errno.</summary>
    public static long FileSystemType(string path)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        statfs_buffer raw;
        fixed (byte* pointer = name)
        {
            nint result = Syscalls.Retry(SyscallNumber.statfs, (nint)pointer, (nint)(&raw));
            return result < 0 ? result : raw.f_type;
        }
    }

    /// <summary>Locks a file for as long as the descriptor is open (flock(2)).</summary>
    /// <returns>0, or the positive errno; EWOULDBLOCK with LOCK_NB.</returns>
    public static int TryLock(OwnedFd fd, int operation) =>
        (int)-Syscalls.Retry(SyscallNumber.flock, fd.Number, operation);

    /// <summary>A pipe; both ends O_CLOEXEC.</summary>
    public static (OwnedFd Read, OwnedFd Write) Pipe(int flags = 0)
    {
        int* ends = stackalloc int[2];
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.pipe2, (nint)ends, flags | Fcntl.O_CLOEXEC), "pipe2");
        return (new OwnedFd(ends[0]), new OwnedFd(ends[1]));
    }

    /// <summary>A file in memory, without a name in any file system (memfd_create(2)).</summary>
    public static OwnedFd MemoryFile(string name, int flags = 0)
    {
        using var text = new Utf8Path(name, stackalloc byte[256]);
        fixed (byte* pointer = text)
        {
            return new OwnedFd((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.memfd_create, (nint)pointer, flags | Fcntl.MFD_CLOEXEC), "memfd_create", $"\"{name}\""));
        }
    }

    /// <summary>Sets a file's length.</summary>
    /// <exception cref="LinuxException">EFBIG: RLIMIT_FSIZE.</exception>
    public static void SetLength(OwnedFd fd, long bytes) =>
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.ftruncate, fd.Number, (nint)bytes), "ftruncate", $"{bytes} bytes");

    /// <summary>The descriptor number of a directory argument.</summary>
    internal static nint At(OwnedFd? directory) => directory?.Number ?? Fcntl.AT_FDCWD;
}
