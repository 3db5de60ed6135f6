using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

// Single messages with the address of the other side, and with the own address that they came to. man: recvmsg(2), sendmsg(2), ip(7)
public static unsafe partial class Sockets
{
    private const int HeaderWords = 7;

    /// <summary>Takes the next message, without waiting.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="data">Takes the bytes; what does not fit is lost.</param>
    /// <param name="name">Takes the sender's address.</param>
    /// <param name="nameBytes">How long that is.</param>
    /// <param name="control">Takes what the kernel says of the message, as IP_PKTINFO.</param>
    /// <param name="controlBytes">How long that is.</param>
    /// <returns>How many bytes; the negative errno: EAGAIN, ECONNREFUSED (an earlier one was refused).</returns>
    public static int TryReceive(OwnedFd socket, Span<byte> data, Span<byte> name, out int nameBytes, Span<byte> control, out int controlBytes)
    {
        nint* vector = stackalloc nint[2];
        nint* header = stackalloc nint[HeaderWords];
        fixed (byte* bytes = data, names = name, controls = control)
        {
            Fill(header, vector, (nint)bytes, data.Length, (nint)names, name.Length, (nint)controls, control.Length);
            nint result = Syscalls.Retry(SyscallNumber.recvmsg, socket.Number, (nint)header, SocketAbi.MSG_DONTWAIT);
            nameBytes = Math.Clamp((int)(uint)header[1], 0, name.Length);
            controlBytes = Math.Clamp((int)header[5], 0, control.Length);
            return (int)result;
        }
    }

    /// <summary>Sends a message, without waiting.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="name">To whom; empty where the socket is connected.</param>
    /// <param name="control">What the kernel is told beside it, as IP_PKTINFO; may be empty.</param>
    /// <returns>How many bytes; the negative errno: EAGAIN, EMSGSIZE, ECONNREFUSED.</returns>
    public static int TrySend(OwnedFd socket, ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, ReadOnlySpan<byte> control)
    {
        nint* vector = stackalloc nint[2];
        nint* header = stackalloc nint[HeaderWords];
        fixed (byte* bytes = data, names = name, controls = control)
        {
            Fill(header, vector, (nint)bytes, data.Length, (nint)names, name.Length, (nint)controls, control.Length);
            return (int)Syscalls.Retry(SyscallNumber.sendmsg, socket.Number, (nint)header, SocketAbi.MSG_DONTWAIT | SocketAbi.MSG_NOSIGNAL);
        }
    }

    // struct msghdr with one struct iovec.
    private static void Fill(nint* header, nint* vector, nint data, int dataBytes, nint name, int nameBytes, nint control, int controlBytes)
    {
        vector[0] = data;
        vector[1] = dataBytes;
        header[0] = name;
        header[1] = nameBytes;
        header[2] = (nint)vector;
        header[3] = 1;
        header[4] = control;
        header[5] = controlBytes;
        header[6] = 0; // flags
    }
}
