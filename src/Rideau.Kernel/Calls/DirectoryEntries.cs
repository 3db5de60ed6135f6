using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>The names in a directory that is open, as bytes. man: getdents(2) · runs in: caller</summary>
public static unsafe class DirectoryEntries
{
    /// <summary>The names but "." and "..", sorted by their bytes.</summary>
    /// <param name="directory">Open for reading.</param>
    /// <param name="limit">The most names; more is an error (EOVERFLOW), because whoever owns the directory decides how many there are.</param>
    /// <exception cref="LinuxException">EOVERFLOW; EBADMSG for a name with a slash in it, which only a broken file system has; the errors of getdents(2).</exception>
    public static IReadOnlyList<FileName> Read(OwnedFd directory, int limit = 4_000_000)
    {
        var names = new List<FileName>();
        byte[] buffer = new byte[32768];
        while (true)
        {
            int length;
            fixed (byte* pointer = buffer)
            {
                length = (int)Syscalls.Check(Syscalls.Retry(SyscallNumber.getdents64, directory.Number, (nint)pointer, buffer.Length), "getdents64");
            }

            if (length == 0)
            {
                names.Sort(static (left, right) => left.Bytes.SequenceCompareTo(right.Bytes));
                return names;
            }

            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            for (int at = 0; at < length;)
            {
                int recordLength = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                ReadOnlySpan<byte> bytes = buffer.AsSpan(at + 19, recordLength - 19);
                var name = new FileName(bytes[..bytes.IndexOf((byte)0)]);
                at += recordLength;
                if (name.IsEntry)
                {
                    names.Add(name);
                }
                else if (name.Bytes.Contains((byte)'/'))
                {
                    throw new LinuxException("getdents64", Errno.EBADMSG, $"\"{name}\": a slash in a name");
                }
            }

            if (names.Count > limit)
            {
                throw new LinuxException("getdents64", Errno.EOVERFLOW, $"more than {limit} names");
            }
        }
    }
}
