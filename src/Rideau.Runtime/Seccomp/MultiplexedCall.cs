namespace Rideau.Runtime.Seccomp;

/// <summary>Calls that x86 has behind socketcall(2) and ipc(2), whose first argument says which one is meant.</summary>
internal static class MultiplexedCall
{
    private const int SocketCall = 102;
    private const int Ipc = 117;

    /// <summary>The number of the multiplexer on x86, and the first argument by which it does what the named call does; false where there is none.</summary>
    internal static bool TryFind(string name, out int number, out uint selector)
    {
        selector = SocketSelector(name);
        number = SocketCall;
        if (selector == 0)
        {
            selector = IpcSelector(name);
            number = Ipc;
        }

        return selector != 0;
    }

    /// <summary>linux/net.h, SYS_SOCKET and so on.</summary>
    private static uint SocketSelector(string name) => name switch
    {
        "socket" => 1,
        "bind" => 2,
        "connect" => 3,
        "listen" => 4,
        "accept" => 5,
        "getsockname" => 6,
        "getpeername" => 7,
        "socketpair" => 8,
        "send" => 9,
        "recv" => 10,
        "sendto" => 11,
        "recvfrom" => 12,
        "shutdown" => 13,
        "setsockopt" => 14,
        "getsockopt" => 15,
        "sendmsg" => 16,
        "recvmsg" => 17,
        "accept4" => 18,
        "recvmmsg" => 19,
        "sendmmsg" => 20,
        _ => 0,
    };

    /// <summary>linux/ipc.h, SEMOP and so on.</summary>
    private static uint IpcSelector(string name) => name switch
    {
        "semop" => 1,
        "semget" => 2,
        "semctl" => 3,
        "semtimedop" => 4,
        "msgsnd" => 11,
        "msgrcv" => 12,
        "msgget" => 13,
        "msgctl" => 14,
        "shmat" => 21,
        "shmdt" => 22,
        "shmget" => 23,
        "shmctl" => 24,
        _ => 0,
    };
}
