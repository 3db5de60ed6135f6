using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Unix sockets, and descriptors sent over them. man: unix(7), cmsg(3) · runs in: caller</summary>
public static unsafe partial class Sockets
{
    private const int PathLimit = 108;

    /// <summary>Connects a stream socket to a path. A path longer than the 107 bytes of an address is reached through its directory's descriptor.</summary>
    /// <exception cref="LinuxException">connect: ENOENT, ECONNREFUSED, EACCES, ENAMETOOLONG.</exception>
    public static OwnedFd ConnectUnix(string path)
    {
        int slash = path.LastIndexOf('/');
        if (Encoding.UTF8.GetByteCount(path) >= PathLimit && slash > 0)
        {
            using OwnedFd directory = Files.Open(path[..slash], Fcntl.O_PATH | Fcntl.O_DIRECTORY);
            return Connect($"/proc/self/fd/{directory.Number}/{path[(slash + 1)..]}", path);
        }

        return Connect(path, path);
    }

    /// <summary>Sends bytes, and a descriptor with the first of them.</summary>
    public static void SendWithDescriptor(OwnedFd socket, ReadOnlySpan<byte> data, OwnedFd descriptor)
    {
        nint* control = stackalloc nint[3];
        control[0] = 20;
        ((int*)control)[2] = 1; // SOL_SOCKET
        ((int*)control)[3] = 1; // SCM_RIGHTS
        control[2] = descriptor.Number;
        nint* vector = stackalloc nint[2];
        nint* header = stackalloc nint[7];
        new Span<nint>(header, 7).Clear();
        fixed (byte* bytes = data)
        {
            vector[0] = (nint)bytes;
            vector[1] = data.Length;
            header[2] = (nint)vector;
            header[3] = 1;
            header[4] = (nint)control;
            header[5] = 24;
            nint sent = Syscalls.Check(Syscalls.Retry(SyscallNumber.sendmsg, socket.Number, (nint)header, 0x4000), "sendmsg"); // MSG_NOSIGNAL
            if (sent < data.Length)
            {
                Files.WriteAll(socket, data[(int)sent..]);
            }
        }
    }

    private static OwnedFd Connect(string path, string nameForErrors)
    {
        byte* address = stackalloc byte[2 + PathLimit];
        new Span<byte>(address, 2 + PathLimit).Clear();
        *(ushort*)address = 1; // AF_UNIX
        int length = Encoding.UTF8.GetByteCount(path);
        if (length >= PathLimit)
        {
            throw new LinuxException("connect", Errno.ENAMETOOLONG, $"\"{nameForErrors}\"");
        }

        Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, PathLimit));
        var socket = new OwnedFd((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.socket, 1, 1 | Fcntl.O_CLOEXEC, 0), "socket", "AF_UNIX, SOCK_STREAM"));
        nint result = Syscalls.Retry(SyscallNumber.connect, socket.Number, (nint)address, 2 + length + 1);
        if (result < 0)
        {
            socket.Dispose();
            throw new LinuxException("connect", (int)-result, $"\"{nameForErrors}\"");
        }

        return socket;
    }
}
