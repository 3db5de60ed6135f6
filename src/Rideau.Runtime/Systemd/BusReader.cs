using System;
using System.Buffers.Binary;
using System.Text;

namespace Rideau.Runtime.Systemd;

/// <summary>Reads values as D-Bus marshals them. Whoever wrote them is not trusted: every length is checked against what is there.</summary>
/// <remarks>Alignment counts from the first byte of <paramref name="bytes"/>.</remarks>
/// <param name="bytes">What is read from.</param>
/// <param name="isBigEndian">The message's first byte was 'B'.</param>
/// <exception cref="BusFormatException">Of every method: it is no D-Bus value of that type.</exception>
internal ref struct BusReader(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    private const int DepthLimit = 32;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal int Position { get; private set; }

    internal readonly bool AtEnd => Position >= _bytes.Length;

    internal byte Byte() => Take(1)[0];

    internal bool Boolean() => UInt32() switch
    {
        0 => false,
        1 => true,
        _ => throw new BusFormatException("a boolean that is neither 0 nor 1"),
    };

    internal uint UInt32()
    {
        Align(4);
        ReadOnlySpan<byte> four = Take(4);
        return isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(four) : BinaryPrimitives.ReadUInt32LittleEndian(four);
    }

    internal ulong UInt64()
    {
        Align(8);
        ReadOnlySpan<byte> eight = Take(8);
        return isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(eight) : BinaryPrimitives.ReadUInt64LittleEndian(eight);
    }

    /// <summary>A string, or an object path.</summary>
    internal string String() => Text(UInt32());

    internal string Signature() => Text(Byte());

    /// <summary>The end of an array that begins here: its elements lie before that position.</summary>
    internal int BeginArray(int alignment)
    {
        uint length = UInt32();
        Align(alignment);
        return length <= (uint)(_bytes.Length - Position)
            ? Position + (int)length
            : throw new BusFormatException($"an array of {length} bytes where {_bytes.Length - Position} are left");
    }

    internal void BeginStructure() => Align(8);

    internal void Align(int alignment)
    {
        foreach (byte padding in Take(-Position & (alignment - 1)))
        {
            if (padding != 0)
            {
                throw new BusFormatException("padding that is not zero");
            }
        }
    }

    /// <summary>Passes over a value of the first complete type of a signature.</summary>
    /// <returns>The rest of the signature.</returns>
    internal ReadOnlySpan<char> Skip(ReadOnlySpan<char> signature, int depth = 0)
    {
        if (depth > DepthLimit || signature.IsEmpty)
        {
            throw new BusFormatException(signature.IsEmpty ? "a signature that ends too early" : "a value nested too deeply");
        }

        switch (signature[0])
        {
            case 'y':
                Byte();
                break;
            case 'n' or 'q':
                Align(2);
                Take(2);
                break;
            case 'b' or 'i' or 'u' or 'h':
                UInt32();
                break;
            case 'x' or 't' or 'd':
                UInt64();
                break;
            case 's' or 'o':
                String();
                break;
            case 'g':
                Signature();
                break;
            case 'v':
                if (!Skip(Signature(), depth + 1).IsEmpty)
                {
                    throw new BusFormatException("a variant of more than one type");
                }

                break;
            case 'a':
                return SkipArray(signature[1..], depth);
            case '(' or '{':
                return SkipStructure(signature, depth);
            default:
                throw new BusFormatException($"the unknown type '{signature[0]}'");
        }

        return signature[1..];
    }

    private ReadOnlySpan<char> SkipArray(ReadOnlySpan<char> element, int depth)
    {
        int end = BeginArray(element.IsEmpty ? 1 : Alignment(element[0]));
        ReadOnlySpan<char> rest = TypeEnd(element, depth);
        while (Position < end)
        {
            Skip(element, depth + 1);
        }

        return Position == end ? rest : throw new BusFormatException("an array whose last element passes its end");
    }

    private ReadOnlySpan<char> SkipStructure(ReadOnlySpan<char> signature, int depth)
    {
        char end = signature[0] == '(' ? ')' : '}';
        BeginStructure();
        ReadOnlySpan<char> rest = signature[1..];
        while (!rest.IsEmpty && rest[0] != end)
        {
            rest = Skip(rest, depth + 1);
        }

        return rest.IsEmpty ? throw new BusFormatException("a structure without an end") : rest[1..];
    }

    // What follows the first complete type; an array may be empty, so its element's type is passed over without a value.
    private static ReadOnlySpan<char> TypeEnd(ReadOnlySpan<char> signature, int depth)
    {
        if (signature.IsEmpty || depth > DepthLimit)
        {
            throw new BusFormatException("an array without a type");
        }

        if (signature[0] == 'a')
        {
            return TypeEnd(signature[1..], depth + 1);
        }

        if (signature[0] is not ('(' or '{'))
        {
            return signature[1..];
        }

        ReadOnlySpan<char> rest = signature[1..];
        while (!rest.IsEmpty && rest[0] is not (')' or '}'))
        {
            rest = TypeEnd(rest, depth + 1);
        }

        return rest.IsEmpty ? throw new BusFormatException("a structure without an end") : rest[1..];
    }

    private static int Alignment(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    private string Text(uint length)
    {
        if (length >= (uint)(_bytes.Length - Position))
        {
            throw new BusFormatException($"a string of {length} bytes where {_bytes.Length - Position} are left");
        }

        string text = Encoding.UTF8.GetString(Take((int)length));
        return Byte() == 0 ? text : throw new BusFormatException("a string without its zero byte");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new BusFormatException($"{count} bytes wanted where {_bytes.Length - Position} are left");
        }

        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
