using System;
using System.Buffers.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Procfs;

/// <summary>Fields of /proc/PID/stat. man: proc_pid_stat(5) · runs in: caller</summary>
public static class ProcessStat
{
    private const int Threads = 20;
    private const int StartTime = 22;

    /// <summary>The start time in clock ticks since boot, by which a reused pid is told apart; 0 where there is no such process, or only its zombie.</summary>
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
            return StartTimeIn(buffer[..Read(file, buffer)]);
        }
    }

    /// <summary>The same from the file's bytes. The process chooses its name.</summary>
    /// <remarks>A process whose first thread has ended while others go on shows as a zombie too; it is none, and counts more threads than that one.</remarks>
    public static ulong StartTimeIn(ReadOnlySpan<byte> stat)
    {
        ReadOnlySpan<byte> fields = Fields(stat);
        if (fields.IsEmpty || fields[0] is (byte)'X' || (fields[0] is (byte)'Z' && Number(fields, Threads) <= 1))
        {
            return 0;
        }

        return Number(fields, StartTime);
    }

    /// <summary>What stands behind the name, from field 3 (the state) on; empty where the bytes are no such file. The name may hold blanks and parentheses.</summary>
    public static ReadOnlySpan<byte> Fields(ReadOnlySpan<byte> stat)
    {
        int end = stat.LastIndexOf((byte)')');
        return end < 0 || end + 2 >= stat.Length ? default : stat[(end + 2)..];
    }

    /// <summary>A field as a number, counted as the manual page does; 0 where it is missing or negative.</summary>
    /// <param name="fields">From field 3 on.</param>
    /// <param name="field">Its number.</param>
    public static ulong Number(ReadOnlySpan<byte> fields, int field)
    {
        for (int at = 3; at < field; at++)
        {
            int space = fields.IndexOf((byte)' ');
            if (space < 0)
            {
                return 0;
            }

            fields = fields[(space + 1)..];
        }

        return Utf8Parser.TryParse(fields, out ulong value, out _) ? value : 0;
    }

    private static int Read(OwnedFd file, Span<byte> buffer)
    {
        int got = Files.TryReadSome(file.Number, buffer);
        return got >= 0 ? got : got == -Errno.ESRCH ? 0 : throw new LinuxException("read", -got, "\"stat\"");
    }
}
