using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Systemd;

/// <summary>A connection to a D-Bus peer: calls and their answers, and signals that come between them. One thread, no descriptors passed.</summary>
/// <remarks>Every wait has a limit: the other side is another process. spec: dbus.freedesktop.org</remarks>
internal sealed class BusConnection : IDisposable
{
    private const int AnswerMilliseconds = 30_000;
    private const int SignalsLimit = 4096;

    private readonly OwnedFd _socket;
    private readonly string _path;
    private readonly Queue<BusMessage> _signals = new();
    private byte[] _received = new byte[4096];
    private int _length;
    private uint _serial;

    private BusConnection(OwnedFd socket, string path)
    {
        _socket = socket;
        _path = path;
    }

    /// <summary>Connects and says who is calling, by the credentials that the kernel adds.</summary>
    /// <exception cref="LinuxException">connect: ENOENT, ECONNREFUSED, EACCES.</exception>
    /// <exception cref="ContainerException">It is no D-Bus that answers, or it refuses this user.</exception>
    internal static BusConnection Connect(string path)
    {
        var connection = new BusConnection(Sockets.ConnectUnix(path), path);
        try
        {
            Files.MakeNonblocking(connection._socket);
            connection.Authenticate();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Calls a method and waits for its answer.</summary>
    /// <exception cref="BusErrorException">The answer is an error.</exception>
    /// <exception cref="ContainerException">No answer, or none that is D-Bus.</exception>
    internal BusMessage Call(string? destination, string path, string interfaceName, string member, string signature = "", BusWriter? body = null)
    {
        uint serial = ++_serial;
        long end = EndOf(AnswerMilliseconds);
        Send(BusMessage.Call(serial, destination, path, interfaceName, member, signature, body is null ? default : body.Written), end);
        while (true)
        {
            BusMessage message = Receive(end) ?? throw Silent($"{member} was not answered in {AnswerMilliseconds / 1000} seconds");
            if (message.ReplySerial == serial && message.Type == BusMessage.MethodReturn)
            {
                return message;
            }

            if (message.ReplySerial == serial && message.Type == BusMessage.Error)
            {
                throw new BusErrorException(message.ErrorName, TextOf(message));
            }

            Keep(message);
        }
    }

    /// <summary>The next signal, those that came between answers first; null where none came in time.</summary>
    /// <param name="end">As <see cref="EndOf"/> has it.</param>
    internal BusMessage? NextSignal(long end)
    {
        while (_signals.Count == 0)
        {
            if (Receive(end) is not { } message)
            {
                return null;
            }

            Keep(message);
        }

        return _signals.Dequeue();
    }

    /// <summary>The moment so many milliseconds from now.</summary>
    internal static long EndOf(int milliseconds) => Stopwatch.GetTimestamp() + Stopwatch.Frequency * milliseconds / 1000;

    public void Dispose() => _socket.Dispose();

    /// <summary>What a malformed or missing answer is told as.</summary>
    internal ContainerException Silent(string what, Exception? inner = null) =>
        new($"cannot talk to systemd at \"{_path}\": {what}", FailureCode.General, "look at \"systemctl status\" and \"systemctl list-jobs\"; containers without systemd: leave --systemd-cgroup out", inner);

    // No name is claimed: the peer takes the one that the kernel tells, which also holds in a user namespace.
    private void Authenticate()
    {
        long end = EndOf(AnswerMilliseconds);
        Send("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8, end);
        string first = Line(end);
        string second = first.StartsWith("DATA", StringComparison.Ordinal) ? Line(end) : first;
        if (!second.StartsWith("OK ", StringComparison.Ordinal))
        {
            throw new ContainerException($"cannot talk to systemd at \"{_path}\": this user is refused (\"{second}\")", FailureCode.General, "the manager of a user takes calls of that user alone: run as the user whose XDG_RUNTIME_DIR it is");
        }
    }

    private string Line(long end)
    {
        while (true)
        {
            int newline = _received.AsSpan(0, _length).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                string line = Encoding.ASCII.GetString(_received, 0, newline).TrimEnd('\r');
                Drop(newline + 1);
                return line;
            }

            if (_length >= 4096)
            {
                throw Silent("it does not speak D-Bus");
            }

            if (!Fill(end))
            {
                throw Silent("it does not answer");
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes, long end)
    {
        while (!bytes.IsEmpty)
        {
            int sent = Files.TryWriteSome(_socket.Number, bytes);
            if (sent > 0)
            {
                bytes = bytes[sent..];
            }
            else if (sent != -Errno.EAGAIN)
            {
                throw Silent("the connection broke", new LinuxException("write", -sent));
            }
            else if (!Wait(Polling.POLLOUT, end))
            {
                throw Silent("it takes nothing in");
            }
        }
    }

    // The next message; null after the time.
    private BusMessage? Receive(long end)
    {
        try
        {
            while (true)
            {
                int wanted = BusMessage.LengthOf(_received.AsSpan(0, _length));
                if (wanted > 0 && _length >= wanted)
                {
                    BusMessage message = BusMessage.Parse(_received.AsSpan(0, wanted));
                    Drop(wanted);
                    return message;
                }

                if (!Fill(end))
                {
                    return null;
                }
            }
        }
        catch (BusFormatException malformed)
        {
            throw Silent($"it says {malformed.Message}", malformed);
        }
    }

    private bool Fill(long end)
    {
        if (_length == _received.Length)
        {
            Array.Resize(ref _received, _received.Length * 2);
        }

        while (true)
        {
            int got = Files.TryReadSome(_socket.Number, _received.AsSpan(_length));
            if (got > 0)
            {
                _length += got;
                return true;
            }

            if (got != -Errno.EAGAIN)
            {
                throw Silent("the connection was closed", got < 0 ? new LinuxException("read", -got) : null);
            }

            if (!Wait(Polling.POLLIN, end))
            {
                return false;
            }
        }
    }

    private bool Wait(short what, long end)
    {
        long left = (end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency;
        Span<PollEntry> entries = [new PollEntry { Descriptor = _socket.Number, Wanted = what }];
        return left > 0 && Polling.Wait(entries, (int)left) > 0;
    }

    private void Keep(BusMessage message)
    {
        if (message.Type == BusMessage.Signal && _signals.Count < SignalsLimit)
        {
            _signals.Enqueue(message);
        }
    }

    private void Drop(int count)
    {
        _received.AsSpan(count, _length - count).CopyTo(_received);
        _length -= count;
    }

    private string TextOf(BusMessage message)
    {
        try
        {
            return message.Signature.StartsWith('s') ? message.Read("s").String() : "";
        }
        catch (BusFormatException malformed)
        {
            throw Silent($"it says {malformed.Message}", malformed);
        }
    }
}
