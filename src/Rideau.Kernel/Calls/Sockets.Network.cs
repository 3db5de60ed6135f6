using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

// Sockets of any family: made, bound, connected, accepted. man: socket(2), bind(2), listen(2), connect(2), accept(2), ip(7)
public static unsafe partial class Sockets
{
    /// <summary>Makes a socket in the caller's network namespace, close-on-exec.</summary>
    /// <param name="family">AF_…</param>
    /// <param name="type">SOCK_…, with SOCK_NONBLOCK if wanted.</param>
    /// <param name="protocol">0 for the type's usual one.</param>
    /// <returns>0, or the positive errno: EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, ENFILE.</returns>
    public static int TryOpen(int family, int type, int protocol, out OwnedFd? socket)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.socket, family, type | SocketAbi.SOCK_CLOEXEC, protocol);
        socket = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Makes a socket in another network namespace: this thread is there for the moment that it takes. The socket stays of that namespace, whoever uses it.</summary>
    /// <param name="networkNamespace">Where.</param>
    /// <param name="family">AF_…</param>
    /// <param name="type">SOCK_…</param>
    /// <param name="protocol">0 for the type's usual one.</param>
    /// <param name="socket">The socket.</param>
    /// <returns>0, or the positive errno; EPERM without CAP_SYS_ADMIN in the user namespaces of both networks and in the caller's own: then the thread has not moved.</returns>
    /// <remarks>man: setns(2), network_namespaces(7)</remarks>
    public static int TryOpenIn(OwnedFd networkNamespace, int family, int type, int protocol, out OwnedFd? socket)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        socket = null;
        using OwnedFd own = Files.Open("/proc/thread-self/ns/net", Fcntl.O_RDONLY);

        // Who may not join what he is in could not come back.
        int errno = NamespaceFiles.TryJoin(own, Sched.CLONE_NEWNET);
        errno = errno != 0 ? errno : NamespaceFiles.TryJoin(networkNamespace, Sched.CLONE_NEWNET);
        if (errno != 0)
        {
            return errno;
        }

        nint result = RawSyscall.Invoke(SyscallNumber.socket, family, type | SocketAbi.SOCK_CLOEXEC, protocol);
        errno = NamespaceFiles.TryJoin(own, Sched.CLONE_NEWNET);
        if (errno != 0)
        {
            // A thread that is in the wrong namespace must not do anything more.
            Environment.FailFast($"setns back into the own network namespace failed with {Errno.Describe(errno)}");
        }

        socket = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Gives a socket its address.</summary>
    /// <returns>0, or the positive errno: EADDRINUSE, EADDRNOTAVAIL, EACCES (a port below net.ipv4.ip_unprivileged_port_start).</returns>
    public static int TryBind(OwnedFd socket, SocketAddress address) => TryGive(SyscallNumber.bind, socket, address);

    /// <summary>Connects a socket; of one that does not block EINPROGRESS is the usual answer.</summary>
    /// <returns>0, or the positive errno: EINPROGRESS, ECONNREFUSED, EAGAIN (a unix socket's queue is full).</returns>
    public static int TryConnect(OwnedFd socket, SocketAddress address) => TryGive(SyscallNumber.connect, socket, address);

    /// <summary>Takes connections from now on.</summary>
    /// <returns>0, or the positive errno: EADDRINUSE.</returns>
    public static int TryListen(OwnedFd socket, int backlog) => (int)-RawSyscall.Invoke(SyscallNumber.listen, socket.Number, backlog);

    /// <summary>Takes the next connection, as a socket that does not block.</summary>
    /// <returns>0, or the positive errno: EAGAIN, ECONNABORTED, EMFILE.</returns>
    public static int TryAccept(OwnedFd socket, out OwnedFd? connection)
    {
        nint result = Syscalls.Retry(SyscallNumber.accept4, socket.Number, 0, 0, SocketAbi.SOCK_NONBLOCK | SocketAbi.SOCK_CLOEXEC);
        connection = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Sets an option that is a number.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TrySetOption(OwnedFd socket, int level, int option, int value) =>
        (int)-RawSyscall.Invoke(SyscallNumber.setsockopt, socket.Number, level, option, (nint)(&value), sizeof(int));

    /// <summary>At its end the socket tells the other side that it was cut off: struct linger with no time.</summary>
    public static void CutOffAtEnd(OwnedFd socket)
    {
        long linger = 1;
        _ = RawSyscall.Invoke(SyscallNumber.setsockopt, socket.Number, SocketAbi.SOL_SOCKET, SocketAbi.SO_LINGER, (nint)(&linger), sizeof(long)); // ignored: an orderly end is the other way
    }

    /// <summary>What became of a connection that was under way.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int ErrorOf(OwnedFd socket)
    {
        int error = 0;
        int length = sizeof(int);
        nint result = RawSyscall.Invoke(SyscallNumber.getsockopt, socket.Number, SocketAbi.SOL_SOCKET, SocketAbi.SO_ERROR, (nint)(&error), (nint)(&length));
        return result < 0 ? (int)-result : error;
    }

    /// <summary>Ends one direction.</summary>
    /// <returns>0, or the positive errno: ENOTCONN.</returns>
    public static int TryShutdown(OwnedFd socket, int how) => (int)-RawSyscall.Invoke(SyscallNumber.shutdown, socket.Number, how);

    /// <summary>The socket's own address; a port of 0 was given one by the kernel.</summary>
    /// <exception cref="LinuxException">getsockname.</exception>
    public static SocketAddress AddressOf(OwnedFd socket)
    {
        byte* bytes = stackalloc byte[SocketAddress.LimitBytes];
        int length = SocketAddress.LimitBytes;
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.getsockname, socket.Number, (nint)bytes, (nint)(&length)), "getsockname");
        return SocketAddress.OfBytes(new ReadOnlySpan<byte>(bytes, Math.Clamp(length, 0, SocketAddress.LimitBytes)));
    }

    /// <summary>The index of a device in the socket's network namespace, or 0.</summary>
    public static int IndexOfDevice(OwnedFd socket, string name)
    {
        // struct ifreq: 16 bytes of name, then the index.
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        return Encoding.UTF8.GetByteCount(name) < Rtnetlink.IFNAMSIZ && Encoding.UTF8.GetBytes(name, new Span<byte>(request, 16)) > 0
            && RawSyscall.Invoke(SyscallNumber.ioctl, socket.Number, SocketAbi.SIOCGIFINDEX, (nint)request) >= 0
            ? *(int*)(request + 16)
            : 0;
    }

    private static int TryGive(int call, OwnedFd socket, SocketAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        fixed (byte* bytes = address.Bytes)
        {
            return (int)-Syscalls.Retry(call, socket.Number, (nint)bytes, address.Bytes.Length);
        }
    }
}
