using Rideau.Child.Before;
using Rideau.Child.Outside;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Terminal;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A command in the foreground: passes signals, and a terminal, on to the process, and waits for its end.</summary>
internal static class Foreground
{
    /// <returns>The exit status, or 128 + n where signal n ended the process.</returns>
    internal static int Wait(ChildProcess child, OwnedFd? terminal, bool noSubreaper)
    {
        if (!noSubreaper)
        {
            Signals.BecomeSubreaper();
        }

        if (!Inherited.IsKnown)
        {
            Signals.Block(ForegroundWait.Forwarded); // the entry before the runtime has done it
        }

        using OwnedFd signals = Signals.Open(ForegroundWait.Forwarded);
        if (terminal is null)
        {
            ForegroundWait.WaitPlainly(child, signals);
        }
        else
        {
            using var relay = new TerminalRelay(terminal, signals, child);
            relay.Run();
        }

        return ForegroundWait.StatusOf(child);
    }

    /// <summary>Passes on what has come.</summary>
    /// <returns>True where the terminal's size changed.</returns>
    internal static bool PassOn(OwnedFd signals, ChildProcess child) => ForegroundWait.PassOn(signals, child);
}
