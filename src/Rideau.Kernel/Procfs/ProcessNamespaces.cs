using System;
using System.Buffers.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Procfs;

/// <summary>The links below /proc/PID/ns and /proc/PID/fd, read without an allocation. man: namespaces(7), proc_pid_fd(5) · runs in: caller</summary>
public static unsafe class ProcessNamespaces
{
    /// <summary>How many links <see cref="TryRead"/> reads.</summary>
    public const int Count = 10;

    /// <summary>The inodes of a process's namespaces: cgroup, ipc, mnt, net, pid, time, user, uts, pid_for_children, time_for_children; 0 where one cannot be read.</summary>
    /// <param name="proc">/proc, open.</param>
    /// <param name="pid">The process.</param>
    /// <param name="inodes">Of <see cref="Count"/>.</param>
    /// <returns>False where the process has ended, is a zombie, or may not be looked at.</returns>
    public static bool TryRead(OwnedFd proc, int pid, Span<ulong> inodes)
    {
        byte* path = stackalloc byte[48];
        Utf8Formatter.TryFormat(pid, new Span<byte>(path, 16), out int length);
        "/ns/"u8.CopyTo(new Span<byte>(path + length, 8));
        length += 4;
        byte* link = stackalloc byte[64];
        bool any = false;
        ReadOnlySpan<byte> names = "cgroup\0ipc\0mnt\0net\0pid\0time\0user\0uts\0pid_for_children\0time_for_children\0"u8;
        for (int i = 0; i < Count; i++)
        {
            int end = names.IndexOf((byte)0);
            names[..(end + 1)].CopyTo(new Span<byte>(path + length, 48 - length));
            names = names[(end + 1)..];
            nint got = RawSyscall.Invoke(SyscallNumber.readlinkat, proc.Number, (nint)path, (nint)link, 64);
            inodes[i] = got > 0 && TryParse(new ReadOnlySpan<byte>(link, (int)got), out _, out ulong inode) ? inode : 0;
            any |= inodes[i] != 0;
            if (got < 0 && i == 0 && got != -Errno.ENOENT)
            {
                return false; // ESRCH, EACCES: the others say the same
            }
        }

        return any;
    }

    /// <summary>Takes "net:[4026531840]" apart.</summary>
    public static bool TryParse(ReadOnlySpan<byte> link, out ReadOnlySpan<byte> type, out ulong inode)
    {
        int colon = link.IndexOf((byte)':');
        type = default;
        inode = 0;
        if (colon <= 0 || colon + 3 > link.Length || link[colon + 1] != (byte)'[' || link[^1] != (byte)']')
        {
            return false;
        }

        type = link[..colon];
        return Utf8Parser.TryParse(link[(colon + 2)..^1], out inode, out int used) && used == link.Length - colon - 3;
    }

    /// <summary>Calls back for each descriptor of a process that is of a namespace or of a socket.</summary>
    /// <param name="proc">/proc, open.</param>
    /// <param name="pid">The process.</param>
    /// <param name="buffer">Space for a directory's entries.</param>
    /// <param name="found">Gets the descriptor, the word before the brackets ("net", "socket") and the inode.</param>
    /// <exception cref="LinuxException">No descriptors are left (EMFILE, ENFILE), which says nothing of the process.</exception>
    public static void ReadDescriptors(OwnedFd proc, int pid, Span<byte> buffer, DescriptorFound found)
    {
        byte* path = stackalloc byte[24];
        Utf8Formatter.TryFormat(pid, new Span<byte>(path, 16), out int length);
        "/fd\0"u8.CopyTo(new Span<byte>(path + length, 8));
        nint directory = RawSyscall.Invoke(SyscallNumber.openat, proc.Number, (nint)path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
        if (Errno.IsScarcity((int)-directory))
        {
            throw new LinuxException("openat", (int)-directory, $"\"/proc/{pid}/fd\"");
        }

        if (directory < 0)
        {
            return; // it has ended, or is not ours to look into
        }

        byte* link = stackalloc byte[64];
        fixed (byte* entries = buffer)
        {
            // proc fills the buffer as far as it can: where there is room left, that was all, and it is not asked again.
            nint filled = buffer.Length;
            while (filled > buffer.Length - 512 && (filled = RawSyscall.Invoke(SyscallNumber.getdents64, directory, (nint)entries, buffer.Length)) > 0)
            {
                // struct linux_dirent64: inode and offset of eight bytes, the record's length of two, the type of one, the name.
                for (nint at = 0; at < filled; at += *(ushort*)(entries + at + 16))
                {
                    byte* name = entries + at + 19;
                    nint got = *name == (byte)'.' ? -1 : RawSyscall.Invoke(SyscallNumber.readlinkat, directory, (nint)name, (nint)link, 64);
                    if (got > 0 && *link != (byte)'/' && TryParse(new ReadOnlySpan<byte>(link, (int)got), out ReadOnlySpan<byte> type, out ulong inode)
                        && Utf8Parser.TryParse(new ReadOnlySpan<byte>(name, 12), out int descriptor, out _))
                    {
                        found(descriptor, type, inode);
                    }
                }
            }
        }

        _ = RawSyscall.Invoke(SyscallNumber.close, directory); // ignored: it was open
    }

    /// <summary>Takes a descriptor that was found.</summary>
    public delegate void DescriptorFound(int descriptor, ReadOnlySpan<byte> type, ulong inode);
}
