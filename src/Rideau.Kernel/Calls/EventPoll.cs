using System;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>What came, and for what.</summary>
/// <param name="Events">EPOLL…</param>
/// <param name="Tag">As it was given when the descriptor was added.</param>
public readonly record struct PolledEvent(uint Events, ulong Tag);

/// <summary>Waits for many descriptors at a cost that does not grow with their number. man: epoll(7) · runs in: caller</summary>
public sealed unsafe class EventPoll : IDisposable
{
    /// <summary>The most events that one wait returns.</summary>
    public const int Batch = 256;

    // struct epoll_event: the events, the tag; packed on x86-64 alone.
    private static readonly int s_tagOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private readonly OwnedFd _poll;
    private readonly byte[] _events = new byte[Batch * 16];

    /// <summary>Readable when one of the others has something; for a poll(2) of its holder's own.</summary>
    public OwnedFd Descriptor => _poll;

    /// <summary>Makes one.</summary>
    /// <exception cref="LinuxException">epoll_create1: EMFILE.</exception>
    public EventPoll() => _poll = new OwnedFd((int)Syscalls.Check(Syscalls.Retry(SyscallNumber.epoll_create1, Fcntl.O_CLOEXEC), "epoll_create1"));

    /// <summary>Waits for a descriptor from now on; it leaves when it is closed.</summary>
    /// <returns>0, or the positive errno: ENOSPC (fs.epoll.max_user_watches), EPERM (a plain file), EEXIST.</returns>
    public int TryAdd(OwnedFd fd, uint events, ulong tag) => TryControl(Epoll.EPOLL_CTL_ADD, fd, events, tag);

    /// <summary>Waits for something else on a descriptor; nothing is a pause.</summary>
    /// <returns>0, or the positive errno: ENOENT.</returns>
    public int TryChange(OwnedFd fd, uint events, ulong tag) => TryControl(Epoll.EPOLL_CTL_MOD, fd, events, tag);

    /// <summary>Waits until something came, or the time ran out.</summary>
    /// <param name="into">Takes what came, of <see cref="Batch"/>.</param>
    /// <param name="timeoutMilliseconds">-1 waits without a limit.</param>
    /// <returns>How many came; 0 after the time, or an interruption.</returns>
    public int Wait(Span<PolledEvent> into, int timeoutMilliseconds)
    {
        int count;
        fixed (byte* events = _events)
        {
            nint result = Raw.RawSyscall.Invoke(SyscallNumber.epoll_pwait, _poll.Number, (nint)events, Math.Min(into.Length, Batch), timeoutMilliseconds, 0, 8);
            count = result == -Errno.EINTR ? 0 : (int)Syscalls.Check(result, "epoll_pwait");
            int size = s_tagOffset + sizeof(ulong);
            for (int i = 0; i < count; i++)
            {
                into[i] = new PolledEvent(*(uint*)(events + (i * size)), *(ulong*)(events + (i * size) + s_tagOffset));
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _poll.Dispose();

    private int TryControl(int operation, OwnedFd fd, uint events, ulong tag)
    {
        byte* entry = stackalloc byte[16];
        *(uint*)entry = events;
        *(ulong*)(entry + s_tagOffset) = tag;
        return (int)-Syscalls.Retry(SyscallNumber.epoll_ctl, _poll.Number, operation, fd.Number, (nint)entry);
    }
}
