using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.HostTests.Harness;

/// <summary>A stream socket on which a test waits, as an engine does, for a descriptor and the word that comes with it.</summary>
public sealed class EngineSocket : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public EngineSocket(string path)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(1);
    }

    public string Path { get; }

    /// <summary>What /proc says of the descriptor that came (its fdinfo), and the word with it.</summary>
    public unsafe (string Word, string DescriptorFacts) Receive()
    {
        if (!_listener.Poll(10_000_000, SelectMode.SelectRead))
        {
            throw new TimeoutException("nobody connected");
        }

        using Socket connection = _listener.Accept();
        connection.Blocking = true;
        byte* data = stackalloc byte[64];
        nint* vector = stackalloc nint[2] { (nint)data, 64 };
        nint* control = stackalloc nint[3];
        nint* header = stackalloc nint[7];
        new Span<nint>(header, 7).Clear();
        new Span<nint>(control, 3).Clear();
        header[2] = (nint)vector;
        header[3] = 1;
        header[4] = (nint)control;
        header[5] = 24;
        nint got = RawSyscall.Invoke(SyscallNumber.recvmsg, connection.Handle, (nint)header, 0x40000000); // MSG_CMSG_CLOEXEC
        int descriptor = header[5] >= 20 ? ((int*)control)[4] : -1;
        string facts = descriptor < 0 ? "" : File.ReadAllText($"/proc/self/fdinfo/{descriptor}");
        _ = descriptor < 0 ? 0 : RawSyscall.Invoke(SyscallNumber.close, descriptor);
        return (Encoding.ASCII.GetString(data, (int)Math.Max(got, 0)), facts);
    }

    public void Dispose() => _listener.Dispose();
}
