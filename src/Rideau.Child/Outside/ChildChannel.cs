// RUNS IN: caller
using System;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Outside;

/// <summary>The socket pair over which caller and child say single bytes to each other.</summary>
/// <remarks>Both ends are O_CLOEXEC: the caller reads the end of file when the child has become another program, or has ended.</remarks>
public sealed unsafe class ChildChannel : IDisposable
{
    /// <summary>What is read at the end of file.</summary>
    public const byte EndOfFile = 0;

    private readonly OwnedFd _caller;

    /// <summary>Makes the pair.</summary>
    public ChildChannel()
    {
        int* ends = stackalloc int[2];
        nint result = RawSyscall.Invoke(SyscallNumber.socketpair, 1, 1 | Fcntl.O_CLOEXEC, 0, (nint)ends); // AF_UNIX, SOCK_STREAM
        if (result < 0)
        {
            throw new LinuxException("socketpair", (int)-result, "AF_UNIX, SOCK_STREAM");
        }

        _caller = new OwnedFd(ends[0]);
        Child = new OwnedFd(ends[1]);
    }

    /// <summary>The child's end. Dispose of it in the caller once the child is made, or the end of file never comes.</summary>
    public OwnedFd Child { get; }

    /// <summary>The caller's end, for poll(2).</summary>
    public OwnedFd Caller => _caller;

    /// <summary>Says one byte.</summary>
    /// <returns>0, or the positive errno; EPIPE where the child has ended.</returns>
    public int TrySend(byte message)
    {
        nint result;
        do
        {
            result = RawSyscall.Invoke(SyscallNumber.sendto, _caller.Number, (nint)(&message), 1, 0x4000, 0, 0); // MSG_NOSIGNAL
        }
        while (result == -Errno.EINTR);
        return result < 0 ? (int)-result : 0;
    }

    /// <summary>Says one byte, with a descriptor.</summary>
    /// <returns>0, or the positive errno; EPIPE where the child has ended.</returns>
    public int TrySend(byte message, OwnedFd descriptor) =>
        (int)-Inside.MessageSteps.SendDescriptor(_caller.Number, descriptor.Number, &message, 1);

    /// <summary>Waits until the child has said something, or has ended.</summary>
    /// <returns>False where the time ran out.</returns>
    public bool HasWord(int timeoutMilliseconds)
    {
        Span<PollEntry> entry = [new() { Descriptor = _caller.Number, Wanted = Polling.POLLIN }];
        return Polling.Wait(entry, timeoutMilliseconds) > 0;
    }

    /// <summary>The same without a limit of time, until a signal comes.</summary>
    /// <param name="signals">As <see cref="Signals.Open"/> has them.</param>
    /// <returns>The signal; 0 where the child has said something, or has ended.</returns>
    public int AwaitWordOr(OwnedFd signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Span<PollEntry> entries = [new() { Descriptor = _caller.Number, Wanted = Polling.POLLIN }, new() { Descriptor = signals.Number, Wanted = Polling.POLLIN }];
        int signal = 0;
        while (entries[0].Came == 0 && signal == 0)
        {
            Polling.Wait(entries, -1);
            signal = entries[0].Came == 0 ? Signals.Next(signals) : 0;
        }

        return signal;
    }

    /// <summary>Waits for a byte, and a descriptor if one comes with it.</summary>
    /// <returns>The byte, or <see cref="EndOfFile"/>.</returns>
    public byte Receive(out OwnedFd? descriptor)
    {
        byte message = 0;
        nint* vector = stackalloc nint[2];
        vector[0] = (nint)(&message);
        vector[1] = 1;
        nint* control = stackalloc nint[3];
        nint* header = stackalloc nint[7];
        nint result;
        do
        {
            new Span<nint>(header, 7).Clear();
            new Span<nint>(control, 3).Clear();
            header[2] = (nint)vector;
            header[3] = 1;
            header[4] = (nint)control;
            header[5] = 24;
            result = RawSyscall.Invoke(SyscallNumber.recvmsg, _caller.Number, (nint)header, 0x40000000); // MSG_CMSG_CLOEXEC
        }
        while (result == -Errno.EINTR);
        if (result < 0 && result != -Errno.ECONNRESET)
        {
            throw new LinuxException("recvmsg", (int)-result, "from the child");
        }

        descriptor = header[5] >= 20 && ((int*)control)[3] == 1 ? new OwnedFd(((int*)control)[4]) : null;
        return result <= 0 ? EndOfFile : message;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _caller.Dispose();
        Child.Dispose();
    }
}
