using System;
using System.Globalization;

namespace Rideau.CommandLine;

/// <summary>A count of bytes as people write it: "64m", "1.5 GiB", "4096", with the powers of 1024 in any spelling.</summary>
internal static class ByteSize
{
    private const string Units = "kmgtpezy";

    /// <summary>The count; -1 is no limit.</summary>
    /// <exception cref="UsageException">It is none; <paramref name="option"/> is named.</exception>
    internal static long Parse(string text, string option)
    {
        if (text == "-1")
        {
            return -1;
        }

        int end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
        {
            end--;
        }

        string unit = text[end..].TrimStart(' ').ToLowerInvariant();
        if (!decimal.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            throw Wrong(option, $"invalid size: '{text}'");
        }

        decimal factor = 1;
        if (unit is not ("" or "b"))
        {
            int power = Units.IndexOf(unit[0], StringComparison.Ordinal);
            if (power < 0 || unit[1..] is not ("" or "b" or "ib"))
            {
                throw Wrong(option, $"invalid suffix: '{unit}'");
            }

            for (; power >= 0; power--)
            {
                factor *= 1024;
            }
        }

        // Of more than a long holds no machine has the memory.
        return number > long.MaxValue / factor ? throw Wrong(option, $"'{text}' is more than {long.MaxValue} bytes") : (long)(number * factor);
    }

    private static UsageException Wrong(string option, string why) => new($"invalid value for {option}: {why}", "bytes, or with a unit: 512m, 2g; -1 is no limit");
}
