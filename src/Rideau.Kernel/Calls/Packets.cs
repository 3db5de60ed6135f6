using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>A pair of Unix sockets that keep messages apart (SOCK_SEQPACKET), and may carry a descriptor. man: unix(7), socketpair(2), cmsg(3) · runs in: caller</summary>
public static unsafe class Packets
{
    private const int AF_UNIX = 1;
    private const int SOCK_SEQPACKET = 5;
    private const int MSG_TRUNC = 0x20;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int DescriptorLimit = 8;

    /// <summary>Makes the pair; both ends are O_CLOEXEC.</summary>
    public static (OwnedFd Own, OwnedFd Other) Pair()
    {
        int* ends = stackalloc int[2];
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.socketpair, AF_UNIX, SOCK_SEQPACKET | Fcntl.O_CLOEXEC, 0, (nint)ends), "socketpair", "AF_UNIX, SOCK_SEQPACKET");
        return (new OwnedFd(ends[0]), new OwnedFd(ends[1]));
    }

    /// <summary>Sends one message.</summary>
    /// <returns>0, or the positive errno: EPIPE and ECONNRESET where the other end is closed, EMSGSIZE.</returns>
    public static int TrySend(OwnedFd socket, ReadOnlySpan<byte> message)
    {
        fixed (byte* bytes = message)
        {
            nint sent = Syscalls.Retry(SyscallNumber.sendto, socket.Number, (nint)bytes, message.Length, MSG_NOSIGNAL, 0, 0);
            return sent < 0 ? (int)-sent : 0;
        }
    }

    /// <summary>Waits for a message.</summary>
    /// <param name="socket">The own end.</param>
    /// <param name="buffer">Takes it.</param>
    /// <param name="descriptor">The first descriptor that came with it; others are closed.</param>
    /// <returns>Its length, 0 at the end of file, or the negative errno; -EMSGSIZE where it is longer than the buffer.</returns>
    public static int Receive(OwnedFd socket, Span<byte> buffer, out OwnedFd? descriptor)
    {
        const int controlWords = 2 + DescriptorLimit;
        nint* vector = stackalloc nint[2];
        nint* control = stackalloc nint[controlWords];
        nint* header = stackalloc nint[7];
        new Span<nint>(control, controlWords).Clear();
        new Span<nint>(header, 7).Clear();
        nint got;
        fixed (byte* bytes = buffer)
        {
            vector[0] = (nint)bytes;
            vector[1] = buffer.Length;
            header[2] = (nint)vector;
            header[3] = 1;
            header[4] = (nint)control;
            header[5] = controlWords * sizeof(nint);
            got = Syscalls.Retry(SyscallNumber.recvmsg, socket.Number, (nint)header, MSG_CMSG_CLOEXEC);
        }

        descriptor = got >= 0 ? TakeFirst(control, header[5]) : null;
        if (got >= 0 && ((int)header[6] & MSG_TRUNC) != 0)
        {
            descriptor?.Dispose();
            descriptor = null;
            return -Errno.EMSGSIZE;
        }

        return (int)got;
    }

    /// <summary>Nothing more is sent: the other end reads the end of file.</summary>
    public static void EndSending(OwnedFd socket) =>
        _ = RawSyscall.Invoke(SyscallNumber.shutdown, socket.Number, 1); // SHUT_WR; ignored: the other end may be gone

    // struct cmsghdr: the length of eight bytes, the level and the type of four; then the descriptors.
    private static OwnedFd? TakeFirst(nint* control, nint length)
    {
        int* words = (int*)control;
        if (length < 20 || control[0] < 20 || words[2] != 1 || words[3] != 1) // SOL_SOCKET, SCM_RIGHTS
        {
            return null;
        }

        int count = (int)Math.Min((control[0] - 16) / sizeof(int), DescriptorLimit * sizeof(nint) / sizeof(int));
        for (int i = 1; i < count; i++)
        {
            new OwnedFd(words[4 + i]).Dispose();
        }

        return new OwnedFd(words[4]);
    }
}
