using System;
using System.Buffers.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.State;

/// <summary>A process across the runs of this program: its pid and the time it was started, by which a reused pid is told apart.</summary>
/// <remarks>man: proc_pid_stat(5), pidfd_open(2)</remarks>
public static class ProcessIdentity
{
    /// <summary>The start time in clock ticks since boot; 0 where there is no such process, or only its zombie.</summary>
    public static ulong StartTimeOf(int pid)
    {
        int errno = Files.TryOpen($"/proc/{pid}/stat", Fcntl.O_RDONLY, out OwnedFd? file);
        if (file is null)
        {
            return errno is Errno.ENOENT or Errno.ESRCH ? 0UL : throw new LinuxException("openat", errno, $"\"/proc/{pid}/stat\"");
        }

        using (file)
        {
            Span<byte> buffer = stackalloc byte[1024];
            int length = ReadStatus(file, buffer);
            return StartTimeIn(buffer[..length]);
        }
    }

    /// <summary>The same from the file's bytes. The process chooses its name.</summary>
    internal static ulong StartTimeIn(ReadOnlySpan<byte> stat)
    {
        // pid (name) state ppid ... starttime is the 22nd field; the name may hold spaces and parentheses.
        int end = stat.LastIndexOf((byte)')');
        if (end < 0 || end + 2 >= stat.Length || stat[end + 2] is (byte)'Z' or (byte)'X')
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = stat[(end + 2)..];
        for (int field = 3; field < 22; field++)
        {
            int space = rest.IndexOf((byte)' ');
            if (space < 0)
            {
                return 0;
            }

            rest = rest[(space + 1)..];
        }

        return Utf8Parser.TryParse(rest, out ulong ticks, out _) ? ticks : 0;
    }

    /// <summary>True where the container's init is there and is no zombie: a zombie that its parent has not collected counts as stopped.</summary>
    public static bool IsAlive(ContainerRecord record)
    {
        ulong started = StartTimeOf(record.InitPid);
        return started != 0 && started == record.InitStartTime;
    }

    /// <summary>A pidfd of the container's init, or null where it has ended.</summary>
    public static OwnedFd? OpenInit(ContainerRecord record)
    {
        if (record.InitPid <= 0 || Processes.TryOpen(record.InitPid, out OwnedFd? pidfd) != 0 || pidfd is null)
        {
            return null;
        }

        // Looked at after the pidfd was opened: now the number cannot come to mean another process.
        if (IsAlive(record))
        {
            return pidfd;
        }

        pidfd.Dispose();
        return null;
    }

    private static int ReadStatus(OwnedFd file, Span<byte> buffer)
    {
        try
        {
            return Files.Read(file, buffer);
        }
        catch (LinuxException gone) when (gone.Errno == Errno.ESRCH)
        {
            return 0;
        }
    }
}
