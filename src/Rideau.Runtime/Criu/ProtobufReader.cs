using System;

namespace Rideau.Runtime.Criu;

/// <summary>Reads a message in the encoding of protocol buffers, field by field, over its bytes. Nothing in it is trusted.</summary>
/// <remarks>spec: protobuf.dev/programming-guides/encoding</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The field's number.</summary>
    internal int Field { get; private set; }

    /// <summary>Its value, of a number.</summary>
    internal ulong Value { get; private set; }

    /// <summary>Its value, of a text or a message; empty for a number.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>True for a text or a message.</summary>
    internal bool IsBytes { get; private set; }

    /// <summary>True once something was not of the encoding; nothing is read behind it.</summary>
    internal bool IsMalformed { get; private set; }

    /// <summary>Its value, of a number of 32 bits.</summary>
    internal readonly int Int32 => unchecked((int)Value);

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end, and where the bytes are no message.</returns>
    internal bool MoveNext()
    {
        Bytes = default;
        Value = 0;
        IsBytes = false;
        if (_rest.IsEmpty || IsMalformed)
        {
            return false;
        }

        IsMalformed = !(Varint(out ulong key) && key >> 3 is > 0 and <= 0x1fffffff && Content((int)(key & 7)));
        Field = IsMalformed ? 0 : (int)(key >> 3);
        return !IsMalformed;
    }

    private bool Content(int kind)
    {
        switch (kind)
        {
            case 0:
                bool read = Varint(out ulong value);
                Value = value;
                return read;
            case 1:
                return Skip(8);
            case 5:
                return Skip(4);
            case 2 when Varint(out ulong length) && length <= (ulong)_rest.Length:
                IsBytes = true;
                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                return false; // groups have been out of use since before CRIU
        }
    }

    private bool Skip(int count)
    {
        if (_rest.Length < count)
        {
            return false;
        }

        _rest = _rest[count..];
        return true;
    }

    private bool Varint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
