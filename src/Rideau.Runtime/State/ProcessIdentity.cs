using System;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;

namespace Rideau.Runtime.State;

/// <summary>A process across the runs of this program: its pid and the time it was started, by which a reused pid is told apart.</summary>
/// <remarks>man: proc_pid_stat(5), pidfd_open(2)</remarks>
public static class ProcessIdentity
{
    /// <summary>The start time in clock ticks since boot; 0 where there is no such process, or only its zombie.</summary>
    public static ulong StartTimeOf(int pid) => ProcessStat.StartTimeOf(pid);

    /// <summary>The same from the file's bytes. The process chooses its name.</summary>
    internal static ulong StartTimeIn(ReadOnlySpan<byte> stat) => ProcessStat.StartTimeIn(stat);

    /// <summary>True where the container's init is there and is no zombie: a zombie that its parent has not collected counts as stopped.</summary>
    public static bool IsAlive(ContainerRecord record)
    {
        ulong started = StartTimeOf(record.InitPid);
        return started != 0 && started == record.InitStartTime;
    }

    /// <summary>A pidfd of the container's init, or null where it has ended.</summary>
    public static OwnedFd? OpenInit(ContainerRecord record)
    {
        if (record.InitPid <= 0)
        {
            return null;
        }

        int errno = Processes.TryOpen(record.InitPid, out OwnedFd? pidfd);
        if (pidfd is null)
        {
            return errno == Errno.ESRCH ? null : throw new LinuxException("pidfd_open", errno, $"{record.InitPid}");
        }

        // Looked at after the pidfd was opened: now the number cannot come to mean another process.
        if (IsAlive(record))
        {
            return pidfd;
        }

        pidfd.Dispose();
        return null;
    }
}
