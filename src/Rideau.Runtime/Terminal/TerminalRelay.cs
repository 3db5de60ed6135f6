using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Runtime.Terminal;

/// <summary>Carries bytes between the caller's streams and the master of the container's terminal, in one thread.</summary>
/// <remarks>
/// The caller's terminal is raw meanwhile, so that every key, also the one that interrupts, reaches the
/// container; it gets its settings back on every way out. man: pty(7), termios(3)
/// </remarks>
internal sealed class TerminalRelay : IDisposable
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int DrainMilliseconds = 100;
    private const byte EndOfTransmission = 4;

    private readonly OwnedFd _master;
    private readonly OwnedFd _signals;
    private readonly ChildProcess _child;
    private readonly TerminalSettings? _before;
    private readonly byte[] _input = new byte[4096];
    private readonly byte[] _output = new byte[16384];
    private int _inputStart;
    private int _inputEnd;
    private bool _inputEnded;

    internal TerminalRelay(OwnedFd master, OwnedFd signals, ChildProcess child)
    {
        _master = master;
        _signals = signals;
        _child = child;
        _before = Terminals.TryGet(StandardInput);
        if (_before is not null)
        {
            _ = Terminals.TrySet(StandardInput, Terminals.AsRaw(_before)); // ignored: it then stays as it is
        }

        TakeSize(master);
    }

    /// <summary>The caller's terminal has this size: said before the process begins, which may ask for it first of all.</summary>
    internal static void TakeSize(OwnedFd master) => Terminals.CopySize(StandardInput, master);

    /// <summary>Until the process has ended and what it wrote last has been read.</summary>
    internal void Run()
    {
        Span<PollEntry> entries = stackalloc PollEntry[4];
        bool ended = false;
        bool masterOpen = true;
        while (masterOpen || !ended)
        {
            bool waiting = _inputEnd > _inputStart;
            entries[0] = new PollEntry { Descriptor = masterOpen ? _master.Number : -1, Wanted = (short)(Polling.POLLIN | (waiting ? Polling.POLLOUT : 0)) };
            entries[1] = new PollEntry { Descriptor = waiting || _inputEnded || ended ? -1 : StandardInput, Wanted = Polling.POLLIN };
            entries[2] = new PollEntry { Descriptor = _signals.Number, Wanted = Polling.POLLIN };
            entries[3] = new PollEntry { Descriptor = ended ? -1 : _child.PidFd.Number, Wanted = Polling.POLLIN };
            if (Polling.Wait(entries, ended ? DrainMilliseconds : -1) == 0)
            {
                return; // somebody else still holds the terminal open, and says nothing
            }

            masterOpen &= CarryOut(entries[0].Came);
            if (entries[1].Came != 0)
            {
                TakeInput();
            }

            if (entries[2].Came != 0 && Foreground.PassOn(_signals, _child))
            {
                TakeSize(_master);
            }

            ended |= entries[3].Came != 0;
        }
    }

    /// <summary>The caller's terminal gets its settings back.</summary>
    public void Dispose()
    {
        if (_before is not null)
        {
            _ = Terminals.TrySet(StandardInput, _before); // ignored: the terminal may be gone
        }
    }

    // False where nobody has the terminal open any more.
    private bool CarryOut(short came)
    {
        if ((came & Polling.POLLOUT) != 0 && _inputEnd > _inputStart)
        {
            int written = Files.TryWriteSome(_master.Number, _input.AsSpan(_inputStart, _inputEnd - _inputStart));
            _inputStart += Math.Max(written, 0);
        }

        if ((came & (Polling.POLLIN | Polling.POLLHUP | Polling.POLLERR)) == 0)
        {
            return true;
        }

        int got = Files.TryReadSome(_master.Number, _output);
        if (got <= 0)
        {
            return got is -Errno.EAGAIN or -Errno.EINTR;
        }

        for (int done = 0; done < got;)
        {
            int written = Files.TryWriteSome(StandardOutput, _output.AsSpan(done, got - done));
            if (written == -Errno.EAGAIN)
            {
                Span<PollEntry> room = [new PollEntry { Descriptor = StandardOutput, Wanted = Polling.POLLOUT }];
                Polling.Wait(room, -1);
                continue;
            }

            if (written <= 0)
            {
                break; // nobody reads it; the process is not to be held up for that
            }

            done += written;
        }

        return true;
    }

    private void TakeInput()
    {
        int got = Files.TryReadSome(StandardInput, _input);
        _inputStart = 0;
        if (got > 0)
        {
            _inputEnd = got;
            return;
        }

        // The end of a file is said to a terminal by this byte.
        _inputEnded = got is not -Errno.EAGAIN;
        _inputEnd = _inputEnded ? 1 : 0;
        _input[0] = EndOfTransmission;
    }
}
