using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;

namespace Rideau.Namespaces;

/// <summary>A process of ours that a name needs: a keeper, or the init of a pid namespace. It outlives the command that made it.</summary>
/// <param name="Pid">As the maker's pid namespace numbers it.</param>
/// <param name="StartTime">In clock ticks since boot; with it a reused pid is told apart.</param>
public sealed record HeldProcess(int Pid, ulong StartTime)
{
    private const int EndLimitMilliseconds = 10_000;

    /// <summary>True where it runs.</summary>
    public bool IsAlive => StartTime != 0 && ProcessStat.StartTimeOf(Pid) == StartTime;

    internal static HeldProcess Of(int pid) => new(pid, ProcessStat.StartTimeOf(pid));

    /// <summary>Ends it, and waits for that; one that has ended is no failure.</summary>
    /// <exception cref="LinuxException">pidfd_open, openat: EMFILE, ENFILE, ENOMEM. Then it lives.</exception>
    internal void End()
    {
        using OwnedFd? pidfd = Hold();
        End(pidfd);
    }

    /// <summary>Opens it, so that nothing can fail any more when it is to be ended.</summary>
    /// <returns>Null where it has ended.</returns>
    /// <exception cref="LinuxException">pidfd_open, openat: EMFILE, ENFILE, ENOMEM.</exception>
    internal OwnedFd? Hold()
    {
        int errno = Processes.TryOpen(Pid, out OwnedFd? pidfd);
        if (pidfd is null)
        {
            return errno == Errno.ESRCH ? null : throw new LinuxException("pidfd_open", errno, $"{Pid}");
        }

        // Looked at after the pidfd was opened: now the number cannot come to mean another process.
        try
        {
            if (IsAlive)
            {
                return pidfd;
            }
        }
        catch
        {
            pidfd.Dispose();
            throw;
        }

        pidfd.Dispose();
        return null;
    }

    /// <summary>Ends what is held.</summary>
    internal static void End(OwnedFd? pidfd)
    {
        if (pidfd is not null)
        {
            _ = Processes.TrySignal(pidfd, Signals.SIGKILL); // ignored: it may have ended meanwhile
            _ = Processes.WaitForEnd(pidfd, EndLimitMilliseconds); // ignored: what it holds goes with it whenever that is
        }
    }
}
