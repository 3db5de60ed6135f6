using System;
using Rideau.Child.Before;
using Rideau.Child.Outside;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Terminal;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A command in the foreground: passes signals, and a terminal, on to the process, and waits for its end.</summary>
internal sealed class Foreground : IDisposable
{
    private readonly OwnedFd _signals;

    /// <summary>From here on signals are not lost, and processes that lose their parent come to this one. Before the process is let go, so that a failure leaves none.</summary>
    internal Foreground(bool noSubreaper)
    {
        if (!noSubreaper)
        {
            Signals.BecomeSubreaper();
        }

        if (!Inherited.IsKnown)
        {
            Signals.Block(ForegroundWait.Forwarded); // the entry before the runtime has done it
        }

        _signals = Signals.Open(ForegroundWait.Forwarded);
    }

    public void Dispose() => _signals.Dispose();

    /// <summary>Waits until the process has ended that stands still beside its sibling, or a signal has come.</summary>
    internal void AwaitFirst(ChildProcess goBetween) => ForegroundWait.AwaitFirst(goBetween, _signals);

    /// <returns>The exit status, or 128 + n where signal n ended the process.</returns>
    internal int Wait(ChildProcess child, OwnedFd? terminal)
    {
        if (terminal is null)
        {
            ForegroundWait.WaitPlainly(child, _signals);
        }
        else
        {
            using var relay = new TerminalRelay(terminal, _signals, child);
            relay.Run();
        }

        return ForegroundWait.StatusOf(child);
    }

    /// <summary>Passes on what has come.</summary>
    /// <returns>True where the terminal's size changed.</returns>
    internal static bool PassOn(OwnedFd signals, ChildProcess child) => ForegroundWait.PassOn(signals, child);
}
