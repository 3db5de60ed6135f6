using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Netlink;

/// <summary>A conversation with the kernel about the network of one namespace: a request, its answers, its acknowledgement.</summary>
/// <remarks>One thread at a time. man: netlink(7), rtnetlink(7) · runs in: caller</remarks>
public sealed unsafe class NetlinkSocket : IDisposable
{
    // The kernel makes the parts of a long answer as large as the reader's buffer, up to 32 KiB.
    private const int BufferBytes = 64 * 1024;
    private const int TimeoutMilliseconds = 10_000;
    private const int LimitParts = 100_000;
    private const int DumpTries = 16;

    /// <summary>The type of its socket.</summary>
    public const int RawType = 3;

    private readonly OwnedFd _socket;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private uint _sequence;

    private NetlinkSocket(OwnedFd socket) => _socket = socket;

    /// <summary>Takes a message of an answer.</summary>
    public delegate void Handler(scoped in NetlinkMessage message);

    /// <summary>Opens a socket for NETLINK_ROUTE.</summary>
    /// <param name="networkNamespace">The namespace that it speaks of for as long as it lives; null: the caller's.</param>
    /// <exception cref="LinuxException">setns: EPERM without CAP_SYS_ADMIN in both. socket: EPROTONOSUPPORT, EMFILE.</exception>
    public static NetlinkSocket Open(OwnedFd? networkNamespace = null)
    {
        int errno = networkNamespace is null
            ? Sockets.TryOpen(Abi.Netlink.AF_NETLINK, RawType, Abi.Netlink.NETLINK_ROUTE, out OwnedFd? socket)
            : Sockets.TryOpenIn(networkNamespace, Abi.Netlink.AF_NETLINK, RawType, Abi.Netlink.NETLINK_ROUTE, out socket);
        return Of(socket ?? throw new LinuxException(networkNamespace is null ? "socket" : "setns", errno, "AF_NETLINK, NETLINK_ROUTE"));
    }

    /// <summary>Speaks over a socket of NETLINK_ROUTE that was made in the namespace it is to speak of, and owns it from now on.</summary>
    /// <remarks>The kernel asks for the rights of both: of who made the socket, and of who sends.</remarks>
    public static NetlinkSocket Of(OwnedFd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        try
        {
            // Errors come with words and without the whole request (kernel 4.12).
            int on = 1;
            foreach (int option in (ReadOnlySpan<int>)[Abi.Netlink.NETLINK_CAP_ACK, Abi.Netlink.NETLINK_EXT_ACK])
            {
                Syscalls.Check(RawSyscall.Invoke(SyscallNumber.setsockopt, socket.Number, Abi.Netlink.SOL_NETLINK, option, (nint)(&on), sizeof(int)), "setsockopt", "SOL_NETLINK");
            }

            return new NetlinkSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="handler">Gets the messages of the answer that come before the acknowledgement.</param>
    public NetlinkAnswer Ask(NetlinkRequest request, Handler? handler = null) => Ask(request, handler, out _);

    /// <summary>Asks for a list, and asks again where it has changed while it was read.</summary>
    /// <param name="request">With NLM_F_DUMP.</param>
    /// <param name="begin">Called before each try: what was collected is void.</param>
    /// <param name="handler">Gets each entry.</param>
    /// <exception cref="LinuxException">EINTR: it has changed during every try; and what the kernel refused.</exception>
    public void List(NetlinkRequest request, Action begin, Handler handler)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(begin);
        for (int tries = 0; tries < DumpTries; tries++)
        {
            begin();
            Ask(request, handler, out bool interrupted).Check("netlink", $"list {request.Type}");
            if (!interrupted)
            {
                return;
            }
        }

        throw new LinuxException("netlink", Errno.EINTR, $"list {request.Type}: it changes all the time");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private NetlinkAnswer Ask(NetlinkRequest request, Handler? handler, out bool interrupted)
    {
        ArgumentNullException.ThrowIfNull(request);
        interrupted = false;
        uint sequence = ++_sequence;
        Send(request.Finish(sequence));
        bool list = (request.Flags & Abi.Netlink.NLM_F_DUMP) == Abi.Netlink.NLM_F_DUMP;
        for (int parts = 0; parts < LimitParts; parts++)
        {
            ReadOnlySpan<byte> rest = Receive();
            while (NetlinkMessage.TryTake(ref rest, out NetlinkMessage message))
            {
                // An answer to a request that was given up earlier.
                if (message.Sequence != sequence)
                {
                    continue;
                }

                interrupted |= (message.Flags & Abi.Netlink.NLM_F_DUMP_INTR) != 0;
                if (message.Type == Abi.Netlink.NLMSG_ERROR || (message.Type == Abi.Netlink.NLMSG_DONE && list))
                {
                    return AnswerOf(message);
                }

                if (message.Type >= Abi.Netlink.NLMSG_MIN_TYPE)
                {
                    handler?.Invoke(message);
                }
            }
        }

        throw new LinuxException("netlink", Errno.EOVERFLOW, $"an answer of more than {LimitParts} parts");
    }

    // The errno, then (for an error) the head of the request, then attributes.
    private static NetlinkAnswer AnswerOf(in NetlinkMessage message)
    {
        if (!MemoryMarshal.TryRead(message.Payload, out int error))
        {
            // The end of a list on kernels that say no more of it.
            return default;
        }

        string explanation = "";
        if ((message.Flags & Abi.Netlink.NLM_F_ACK_TLVS) != 0)
        {
            int offset = sizeof(int);
            if (message.Type == Abi.Netlink.NLMSG_ERROR && MemoryMarshal.TryRead(message.Payload[offset..], out nlmsghdr request))
            {
                bool capped = (message.Flags & Abi.Netlink.NLM_F_CAPPED) != 0;
                offset += capped ? Unsafe.SizeOf<nlmsghdr>() : (int)Math.Min((request.nlmsg_len + 3) & ~3u, (uint)message.Payload.Length);
            }

            for (var attributes = new NetlinkAttributes(offset <= message.Payload.Length ? message.Payload[offset..] : default); attributes.MoveNext();)
            {
                explanation = attributes.Type == Abi.Netlink.NLMSGERR_ATTR_MSG ? attributes.Text : explanation;
            }
        }

        return new NetlinkAnswer(-error, explanation);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        var kernel = new sockaddr_nl { nl_family = Abi.Netlink.AF_NETLINK };
        fixed (byte* pointer = bytes)
        {
            nint sent = Syscalls.Retry(SyscallNumber.sendto, _socket.Number, (nint)pointer, bytes.Length, 0, (nint)(&kernel), sizeof(sockaddr_nl));
            Syscalls.Check(sent, "sendto", "NETLINK_ROUTE");
        }
    }

    private ReadOnlySpan<byte> Receive()
    {
        while (true)
        {
            Span<PollEntry> entry = [new() { Descriptor = _socket.Number, Wanted = Polling.POLLIN }];
            if (Polling.Wait(entry, TimeoutMilliseconds) == 0)
            {
                throw new LinuxException("recvfrom", Errno.ETIMEDOUT, $"NETLINK_ROUTE: no answer in {TimeoutMilliseconds / 1000} seconds");
            }

            sockaddr_nl sender = default;
            int senderSize = sizeof(sockaddr_nl);
            nint got;
            fixed (byte* pointer = _buffer)
            {
                got = Syscalls.Retry(SyscallNumber.recvfrom, _socket.Number, (nint)pointer, _buffer.Length, 0x20, (nint)(&sender), (nint)(&senderSize)); // MSG_TRUNC: the whole length
            }

            Syscalls.Check(got, "recvfrom", "NETLINK_ROUTE");
            if (got > _buffer.Length)
            {
                throw new LinuxException("recvfrom", Errno.EMSGSIZE, $"netlink message of {got} bytes");
            }

            // Any process may send to any socket; only the kernel has port 0.
            if (sender.nl_pid == 0)
            {
                return _buffer.AsSpan(0, (int)got);
            }
        }
    }
}
