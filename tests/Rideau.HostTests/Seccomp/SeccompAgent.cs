using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.HostTests.Seccomp;

/// <summary>Listens where a profile's listenerPath leads to, and answers the calls of a filter, as an agent does. man: seccomp_unotify(2)</summary>
internal sealed unsafe class SeccompAgent : IDisposable
{
    private const int ReceiveNotification = unchecked((int)0xc0502100); // SECCOMP_IOCTL_NOTIF_RECV
    private const int SendAnswer = unchecked((int)0xc0182101);          // SECCOMP_IOCTL_NOTIF_SEND
    private const int AskForId = 0x40082102;                            // SECCOMP_IOCTL_NOTIF_ID_VALID
    private const int Seconds = 10_000;

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private nint _notifications = -1;

    internal SeccompAgent(string path)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(4);
    }

    internal string Path { get; }

    /// <summary>The containerProcessState that came with the descriptor.</summary>
    internal JsonObject ProcessState { get; private set; } = [];

    /// <summary>How many descriptors came with it.</summary>
    internal int Descriptors { get; private set; }

    /// <summary>Waits for a runtime, until it has closed the connection.</summary>
    internal SeccompAgent Accept()
    {
        Wait(_listener.Handle, "nobody connected");
        using Socket connection = _listener.Accept();
        connection.Blocking = true;
        byte* data = stackalloc byte[8192];
        nint* vector = stackalloc nint[2] { (nint)data, 8192 };
        nint* control = stackalloc nint[6];
        nint* header = stackalloc nint[7] { 0, 0, (nint)vector, 1, (nint)control, 48, 0 };
        using var text = new MemoryStream();
        nint got;
        do
        {
            header[5] = 48;
            got = RawSyscall.Invoke(SyscallNumber.recvmsg, connection.Handle, (nint)header, 0x40000000); // MSG_CMSG_CLOEXEC
            if (got > 0)
            {
                text.Write(new ReadOnlySpan<byte>(data, (int)got));
                if (header[5] >= 20)
                {
                    Descriptors += ((int)control[0] - 16) / 4;
                    Close();
                    _notifications = ((int*)control)[4];
                }
            }
        }
        while (got > 0);
        ProcessState = JsonNode.Parse(Encoding.UTF8.GetString(text.ToArray()))!.AsObject();
        return this;
    }

    /// <summary>The next call that waits for an answer.</summary>
    internal seccomp_notif Next()
    {
        Wait(_notifications, "no call came");
        seccomp_notif notification = default;
        nint result = RawSyscall.Invoke(SyscallNumber.ioctl, _notifications, ReceiveNotification, (nint)(&notification));
        return result == 0 ? notification : throw new IOException($"SECCOMP_IOCTL_NOTIF_RECV: {result}");
    }

    /// <summary>The call returns this; a negative errno is one.</summary>
    internal void Answer(in seccomp_notif call, long value) => Send(new seccomp_notif_resp { id = call.id, val = value < 0 ? 0 : value, error = value < 0 ? (int)value : 0 });

    /// <summary>The kernel makes the call.</summary>
    internal void Continue(in seccomp_notif call) => Send(new seccomp_notif_resp { id = call.id, flags = 1 }); // SECCOMP_USER_NOTIF_FLAG_CONTINUE

    /// <summary>Whether the call still waits.</summary>
    internal bool IsWaiting(in seccomp_notif call)
    {
        ulong id = call.id;
        return RawSyscall.Invoke(SyscallNumber.ioctl, _notifications, AskForId, (nint)(&id)) == 0;
    }

    public void Dispose()
    {
        Close();
        _listener.Dispose();
    }

    private void Send(seccomp_notif_resp answer)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.ioctl, _notifications, SendAnswer, (nint)(&answer));
        if (result != 0)
        {
            throw new IOException($"SECCOMP_IOCTL_NOTIF_SEND: {result}");
        }
    }

    private void Close()
    {
        if (_notifications >= 0)
        {
            RawSyscall.Invoke(SyscallNumber.close, _notifications);
            _notifications = -1;
        }
    }

    private static void Wait(nint descriptor, string otherwise)
    {
        long poll = (uint)descriptor | (1L << 32); // POLLIN
        long* time = stackalloc long[2] { Seconds / 1000, 0 };
        if (RawSyscall.Invoke(SyscallNumber.ppoll, (nint)(&poll), 1, (nint)time, 0, 8) <= 0)
        {
            throw new TimeoutException(otherwise);
        }
    }
}
