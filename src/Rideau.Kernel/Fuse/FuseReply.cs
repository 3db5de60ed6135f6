using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Fuse;

/// <summary>Takes an answer, or a notification, that is ready to be written.</summary>
public delegate void FuseSink(ReadOnlySpan<byte> message);

/// <summary>Puts answers together in one buffer, which is used again.</summary>
/// <param name="sink">Gets each; usually <see cref="FuseDevice.Write"/>.</param>
public sealed class FuseReply(FuseSink sink)
{
    private static readonly int s_head = Unsafe.SizeOf<fuse_out_header>();
    private byte[] _buffer = new byte[512];

    /// <summary>It failed, or, with 0, it is done and there is nothing to say.</summary>
    /// <param name="unique">Of the request.</param>
    /// <param name="errno">The positive errno.</param>
    public void Error(ulong unique, int errno) => Send(unique, -errno, s_head);

    /// <summary>A fixed answer.</summary>
    public void Value<T>(ulong unique, in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(Space(Unsafe.SizeOf<T>()), value);
        Send(unique, 0, s_head + Unsafe.SizeOf<T>());
    }

    /// <summary>Bytes.</summary>
    public void Bytes(ulong unique, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Space(bytes.Length));
        Send(unique, 0, s_head + bytes.Length);
    }

    /// <summary>Tells the kernel something that it did not ask for.</summary>
    /// <param name="code">FUSE_NOTIFY_…</param>
    /// <param name="value">What is told.</param>
    public void Notify<T>(int code, in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(Space(Unsafe.SizeOf<T>()), value);
        Send(0, code, s_head + Unsafe.SizeOf<T>());
    }

    private Span<byte> Space(int bytes)
    {
        if (_buffer.Length < s_head + bytes)
        {
            _buffer = new byte[Math.Max(_buffer.Length * 2, s_head + bytes)];
        }

        return _buffer.AsSpan(s_head, bytes);
    }

    private void Send(ulong unique, int error, int length)
    {
        MemoryMarshal.Write(_buffer, new fuse_out_header { len = (uint)length, error = error, unique = unique });
        sink(_buffer.AsSpan(0, length));
    }
}
