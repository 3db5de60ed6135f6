using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Unix datagram sockets, as service managers have them. man: unix(7), sd_notify(3) · runs in: caller</summary>
/// <remarks>An address that begins with @ is a name in the abstract namespace.</remarks>
public static unsafe class Datagrams
{
    private const int PathLimit = 108;

    /// <summary>A socket that receives at a path, which anyone who reaches it may send to.</summary>
    /// <exception cref="LinuxException">bind: EADDRINUSE, ENOENT, EACCES, ENAMETOOLONG.</exception>
    public static OwnedFd Bind(string path)
    {
        OwnedFd socket = Open(SyscallNumber.bind, "bind", path);
        if (path[0] != '@')
        {
            using var name = new Utf8Path(path, stackalloc byte[256]);
            fixed (byte* pointer = name)
            {
                _ = RawSyscall.Invoke(SyscallNumber.fchmodat, Fcntl.AT_FDCWD, (nint)pointer, 0x1ff); // ignored: who may not send is not heard
            }
        }

        return socket;
    }

    /// <summary>A socket that sends to an address.</summary>
    /// <exception cref="LinuxException">connect: ENOENT, ECONNREFUSED, EACCES.</exception>
    public static OwnedFd Connect(string address) => Open(SyscallNumber.connect, "connect", address);

    private static OwnedFd Open(int call, string operation, string path)
    {
        int slash = path.LastIndexOf('/');
        if (Encoding.UTF8.GetByteCount(path) < PathLimit || slash <= 0)
        {
            return Open(call, operation, path, path);
        }

        // A path longer than an address is reached through its directory's descriptor.
        using OwnedFd directory = Files.Open(path[..slash], Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        return Open(call, operation, $"/proc/self/fd/{directory.Number}/{path[(slash + 1)..]}", path);
    }

    private static OwnedFd Open(int call, string operation, string path, string nameForErrors)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or >= PathLimit)
        {
            throw new LinuxException(operation, Errno.ENAMETOOLONG, $"\"{nameForErrors}\"");
        }

        byte* address = stackalloc byte[2 + PathLimit];
        new Span<byte>(address, 2 + PathLimit).Clear();
        *(ushort*)address = 1; // AF_UNIX
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, PathLimit));
        bool isAbstract = path[0] == '@';
        address[2] = isAbstract ? (byte)0 : address[2];
        var socket = new OwnedFd((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.socket, 1, 2 | Fcntl.O_CLOEXEC, 0), "socket", "AF_UNIX, SOCK_DGRAM"));
        nint result = Syscalls.Retry(call, socket.Number, (nint)address, 2 + length + (isAbstract ? 0 : 1));
        if (result < 0)
        {
            socket.Dispose();
            throw new LinuxException(operation, (int)-result, $"\"{nameForErrors}\"");
        }

        return socket;
    }
}
