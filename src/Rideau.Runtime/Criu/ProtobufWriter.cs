using System;
using System.Buffers;
using System.Text;

namespace Rideau.Runtime.Criu;

/// <summary>Writes a message in the encoding of protocol buffers: as much of it as CRIU's requests need.</summary>
/// <remarks>spec: protobuf.dev/programming-guides/encoding. A field: its number and kind, then a number of seven bits a byte, or a length and bytes.</remarks>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    /// <summary>What was written.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>A number; a negative one takes ten bytes, as the encoding has it for int32.</summary>
    internal void Number(int field, int value)
    {
        Varint((uint)field << 3);
        Varint(unchecked((ulong)(long)value));
    }

    /// <summary>A number without a sign.</summary>
    internal void Number(int field, uint value)
    {
        Varint((uint)field << 3);
        Varint(value);
    }

    /// <summary>True or false.</summary>
    internal void Flag(int field, bool value) => Number(field, value ? 1 : 0);

    /// <summary>A text.</summary>
    internal void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A text, where there is one.</summary>
    internal void TextIfAny(int field, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Text(field, value);
        }
    }

    /// <summary>A message inside this one.</summary>
    internal void Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    private void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((uint)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    private void Varint(ulong value)
    {
        Span<byte> place = _bytes.GetSpan(10);
        int length = 0;
        while (value >= 0x80)
        {
            place[length++] = (byte)((value & 0x7f) | 0x80);
            value >>= 7;
        }

        place[length++] = (byte)value;
        _bytes.Advance(length);
    }
}
