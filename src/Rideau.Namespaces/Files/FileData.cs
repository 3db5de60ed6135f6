using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Copies what is in a regular file: holes stay holes, blocks are shared where the file system can.</summary>
internal static class FileData
{
    private const long PieceBytes = 32 << 20;
    private const long UnknownLengthLimitBytes = 64 << 20;
    private const int BufferBytes = 256 << 10;

    /// <summary>Copies as much as there was when it was looked at: what grows meanwhile, on purpose perhaps, has an end.</summary>
    /// <param name="from">Open for reading.</param>
    /// <param name="status">Its status.</param>
    /// <param name="to">An empty file, open for writing.</param>
    /// <param name="progress">Gets how many bytes more are done.</param>
    /// <returns>0 and "" or the positive errno and the call that failed.</returns>
    internal static (int Errno, string Call) Copy(OwnedFd from, FileStatus status, OwnedFd to, Action<long> progress)
    {
        long size = status.SizeBytes;
        if (size == 0)
        {
            return CopyOfUnknownLength(from, to, progress);
        }

        (int Errno, string Call) failed = (0, "");
        long done = 0;
        foreach ((long start, long end) in Segments(from, status))
        {
            failed = CopyRange(from, to, start, end, progress, ref done);
            if (failed.Errno != 0 || done < end)
            {
                break;
            }

            done = end;
        }

        if (failed.Errno == 0 && done < size)
        {
            // A hole at the end, or a file that has shrunk meanwhile; a length is free of charge.
            int errno = FileContents.TrySetLength(to, Math.Min(size, Math.Max(done, Files.Status(from).SizeBytes)));
            failed = (errno, "ftruncate");
        }

        return failed;
    }

    /// <summary>Where a file has data.</summary>
    internal static System.Collections.Generic.IEnumerable<(long Start, long End)> Segments(OwnedFd from, FileStatus status)
    {
        long size = status.SizeBytes;
        if (status.Blocks * 512 >= size)
        {
            yield return (0, size);
            yield break;
        }

        for (long at = 0; at < size;)
        {
            long data = FileContents.NextData(from, at);
            if (data == -Errno.ENXIO)
            {
                yield break;
            }

            long hole = data < 0 ? size : FileContents.NextHole(from, data);
            yield return (Math.Max(data, at), hole <= data ? size : Math.Min(hole, size));
            at = hole <= data ? size : hole;
        }
    }

    private static (int Errno, string Call) CopyRange(OwnedFd from, OwnedFd to, long start, long end, Action<long> progress, ref long done)
    {
        done = start;
        while (done < end)
        {
            long copied = FileContents.TryCopy(from, done, to, done, Math.Min(end - done, PieceBytes));
            if (copied is -Errno.EXDEV or -Errno.EINVAL or -Errno.EOPNOTSUPP or -Errno.ENOSYS or -Errno.EPERM or -Errno.EBADF)
            {
                return SendRange(from, to, end, progress, ref done);
            }

            if (copied < 0)
            {
                return ((int)-copied, "copy_file_range");
            }

            if (copied == 0)
            {
                break;
            }

            done += copied;
            progress(copied);
        }

        return (0, "");
    }

    private static (int Errno, string Call) SendRange(OwnedFd from, OwnedFd to, long end, Action<long> progress, ref long done)
    {
        bool canSend = FileContents.TrySeek(from, done) == 0 && FileContents.TrySeek(to, done) == 0;
        byte[]? buffer = null;
        while (done < end)
        {
            long sent = canSend ? FileContents.TrySend(from, to.Number, Math.Min(end - done, PieceBytes)) : -Errno.EINVAL;
            if (sent == -Errno.EINVAL)
            {
                canSend = false;
                buffer ??= new byte[BufferBytes];
                sent = FileContents.TryRead(from, buffer.AsSpan(0, (int)Math.Min(end - done, buffer.Length)), done);
                int errno = sent > 0 ? FileContents.TryWrite(to, buffer.AsSpan(0, (int)sent), done) : 0;
                if (errno != 0)
                {
                    return (errno, "pwrite");
                }
            }

            if (sent <= 0)
            {
                return sent == 0 ? (0, "") : ((int)-sent, "sendfile");
            }

            done += sent;
            progress(sent);
        }

        return (0, "");
    }

    // Files of proc and others say that they are empty.
    private static (int Errno, string Call) CopyOfUnknownLength(OwnedFd from, OwnedFd to, Action<long> progress)
    {
        byte[] buffer = new byte[BufferBytes];
        for (long done = 0; done < UnknownLengthLimitBytes;)
        {
            int got = Files.TryReadSome(from.Number, buffer);
            if (got <= 0)
            {
                return got is 0 or -Errno.EAGAIN ? (0, "") : (-got, "read");
            }

            int errno = FileContents.TryWrite(to, buffer.AsSpan(0, got), done);
            if (errno != 0)
            {
                return (errno, "pwrite");
            }

            done += got;
            progress(got);
        }

        return (Errno.EFBIG, "read");
    }
}
