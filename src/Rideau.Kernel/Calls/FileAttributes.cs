using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>Owner, mode, times and extended attributes of files that are open. Each returns 0, or the positive errno.</summary>
/// <remarks>The calls that take a name would change what has that name by then. man: fchownat(2), fchmod(2), utimensat(2), xattr(7) · runs in: caller</remarks>
public static unsafe class FileAttributes
{
    private const int LargestValueBytes = 65536; // XATTR_SIZE_MAX, and XATTR_LIST_MAX

    /// <summary>Owner and group; the descriptor may be one of O_PATH. Set-id bits are lost by it.</summary>
    public static int TrySetOwner(OwnedFd fd, uint uid, uint gid)
    {
        byte empty = 0;
        return (int)-Syscalls.Retry(SyscallNumber.fchownat, fd.Number, (nint)(&empty), unchecked((int)uid), unchecked((int)gid), Fcntl.AT_EMPTY_PATH);
    }

    /// <summary>The permission bits, of a file that is open for reading or writing.</summary>
    public static int TrySetMode(OwnedFd fd, int mode) => (int)-Syscalls.Retry(SyscallNumber.fchmod, fd.Number, mode);

    /// <summary>The permission bits, of a file that is open with O_PATH and is no symbolic link.</summary>
    public static int TrySetModeOfPath(OwnedFd fd, int mode)
    {
        using var name = new Utf8Path($"/proc/self/fd/{fd.Number}", stackalloc byte[64]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.fchmodat, Fcntl.AT_FDCWD, (nint)pointer, mode);
        }
    }

    /// <summary>When it was last changed, and last read; the descriptor may be one of O_PATH (kernel 5.8).</summary>
    public static int TrySetTimes(OwnedFd fd, long modifiedSeconds, long modifiedNanoseconds, long readSeconds, long readNanoseconds)
    {
        long* times = stackalloc long[4];
        times[0] = readSeconds;
        times[1] = readNanoseconds;
        times[2] = modifiedSeconds;
        times[3] = modifiedNanoseconds;
        byte empty = 0;
        return (int)-Syscalls.Retry(SyscallNumber.utimensat, fd.Number, (nint)(&empty), (nint)times, Fcntl.AT_EMPTY_PATH);
    }

    /// <summary>The names of the extended attributes; none where there are none or the file system has none.</summary>
    public static IReadOnlyList<FileName> Names(OwnedFd fd)
    {
        byte* buffer = stackalloc byte[1024];
        nint length = Syscalls.Retry(SyscallNumber.flistxattr, fd.Number, (nint)buffer, 1024);
        if (length == -Errno.ERANGE)
        {
            byte[] large = new byte[LargestValueBytes];
            fixed (byte* pointer = large)
            {
                length = Syscalls.Retry(SyscallNumber.flistxattr, fd.Number, (nint)pointer, large.Length);
            }

            return length > 0 ? Split(large.AsSpan(0, (int)length)) : [];
        }

        return length > 0 ? Split(new ReadOnlySpan<byte>(buffer, (int)length)) : [];
    }

    /// <summary>An extended attribute.</summary>
    /// <returns>0, or the positive errno: ENODATA.</returns>
    public static int TryGet(OwnedFd fd, FileName name, out byte[] value)
    {
        byte[] buffer = new byte[4096];
        nint length = Get(fd, name, buffer);
        if (length == -Errno.ERANGE)
        {
            buffer = new byte[LargestValueBytes];
            length = Get(fd, name, buffer);
        }

        value = length >= 0 ? buffer[..(int)length] : [];
        return length >= 0 ? 0 : (int)-length;
    }

    /// <summary>Sets an extended attribute.</summary>
    public static int TrySet(OwnedFd fd, FileName name, ReadOnlySpan<byte> value)
    {
        fixed (byte* namePointer = name)
        fixed (byte* pointer = value)
        {
            return (int)-Syscalls.Retry(SyscallNumber.fsetxattr, fd.Number, (nint)namePointer, (nint)pointer, value.Length, 0);
        }
    }

    private static nint Get(OwnedFd fd, FileName name, byte[] buffer)
    {
        fixed (byte* namePointer = name)
        fixed (byte* pointer = buffer)
        {
            return Syscalls.Retry(SyscallNumber.fgetxattr, fd.Number, (nint)namePointer, (nint)pointer, buffer.Length);
        }
    }

    private static List<FileName> Split(ReadOnlySpan<byte> list)
    {
        List<FileName> names = [];
        while (list.IndexOf((byte)0) is >= 0 and int end)
        {
            names.Add(new FileName(list[..end]));
            list = list[(end + 1)..];
        }

        return names;
    }
}
