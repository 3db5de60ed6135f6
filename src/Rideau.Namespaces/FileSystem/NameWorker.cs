using System;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A process that carries a <see cref="NameChange"/> out: this program with the hidden command "ns change". Its exit status is the errno.</summary>
/// <remarks>
/// A process of its own, because what it does may wait: for the lock of --root, for the kernel, for a path that leads through the tree, which
/// the server must answer meanwhile.
/// </remarks>
internal sealed class NameWorker : IDisposable
{
    private const int LimitMilliseconds = 30_000;
    private const int SaidLimitBytes = 4096;

    private readonly ChildPlanBuilder _plan = new();
    private readonly ChildChannel _channel = new();
    private readonly OwnedFd _said;
    private readonly ChildProcess _child;
    private readonly long _until = Environment.TickCount64 + LimitMilliseconds;

    /// <exception cref="NamespaceException">It could not be started.</exception>
    internal NameWorker(string root, NameChange change)
    {
        Change = change;
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        _said = read;
        try
        {
            using (write)
            {
                _child = OwnProgram.Start(change.Attempt, _plan, _channel, ["--root", root, "ns", "change", .. change.Words], write, null);
            }
        }
        catch
        {
            _said.Dispose();
            _plan.Dispose();
            _channel.Dispose();
            throw;
        }

        Files.MakeNonblocking(_said);
    }

    /// <summary>What it does.</summary>
    internal NameChange Change { get; }

    /// <summary>Readable when it has ended.</summary>
    internal OwnedFd End => _child.PidFd;

    /// <summary>How long it may go on; -1 where it has been killed.</summary>
    internal int MillisecondsLeft => IsLate ? -1 : (int)Math.Clamp(_until - Environment.TickCount64, 0, LimitMilliseconds);

    /// <summary>True where it was killed because its time was up, and somebody has been told. It may not be able to die before that.</summary>
    internal bool IsLate { get; private set; }

    /// <summary>Kills it.</summary>
    internal void Stop()
    {
        IsLate = true;
        _ = Processes.TrySignal(_child.PidFd, Signals.SIGKILL); // ignored: it may have ended meanwhile
    }

    /// <summary>How it ended: 0, or the positive errno; and what it said.</summary>
    internal int Result(out string said)
    {
        _ = _child.TryWait(-1, out int code, out int status); // ignored: without a limit it waits until the end
        Span<byte> bytes = stackalloc byte[SaidLimitBytes];
        int got = Math.Max(0, Files.TryReadSome(_said.Number, bytes));
        said = Encoding.UTF8.GetString(bytes[..got]);
        return _plan.Failure is { } failure ? failure.Errno : code == 1 ? status : Errno.EIO;
    }

    public void Dispose()
    {
        _child.Dispose();
        _said.Dispose();
        _channel.Dispose();
        _plan.Dispose();
    }
}
