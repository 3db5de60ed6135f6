using System;
using System.Runtime.CompilerServices;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>Whole files, as /proc and cgroups have them.</summary>
public static unsafe partial class Files
{
    private const int TextLimitBytes = 1 << 20;

    /// <summary>Most files of /proc are shorter: they are read into the stack, and nothing is allocated but what they hold.</summary>
    private const int ShortBytes = 4096;

    /// <summary>Reads a whole file of at most <paramref name="limitBytes"/>.</summary>
    /// <exception cref="LinuxException">EFBIG: the file is longer than the limit.</exception>
    [SkipLocalsInit]
    public static byte[] ReadAll(OwnedFd fd, int limitBytes, string nameForErrors)
    {
        Span<byte> first = stackalloc byte[ShortBytes];
        int errno = TryFill(fd, first, limitBytes, out int length, out byte[]? rest);
        return errno == 0 ? rest ?? first[..length].ToArray() : throw CannotRead(errno, limitBytes, nameForErrors);
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="LinuxException">openat, read; EFBIG: the file is longer than the limit.</exception>
    public static byte[] ReadAll(string path, int limitBytes = TextLimitBytes, OwnedFd? directory = null)
    {
        using OwnedFd fd = Open(path, Fcntl.O_RDONLY, 0, directory);
        return ReadAll(fd, limitBytes, path);
    }

    /// <summary>Reads a file of text.</summary>
    /// <exception cref="LinuxException">openat, read; EFBIG: the file is longer than the limit.</exception>
    [SkipLocalsInit]
    public static string ReadText(string path, OwnedFd? directory = null, int limitBytes = TextLimitBytes)
    {
        using OwnedFd fd = Open(path, Fcntl.O_RDONLY, 0, directory);
        Span<byte> first = stackalloc byte[ShortBytes];
        int errno = TryFill(fd, first, limitBytes, out int length, out byte[]? rest);
        return errno == 0 ? Encoding.UTF8.GetString(rest ?? first[..length]) : throw CannotRead(errno, limitBytes, path);
    }

    /// <summary>Reads a file of text that need not be there, or may not be read.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="text">What it holds; empty where there is an error.</param>
    /// <param name="directory">Where a relative name begins; the working directory where it is null.</param>
    /// <returns>0, or the positive errno; EFBIG above 1 MiB.</returns>
    [SkipLocalsInit]
    public static int TryReadText(string path, out string text, OwnedFd? directory = null)
    {
        text = "";
        int errno = TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd, 0, directory);
        if (fd is null)
        {
            return errno;
        }

        using (fd)
        {
            Span<byte> first = stackalloc byte[ShortBytes];
            errno = TryFill(fd, first, TextLimitBytes, out int length, out byte[]? rest);
            text = errno == 0 ? Encoding.UTF8.GetString(rest ?? first[..length]) : "";
            return errno;
        }
    }

    // What does not fit into the first is in the rest, all of it.
    private static int TryFill(OwnedFd fd, Span<byte> first, int limitBytes, out int length, out byte[]? rest)
    {
        length = 0;
        rest = null;
        Span<byte> buffer = first;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length > limitBytes)
                {
                    return Errno.EFBIG;
                }

                var larger = new byte[(int)Math.Min(buffer.Length * 2L, limitBytes + 1L)];
                buffer.CopyTo(larger);
                buffer = rest = larger;
            }

            int got = TryReadSome(fd.Number, buffer[length..]);
            if (got < 0)
            {
                return -got;
            }

            if (got == 0)
            {
                if (rest is not null)
                {
                    Array.Resize(ref rest, length);
                }

                return length > limitBytes ? Errno.EFBIG : 0;
            }

            length += got;
        }
    }

    private static LinuxException CannotRead(int errno, int limitBytes, string name) => errno == Errno.EFBIG
        ? new LinuxException("read", errno, $"\"{name}\", limit {limitBytes} bytes")
        : new LinuxException("read", errno, $"\"{name}\"");
}
