using System;
using System.Text;
using System.Text.Encodings.Web;

namespace Rideau.Kernel;

/// <summary>Escapes in JSON what must be escaped and nothing else: quotation mark, backslash, what is below a space, halves of surrogate pairs.</summary>
/// <remarks>
/// The framework's relaxed encoder does the same, but builds a table of 65,536 letters first: a tenth of a
/// millisecond, a twentieth of a whole container's birth. It lives here because the base class deals in
/// pointers. spec: RFC 8259, section 7
/// </remarks>
public sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    private PlainJsonEncoder()
    {
    }

    /// <summary>The one there is; it holds nothing.</summary>
    public static PlainJsonEncoder Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => 12;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar < ' ' || unicodeScalar is '"' or '\\' || (unicodeScalar >= 0xd800 && unicodeScalar <= 0xdfff);

    /// <inheritdoc/>
    // SAFETY: the caller's text, not kept.
    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var letters = new ReadOnlySpan<char>(text, textLength);
        for (int i = 0; i < letters.Length; i++)
        {
            char letter = letters[i];
            if (char.IsHighSurrogate(letter) && i + 1 < letters.Length && char.IsLowSurrogate(letters[i + 1]))
            {
                i++;
            }
            else if (WillEncode(letter))
            {
                return i;
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        for (int i = 0; i < utf8Text.Length;)
        {
            if (utf8Text[i] < 0x80)
            {
                if (WillEncode(utf8Text[i]))
                {
                    return i;
                }

                i++;
            }
            else if (Rune.DecodeFromUtf8(utf8Text[i..], out _, out int used) == System.Buffers.OperationStatus.Done)
            {
                i += used;
            }
            else
            {
                return i;
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    // SAFETY: the caller's buffer, of the length it says.
    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var target = new Span<char>(buffer, bufferLength);
        char letter = unicodeScalar switch
        {
            '"' or '\\' => (char)unicodeScalar,
            '\b' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\f' => 'f',
            '\r' => 'r',
            _ => '\0',
        };
        if (letter != '\0')
        {
            return Put(target, ['\\', letter], out numberOfCharactersWritten);
        }

        if (WillEncode(unicodeScalar))
        {
            return Put(target, ['\\', 'u', Digit(unicodeScalar >> 12), Digit(unicodeScalar >> 8), Digit(unicodeScalar >> 4), Digit(unicodeScalar)], out numberOfCharactersWritten);
        }

        return new Rune(unicodeScalar).TryEncodeToUtf16(target, out numberOfCharactersWritten);
    }

    private static char Digit(int value) => "0123456789abcdef"[value & 15];

    private static bool Put(Span<char> target, ReadOnlySpan<char> text, out int written)
    {
        bool fits = text.TryCopyTo(target);
        written = fits ? text.Length : 0;
        return fits;
    }
}
