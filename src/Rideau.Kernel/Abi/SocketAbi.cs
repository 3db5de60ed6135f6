namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/socket.h, asm-generic/socket.h, linux/in.h, linux/in6.h, linux/vm_sockets.h · man: socket(7), ip(7), ipv6(7), unix(7), vsock(7)</summary>
public static class SocketAbi
{
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_VSOCK = 40;

    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_NONBLOCK = Fcntl.O_NONBLOCK;
    public const int SOCK_CLOEXEC = Fcntl.O_CLOEXEC;

    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_ERROR = 4;
    public const int SO_LINGER = 13;

    public const int IPPROTO_IP = 0;
    public const int IPPROTO_TCP = 6;
    public const int IPPROTO_IPV6 = 41;
    public const int IP_PKTINFO = 8;
    public const int IPV6_RECVPKTINFO = 49;
    public const int IPV6_PKTINFO = 50;
    public const int TCP_NODELAY = 1;

    public const int SHUT_RD = 0;
    public const int SHUT_WR = 1;

    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;

    /// <summary>How long a queue of connections may be at most; the kernel cuts it to net.core.somaxconn.</summary>
    public const int SOMAXCONN = 4096;

    public const uint VMADDR_CID_ANY = uint.MaxValue;

    /// <summary>Asks for a device's index by its name (linux/sockios.h).</summary>
    public const int SIOCGIFINDEX = 0x8933;
}
