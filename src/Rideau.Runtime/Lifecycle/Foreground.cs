using Rideau.Child.Before;
using Rideau.Child.Outside;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Terminal;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A command in the foreground: passes signals, and a terminal, on to the process, and waits for its end.</summary>
internal static class Foreground
{
    // All below the real-time ones, but those of faults, KILL and STOP; the entry before the runtime blocks the same.
    private const ulong Forwarded = 0x7fffffffUL & ~((1UL << 3) | (1UL << 4) | (1UL << 5) | (1UL << 6) | (1UL << 7) | (1UL << 8) | (1UL << 10) | (1UL << 18) | (1UL << 30));

    /// <returns>The exit status, or 128 + n where signal n ended the process.</returns>
    internal static int Wait(ChildProcess child, OwnedFd? terminal, bool noSubreaper)
    {
        if (!noSubreaper)
        {
            Signals.BecomeSubreaper();
        }

        if (!Inherited.IsKnown)
        {
            Signals.Block(Forwarded); // the entry before the runtime has done it
        }

        using OwnedFd signals = Signals.Open(Forwarded);
        if (terminal is null)
        {
            WaitPlainly(child, signals);
        }
        else
        {
            using var relay = new TerminalRelay(terminal, signals, child);
            relay.Run();
        }

        _ = child.TryWait(-1, out int code, out int status); // ignored: without a limit it waits until the end
        Signals.ReapAllBut(child.Pid);
        return code == 1 ? status : 128 + status;
    }

    /// <summary>Passes on what has come.</summary>
    /// <returns>True where the terminal's size changed.</returns>
    internal static bool PassOn(OwnedFd signals, ChildProcess child)
    {
        bool resized = false;
        for (int signal = Signals.Next(signals); signal != 0; signal = Signals.Next(signals))
        {
            if (signal == Signals.SIGCHLD)
            {
                Signals.ReapAllBut(child.Pid);
            }
            else if (signal == Signals.SIGWINCH)
            {
                resized = true;
            }
            else
            {
                _ = Processes.TrySignal(child.PidFd, signal); // ignored: it may have ended
            }
        }

        return resized;
    }

    private static void WaitPlainly(ChildProcess child, OwnedFd signals)
    {
        System.Span<PollEntry> entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = child.PidFd.Number, Wanted = Polling.POLLIN };
        entries[1] = new PollEntry { Descriptor = signals.Number, Wanted = Polling.POLLIN };
        do
        {
            Polling.Wait(entries, -1);
            if (entries[1].Came != 0)
            {
                PassOn(signals, child);
            }
        }
        while (entries[0].Came == 0);
    }
}
