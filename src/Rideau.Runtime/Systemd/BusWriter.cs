using System;
using System.Buffers.Binary;
using System.Text;

namespace Rideau.Runtime.Systemd;

/// <summary>Writes values as D-Bus marshals them, little-endian.</summary>
/// <remarks>spec: dbus.freedesktop.org, "Marshaling (Wire Format)"</remarks>
internal sealed class BusWriter
{
    private byte[] _buffer = new byte[1024];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    internal void Byte(byte value) => Take(1)[0] = value;

    internal void Boolean(bool value) => UInt32(value ? 1u : 0u);

    internal void Int32(int value) => UInt32(unchecked((uint)value));

    internal void UInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);
    }

    internal void Int64(long value) => UInt64(unchecked((ulong)value));

    internal void UInt64(ulong value)
    {
        Align(8);
        BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);
    }

    /// <summary>A string, or an object path.</summary>
    internal void String(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)length);
        Encoding.UTF8.GetBytes(value, Take(length));
        Byte(0);
    }

    internal void Signature(string value)
    {
        Byte(checked((byte)value.Length));
        Encoding.ASCII.GetBytes(value, Take(value.Length));
        Byte(0);
    }

    /// <summary>Begins an array; <see cref="EndArray"/> takes what this returns.</summary>
    /// <param name="alignment">That of its elements: 8 for structures and 64 bits, 4 for strings and 32 bits, 1 for bytes.</param>
    internal (int Length, int Start) BeginArray(int alignment)
    {
        UInt32(0);
        int length = Length - 4;
        Align(alignment);
        return (length, Length);
    }

    internal void EndArray((int Length, int Start) array) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(array.Length), (uint)(Length - array.Start));

    internal void BeginStructure() => Align(8);

    internal void Align(int alignment) => Take(-Length & (alignment - 1)).Clear();

    internal void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    private Span<byte> Take(int count)
    {
        if (Length + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        }

        Length += count;
        return _buffer.AsSpan(Length - count, count);
    }
}
