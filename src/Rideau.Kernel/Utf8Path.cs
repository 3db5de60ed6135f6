using System;
using System.Buffers;
using System.Text;

namespace Rideau.Kernel;

/// <summary>A string as the kernel wants it: UTF-8 with a NUL at its end, on the stack where it fits.</summary>
/// <remarks>A string with a NUL inside is refused: the kernel would see another, shorter one.</remarks>
public ref struct Utf8Path
{
    private byte[]? _rented;
    private readonly Span<byte> _bytes;

    /// <param name="text">The text.</param>
    /// <param name="buffer">Space on the caller's stack; 256 bytes serve most.</param>
    /// <exception cref="ArgumentException">The text has a NUL in it.</exception>
    public Utf8Path(ReadOnlySpan<char> text, Span<byte> buffer)
    {
        if (text.Contains('\0'))
        {
            throw new ArgumentException("a NUL byte in a path or name", nameof(text));
        }

        int needed = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        if (needed > buffer.Length)
        {
            _rented = ArrayPool<byte>.Shared.Rent(needed);
            buffer = _rented;
        }

        int length = Encoding.UTF8.GetBytes(text, buffer);
        buffer[length] = 0;
        _bytes = buffer[..(length + 1)];
    }

    /// <summary>The bytes, the NUL included.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>For <c>fixed</c>.</summary>
    public readonly ref readonly byte GetPinnableReference() => ref _bytes[0];

    /// <summary>Gives a rented buffer back.</summary>
    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }
}
