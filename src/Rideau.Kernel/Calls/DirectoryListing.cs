using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>The names in a directory. man: getdents(2) · runs in: caller</summary>
public static unsafe class DirectoryListing
{
    /// <summary>The names but "." and "..", in the kernel's order; none where the directory is missing.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="directory">Where the path begins.</param>
    /// <param name="limit">The most names; more is an error (EOVERFLOW).</param>
    public static IReadOnlyList<string> Names(string path, OwnedFd? directory = null, int limit = 1_000_000)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, out OwnedFd? fd, 0, directory);
        if (fd is null)
        {
            return errno is Errno.ENOENT ? [] : throw new LinuxException("openat", errno, $"\"{path}\", O_DIRECTORY");
        }

        var names = new List<string>();
        Span<byte> buffer = stackalloc byte[4096];
        using (fd)
        {
            while (true)
            {
                int length;
                fixed (byte* pointer = buffer)
                {
                    length = (int)Syscalls.Check(Syscalls.Retry(SyscallNumber.getdents64, fd.Number, (nint)pointer, buffer.Length), "getdents64", $"\"{path}\"");
                }

                if (length == 0)
                {
                    return names;
                }

                // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
                for (int at = 0; at < length;)
                {
                    int recordLength = BinaryPrimitives.ReadUInt16LittleEndian(buffer[(at + 16)..]);
                    ReadOnlySpan<byte> name = buffer.Slice(at + 19, recordLength - 19);
                    name = name[..name.IndexOf((byte)0)];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        names.Add(Encoding.UTF8.GetString(name));
                    }

                    at += recordLength;
                }

                if (names.Count > limit)
                {
                    throw new LinuxException("getdents64", Errno.EOVERFLOW, $"\"{path}\", more than {limit} names");
                }
            }
        }
    }
}
