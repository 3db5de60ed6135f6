using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>What is in files, moved without passing through this program where the kernel can. man: copy_file_range(2), sendfile(2), lseek(2) · runs in: caller</summary>
public static unsafe class FileContents
{
    private const int SEEK_SET = 0;
    private const int SEEK_DATA = 3;
    private const int SEEK_HOLE = 4;

    /// <summary>Where the next data begin, from an offset on.</summary>
    /// <returns>The offset, or the negative errno: ENXIO where there are only holes to the end.</returns>
    public static long NextData(OwnedFd fd, long offset) => Syscalls.Retry(SyscallNumber.lseek, fd.Number, (nint)offset, SEEK_DATA);

    /// <summary>Where the next hole begins, which may be the end.</summary>
    /// <returns>The offset, or the negative errno.</returns>
    public static long NextHole(OwnedFd fd, long offset) => Syscalls.Retry(SyscallNumber.lseek, fd.Number, (nint)offset, SEEK_HOLE);

    /// <summary>Sets where the next read(2) or write(2) is.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TrySeek(OwnedFd fd, long offset) => Math.Max(0, (int)-Syscalls.Retry(SyscallNumber.lseek, fd.Number, (nint)offset, SEEK_SET));

    /// <summary>copy_file_range(2) from one offset of a file to another's: shared where the file system can.</summary>
    /// <returns>How many bytes; 0 at the end; or the negative errno: EXDEV, EINVAL, EOPNOTSUPP where these two files cannot.</returns>
    public static long TryCopy(OwnedFd from, long fromOffset, OwnedFd to, long toOffset, long count)
    {
        long source = fromOffset;
        long target = toOffset;
        return Syscalls.Retry(SyscallNumber.copy_file_range, from.Number, (nint)(&source), to.Number, (nint)(&target), (nint)count, 0);
    }

    /// <summary>sendfile(2) from where the file is read to a descriptor.</summary>
    /// <returns>How many bytes; 0 at the end; or the negative errno: EINVAL where it cannot.</returns>
    public static long TrySend(OwnedFd from, int to, long count) => Syscalls.Retry(SyscallNumber.sendfile, to, from.Number, 0, (nint)Math.Min(count, 1 << 30));

    /// <summary>pread(2).</summary>
    /// <returns>How many bytes, or the negative errno.</returns>
    public static int TryRead(OwnedFd fd, Span<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
        {
            return (int)Syscalls.Retry(SyscallNumber.pread64, fd.Number, (nint)pointer, buffer.Length, (nint)offset);
        }
    }

    /// <summary>pwrite(2), until all is written.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryWrite(OwnedFd fd, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* pointer = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint result = Syscalls.Retry(SyscallNumber.pwrite64, fd.Number, (nint)(pointer + done), bytes.Length - done, (nint)(offset + done));
                if (result < 0)
                {
                    return (int)-result;
                }

                done += (int)result;
            }

            return 0;
        }
    }

    /// <summary>ftruncate(2): what is added is a hole.</summary>
    /// <returns>0, or the positive errno: EFBIG, EPERM.</returns>
    public static int TrySetLength(OwnedFd fd, long bytes) => (int)-Syscalls.Retry(SyscallNumber.ftruncate, fd.Number, (nint)bytes);

    /// <summary>The kind of file system that an open file is on (a magic number of <see cref="Stat"/>); 0 where it cannot be had.</summary>
    public static long FileSystemType(OwnedFd fd)
    {
        statfs_buffer raw;
        return Syscalls.Retry(SyscallNumber.fstatfs, fd.Number, (nint)(&raw)) < 0 ? 0 : raw.f_type;
    }
}
