using System;
using System.Text;

namespace Rideau.Kernel;

/// <summary>A file's name, a path or a link's target as the kernel has it: bytes without a NUL, whatever their encoding.</summary>
/// <remarks>Names of files that somebody else made need not be text: as strings some could not be opened again.</remarks>
public readonly struct FileName : IEquatable<FileName>
{
    private readonly byte[] _bytes;

    /// <param name="bytes">The name, without a NUL.</param>
    /// <exception cref="ArgumentException">There is a NUL in it.</exception>
    public FileName(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0))
        {
            throw new ArgumentException("a NUL byte in a path or name", nameof(bytes));
        }

        _bytes = new byte[bytes.Length + 1];
        bytes.CopyTo(_bytes);
    }

    /// <summary>The name of a text, in UTF-8.</summary>
    public static FileName Of(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes, without the NUL that stands behind them.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes is null ? [] : _bytes.AsSpan(0, _bytes.Length - 1);

    /// <summary>How many bytes.</summary>
    public int Length => _bytes is null ? 0 : _bytes.Length - 1;

    /// <summary>True for a name that can stand in a directory: not empty, no slash, not "." and not "..".</summary>
    public bool IsEntry => Length > 0 && !Bytes.Contains((byte)'/') && !Bytes.SequenceEqual("."u8) && !Bytes.SequenceEqual(".."u8);

    /// <summary>This and another, with a slash between them.</summary>
    public FileName Join(FileName other)
    {
        byte[] joined = new byte[Length + 1 + other.Length];
        Bytes.CopyTo(joined);
        joined[Length] = (byte)'/';
        other.Bytes.CopyTo(joined.AsSpan(Length + 1));
        return Length == 0 ? other : new FileName(joined);
    }

    /// <summary>For <c>fixed</c>: the bytes with a NUL behind them.</summary>
    public ref readonly byte GetPinnableReference() => ref (_bytes ?? s_empty)[0];

    /// <summary>For a person to read: what is not text, and what would move a terminal's cursor, as \xNN.</summary>
    public override string ToString()
    {
        StringBuilder text = new(Length);
        ReadOnlySpan<byte> rest = Bytes;
        while (rest.Length > 0)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) && !IsFormat(rune) && rune.Value != '\\')
            {
                text.Append(rune.ToString());
            }
            else if (length == 1 && rest[0] == (byte)'\\')
            {
                text.Append("\\\\");
            }
            else
            {
                foreach (byte one in rest[..length])
                {
                    text.Append("\\x").Append(one.ToString("x2"));
                }
            }

            rest = rest[length..];
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(FileName other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FileName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public static bool operator ==(FileName left, FileName right) => left.Equals(right);

    public static bool operator !=(FileName left, FileName right) => !left.Equals(right);

    private static readonly byte[] s_empty = [0];

    // Marks that turn the direction of writing make one name look like another.
    private static bool IsFormat(Rune rune) => rune.Value is (>= 0x200b and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfeff;
}
