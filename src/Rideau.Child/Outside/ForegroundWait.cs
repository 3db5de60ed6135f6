// RUNS IN: caller
using System;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Child.Outside;

/// <summary>A command in the foreground: passes signals on to a process, and waits for its end.</summary>
public static class ForegroundWait
{
    /// <summary>All signals below the real-time ones, but those of faults, KILL and STOP; the entry before the runtime blocks the same.</summary>
    public const ulong Forwarded = 0x7fffffffUL & ~((1UL << 3) | (1UL << 4) | (1UL << 5) | (1UL << 6) | (1UL << 7) | (1UL << 8) | (1UL << 10) | (1UL << 18) | (1UL << 30));

    /// <summary>Waits for a process that is in the caller's session: what the terminal sends reaches it without our help, and is not passed on a second time.</summary>
    /// <returns>The exit status, or 128 + n where signal n ended the process.</returns>
    public static int Wait(ChildProcess child)
    {
        Signals.Block(Forwarded);
        using OwnedFd signals = Signals.Open(Forwarded);
        WaitPlainly(child, signals, alsoOfTerminal: false);
        return StatusOf(child);
    }

    /// <summary>Waits until a process has ended that stands still beside its sibling, or a signal has come: the sibling's end may be told first.</summary>
    public static void AwaitFirst(ChildProcess goBetween)
    {
        Signals.Block(Forwarded);
        using OwnedFd signals = Signals.Open(Forwarded);
        AwaitFirst(goBetween, signals);
    }

    /// <summary>The same, with the caller's descriptor of signals; what has come is not taken.</summary>
    public static void AwaitFirst(ChildProcess goBetween, OwnedFd signals)
    {
        ArgumentNullException.ThrowIfNull(goBetween);
        ArgumentNullException.ThrowIfNull(signals);
        Span<PollEntry> entries = [new() { Descriptor = goBetween.PidFd.Number, Wanted = Polling.POLLIN }, new() { Descriptor = signals.Number, Wanted = Polling.POLLIN }];
        Polling.Wait(entries, -1);
    }

    /// <summary>Waits until the process has ended; it is not collected yet.</summary>
    public static void WaitPlainly(ChildProcess child, OwnedFd signals, bool alsoOfTerminal = true)
    {
        Span<PollEntry> entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = child.PidFd.Number, Wanted = Polling.POLLIN };
        entries[1] = new PollEntry { Descriptor = signals.Number, Wanted = Polling.POLLIN };
        do
        {
            Polling.Wait(entries, -1);
            if (entries[1].Came != 0)
            {
                PassOn(signals, child, alsoOfTerminal);
            }
        }
        while (entries[0].Came == 0);
    }

    /// <summary>Passes on what has come.</summary>
    /// <returns>True where the terminal's size changed.</returns>
    public static bool PassOn(OwnedFd signals, ChildProcess child, bool alsoOfTerminal = true)
    {
        bool resized = false;
        for (int signal = Signals.Next(signals, out bool ofKernel); signal != 0; signal = Signals.Next(signals, out ofKernel))
        {
            if (signal == Signals.SIGCHLD)
            {
                Signals.ReapAllBut(child.Pid);
            }
            else if (signal == Signals.SIGWINCH)
            {
                resized = true;
            }
            else if (!alsoOfTerminal && ofKernel && signal == Signals.SIGTSTP)
            {
                // The key stopped the process; the shell waits for the whole job, which this one is part of.
                Signals.StopSelf();
            }
            else if (alsoOfTerminal || !ofKernel)
            {
                _ = Processes.TrySignal(child.PidFd, signal); // ignored: it may have ended
            }
        }

        return resized;
    }

    /// <summary>Collects the process, which has ended or will soon.</summary>
    /// <returns>The exit status, or 128 + n where signal n ended the process.</returns>
    public static int StatusOf(ChildProcess child)
    {
        _ = child.TryWait(-1, out int code, out int status); // ignored: without a limit it waits until the end
        Signals.ReapAllBut(child.Pid);
        return code == 1 ? status : 128 + status;
    }
}
