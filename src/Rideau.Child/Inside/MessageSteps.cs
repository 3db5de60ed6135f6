// RUNS IN: child of clone3, no GC
using System.Runtime.CompilerServices;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>What child and caller say to each other: single bytes, and descriptors. The sequence is drawn in docs/stages.md.</summary>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class MessageSteps
{
    /// <summary>Waits for one byte. At the end of file nobody waits for this child any more, and it ends.</summary>
    internal static nint Receive(nint socket, byte message)
    {
        byte received = 0;
        nint got = ReadByte(socket, &received);
        return got < 0 ? got : got == 0 ? -Errno.EPIPE : received == message ? 0 : -Errno.EPROTO;
    }

    /// <summary>write(2), because a seccomp filter that is on by now allows it if it allows anything. SIGPIPE is blocked.</summary>
    internal static nint Send(nint socket, byte message)
    {
        nint result;
        do
        {
            result = RawSyscall.Invoke(SyscallNumber.write, socket, (nint)(&message), 1);
        }
        while (result == -Errno.EINTR);
        return result < 0 ? result : 0;
    }

    /// <summary>sendmsg(2) with one SCM_RIGHTS descriptor.</summary>
    internal static nint SendDescriptor(nint socket, int descriptor, byte* data, nint length)
    {
        // struct iovec, struct cmsghdr with one int, struct msghdr of 64-bit architectures.
        nint* vector = stackalloc nint[2];
        vector[0] = (nint)data;
        vector[1] = length;
        nint* control = stackalloc nint[3];
        control[0] = 20;
        ((int*)control)[2] = 1; // SOL_SOCKET
        ((int*)control)[3] = 1; // SCM_RIGHTS
        control[2] = 0;
        ((int*)control)[4] = descriptor;
        nint* message = stackalloc nint[7];
        message[0] = 0;
        message[1] = 0;
        message[2] = (nint)vector;
        message[3] = 1;
        message[4] = (nint)control;
        message[5] = 24;
        message[6] = 0;
        nint result;
        do
        {
            result = RawSyscall.Invoke(SyscallNumber.sendmsg, socket, (nint)message, 0x4000);
        }
        while (result == -Errno.EINTR);
        return result < 0 ? result : 0;
    }

    /// <summary>recvmsg(2) of one byte with one SCM_RIGHTS descriptor; EPIPE at the end of file, EPROTO without a descriptor.</summary>
    internal static nint ReceiveDescriptor(nint socket)
    {
        byte received = 0;
        nint* vector = stackalloc nint[2];
        vector[0] = (nint)(&received);
        vector[1] = 1;
        nint* control = stackalloc nint[3];
        nint* message = stackalloc nint[7];
        nint result;
        do
        {
            control[0] = control[1] = control[2] = 0;
            message[0] = 0;
            message[1] = 0;
            message[2] = (nint)vector;
            message[3] = 1;
            message[4] = (nint)control;
            message[5] = 24;
            message[6] = 0;
            result = RawSyscall.Invoke(SyscallNumber.recvmsg, socket, (nint)message, 0x40000000); // MSG_CMSG_CLOEXEC
        }
        while (result == -Errno.EINTR);
        return result < 0 ? result
            : result == 0 ? -Errno.EPIPE
            : message[5] >= 20 && ((int*)control)[3] == 1 ? ((int*)control)[4]
            : -Errno.EPROTO;
    }

    /// <summary>Waits for a start. The gate is a FIFO that this process holds open for both directions, so that read(2) waits.</summary>
    internal static nint Gate(nint gate, nint report, ChildBoard* board)
    {
        byte word = 0;
        nint got = ReadByte(gate, &word);
        if (got < 0)
        {
            return got;
        }

        board->FirstStepAfterGate = board->Step + 1;
        board->Reporting = (int)report;
        return 0;
    }

    private static nint ReadByte(nint socket, byte* into)
    {
        nint got;
        do
        {
            got = RawSyscall.Invoke(SyscallNumber.read, socket, (nint)into, 1);
        }
        while (got == -Errno.EINTR);
        return got;
    }
}
