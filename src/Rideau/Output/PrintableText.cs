using System;
using System.Text;

namespace Rideau.Output;

/// <summary>Text for somebody's terminal. A path or a word in it can be an image's, and a process names itself: no control sequences.</summary>
internal static class PrintableText
{
    /// <summary>Lines; tabs stay too.</summary>
    internal static string Lines(string text) => Of(text, "\n\t");

    /// <summary>A word within a line.</summary>
    internal static string Word(string text) => Of(text, "");

    private static string Of(string text, string kept)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 16);
        foreach (char letter in text)
        {
            _ = char.IsControl(letter) && !kept.Contains(letter, StringComparison.Ordinal) ? printable.Append($"\\x{(int)letter:x2}") : printable.Append(letter);
        }

        return printable.ToString();
    }
}
