using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>Files by a directory that is open and a name of bytes: what <see cref="Files"/> does for names that are text.</summary>
/// <remarks>No call follows a symbolic link in the last place, but <see cref="TryOpen"/> without RESOLVE_NO_SYMLINKS and O_NOFOLLOW. Each returns 0, or the positive errno. man: openat2(2), mkdirat(2), renameat2(2) · runs in: caller</remarks>
public static unsafe class NamedFiles
{
    /// <summary>openat2(2); O_CLOEXEC is added. EAGAIN (a rename raced with the walk) is tried again, up to 256 times.</summary>
    public static int TryOpen(OwnedFd directory, FileName path, int flags, int resolve, out OwnedFd? fd, int mode = 0)
    {
        var how = new open_how { flags = (ulong)(uint)(flags | Fcntl.O_CLOEXEC), mode = (ulong)mode, resolve = (ulong)resolve };
        nint result;
        fixed (byte* pointer = path)
        {
            int tries = 256;
            do
            {
                result = Syscalls.Retry(SyscallNumber.openat2, directory.Number, (nint)pointer, (nint)(&how), sizeof(open_how));
            }
            while (result == -Errno.EAGAIN && --tries > 0);
        }

        fd = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Opens what a descriptor of O_PATH stands for, whatever its name means by now. Links lead nowhere: it is that file.</summary>
    public static int TryReopen(OwnedFd fd, int flags, out OwnedFd? opened) => Files.TryOpen($"/proc/self/fd/{fd.Number}", flags, out opened);

    /// <summary>mkdirat(2).</summary>
    public static int TryMakeDirectory(OwnedFd directory, FileName name, int mode)
    {
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mkdirat, directory.Number, (nint)pointer, mode);
        }
    }

    /// <summary>mknodat(2): FIFOs, sockets, devices.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">The name.</param>
    /// <param name="mode">S_IF type and permission bits.</param>
    /// <param name="major">Of the device.</param>
    /// <param name="minor">Of the device.</param>
    public static int TryMakeNode(OwnedFd directory, FileName name, int mode, uint major = 0, uint minor = 0)
    {
        long number = (minor & 0xff) | ((major & 0xfff) << 8) | ((long)(minor & ~0xffu) << 12);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mknodat, directory.Number, (nint)pointer, mode, (nint)number);
        }
    }

    /// <summary>symlinkat(2).</summary>
    public static int TryMakeLink(FileName target, OwnedFd directory, FileName name)
    {
        fixed (byte* targetPointer = target)
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.symlinkat, (nint)targetPointer, directory.Number, (nint)pointer);
        }
    }

    /// <summary>linkat(2): one more name for a file; a symbolic link gets one itself.</summary>
    public static int TryLink(OwnedFd fromDirectory, FileName from, OwnedFd directory, FileName name)
    {
        fixed (byte* source = from)
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.linkat, fromDirectory.Number, (nint)source, directory.Number, (nint)pointer, 0);
        }
    }

    /// <summary>unlinkat(2), with AT_REMOVEDIR for an empty directory.</summary>
    public static int TryRemove(OwnedFd directory, FileName name, int flags = 0)
    {
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.unlinkat, directory.Number, (nint)pointer, flags);
        }
    }

    /// <summary>renameat2(2) within a directory, replacing what has the new name.</summary>
    public static int TryRename(OwnedFd directory, FileName from, FileName to)
    {
        fixed (byte* source = from)
        fixed (byte* target = to)
        {
            return (int)-Syscalls.Retry(SyscallNumber.renameat2, directory.Number, (nint)source, directory.Number, (nint)target, 0);
        }
    }

    /// <summary>What a symbolic link says that is open with O_PATH and O_NOFOLLOW.</summary>
    /// <returns>0, or the positive errno; ENAMETOOLONG where it is longer than 4095 bytes.</returns>
    public static int TryReadLink(OwnedFd link, out FileName target)
    {
        byte* buffer = stackalloc byte[4096];
        byte empty = 0;
        nint result = Syscalls.Retry(SyscallNumber.readlinkat, link.Number, (nint)(&empty), (nint)buffer, 4096);
        target = result is > 0 and < 4096 ? new FileName(new System.ReadOnlySpan<byte>(buffer, (int)result)) : default;
        return result < 0 ? (int)-result : result == 4096 ? Errno.ENAMETOOLONG : 0;
    }

    /// <summary>A file without a name (O_TMPFILE), open for reading and writing, of mode 0600.</summary>
    /// <returns>0, or the positive errno: EOPNOTSUPP, EISDIR where the file system has none.</returns>
    public static int TryOpenUnnamed(OwnedFd directory, out OwnedFd? fd) =>
        Files.TryOpen(".", Fcntl.O_TMPFILE | Fcntl.O_RDWR, out fd, 0x180, directory);

    /// <summary>Gives a file without a name one.</summary>
    /// <returns>0, or the positive errno: EEXIST.</returns>
    public static int TryName(OwnedFd file, OwnedFd directory, FileName name)
    {
        using var path = new Utf8Path($"/proc/self/fd/{file.Number}", stackalloc byte[64]);
        fixed (byte* source = path)
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.linkat, Fcntl.AT_FDCWD, (nint)source, directory.Number, (nint)pointer, Fcntl.AT_SYMLINK_FOLLOW);
        }
    }
}
