using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Netlink;

/// <summary>Forks, execs and exits of the whole machine, as the kernel tells them (process connector).</summary>
/// <remarks>uapi: linux/cn_proc.h, linux/connector.h · kernel 6.6+ also without privilege; in the first user, pid and network namespace only · runs in: caller</remarks>
public sealed unsafe class ProcessEvents : IDisposable
{
    public const uint Fork = 0x1;
    public const uint Exec = 0x2;
    public const uint Exit = 0x80000000;

    private const int NETLINK_CONNECTOR = 11;
    private const int SOCK_DGRAM = 2;
    private const int SO_RCVBUF = 8;
    private const int ReceiveBufferBytes = 1 << 20;
    private const int AnswerMilliseconds = 500;
    private const int HeadBytes = 16 + 20; // struct nlmsghdr, struct cn_msg

    private ProcessEvents(OwnedFd socket) => Descriptor = socket;

    /// <summary>Takes an event: what, and the process (of a fork, the new one). Threads are passed over.</summary>
    public delegate void Handler(uint what, int pid);

    /// <summary>Readable where events wait.</summary>
    public OwnedFd Descriptor { get; }

    /// <summary>Begins to listen.</summary>
    /// <returns>0, or the positive errno: EPROTONOSUPPORT without CONFIG_PROC_EVENTS; EPERM; ETIMEDOUT where the kernel does not answer (not in the first namespaces).</returns>
    public static int TryOpen(out ProcessEvents? events)
    {
        events = null;
        nint made = RawSyscall.Invoke(SyscallNumber.socket, Abi.Netlink.AF_NETLINK, SOCK_DGRAM | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, NETLINK_CONNECTOR);
        if (made < 0)
        {
            return (int)-made;
        }

        var socket = new OwnedFd((int)made);
        int size = ReceiveBufferBytes;
        _ = RawSyscall.Invoke(SyscallNumber.setsockopt, socket.Number, 1, SO_RCVBUF, (nint)(&size), sizeof(int)); // ignored: a smaller one overflows sooner, which is noticed
        var address = new sockaddr_nl { nl_family = Abi.Netlink.AF_NETLINK, nl_groups = 1 }; // CN_IDX_PROC
        nint result = RawSyscall.Invoke(SyscallNumber.bind, socket.Number, (nint)(&address), sizeof(sockaddr_nl));
        result = result < 0 ? result : Subscribe(socket);
        if (result < 0 || !IsAnswered(socket))
        {
            socket.Dispose();
            return result < 0 ? (int)-result : Errno.ETIMEDOUT;
        }

        events = new ProcessEvents(socket);
        return 0;
    }

    /// <summary>Hands over what waits.</summary>
    /// <returns>False where events were lost, because they came faster than they were read.</returns>
    public bool Read(Handler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        bool whole = true;
        Span<byte> buffer = stackalloc byte[512];
        for (int reads = 0; reads < 1_000_000; reads++)
        {
            int got = Receive(Descriptor, buffer);
            if (got == -Errno.ENOBUFS)
            {
                whole = false;
                continue;
            }

            if (got < 0)
            {
                return whole;
            }

            Take(buffer[..got], handler);
        }

        return whole;
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    // struct proc_event: what, processor, time of eight bytes, then what belongs to it.
    private static void Take(ReadOnlySpan<byte> message, Handler handler)
    {
        if (message.Length < HeadBytes + 16 + 16)
        {
            return;
        }

        ReadOnlySpan<byte> happened = message[HeadBytes..];
        uint what = BinaryPrimitives.ReadUInt32LittleEndian(happened);
        ReadOnlySpan<int> ids = MemoryMarshal.Cast<byte, int>(happened.Slice(16, 16));
        (int thread, int process) = what == Fork ? (ids[2], ids[3]) : (ids[0], ids[1]);
        if (what is Fork or Exec or Exit && thread == process)
        {
            handler(what, process);
        }
    }

    private static nint Subscribe(OwnedFd socket)
    {
        // struct nlmsghdr, struct cn_msg { idx 1, val 1, seq, ack, len, flags }, PROC_CN_MCAST_LISTEN.
        Span<byte> request = stackalloc byte[HeadBytes + 4];
        request.Clear();
        Span<int> words = MemoryMarshal.Cast<byte, int>(request);
        words[0] = request.Length;
        words[1] = Abi.Netlink.NLMSG_DONE;
        words[4] = 1;
        words[5] = 1;
        words[8] = 4;
        words[9] = 1;
        fixed (byte* pointer = request)
        {
            return Syscalls.Retry(SyscallNumber.sendto, socket.Number, (nint)pointer, request.Length, 0, 0, 0);
        }
    }

    // The answer is an event of kind 0 with an errno; a kernel that does not want to talk to us says nothing.
    private static bool IsAnswered(OwnedFd socket)
    {
        Span<byte> buffer = stackalloc byte[512];
        long end = Environment.TickCount64 + AnswerMilliseconds;
        while (Environment.TickCount64 < end)
        {
            Span<PollEntry> entry = [new() { Descriptor = socket.Number, Wanted = Polling.POLLIN }];
            int got = Polling.Wait(entry, (int)Math.Max(0, end - Environment.TickCount64)) == 0 ? -1 : Receive(socket, buffer);
            if (got >= HeadBytes + 20 && BinaryPrimitives.ReadUInt32LittleEndian(buffer[HeadBytes..]) == 0)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(buffer[(HeadBytes + 16)..]) == 0;
            }
        }

        return false;
    }

    private static int Receive(OwnedFd socket, Span<byte> buffer)
    {
        sockaddr_nl sender = default;
        int senderSize = sizeof(sockaddr_nl);
        fixed (byte* pointer = buffer)
        {
            nint got = Syscalls.Retry(SyscallNumber.recvfrom, socket.Number, (nint)pointer, buffer.Length, 0, (nint)(&sender), (nint)(&senderSize));
            return got >= 0 && sender.nl_pid != 0 ? 0 : (int)got; // of another process: nothing
        }
    }
}
