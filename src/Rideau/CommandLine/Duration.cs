using System;
using System.Globalization;

namespace Rideau.CommandLine;

/// <summary>A time as the field writes it: "5s", "1m30s", "250ms", "1.5h".</summary>
internal static class Duration
{
    private const decimal TicksOfDays = 864_000_000_000m * 36_500;

    /// <summary>The time.</summary>
    /// <exception cref="UsageException">It is none; <paramref name="option"/> is named.</exception>
    internal static TimeSpan Parse(string text, string option)
    {
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith('-');
        rest = rest.TrimStart('-');
        decimal ticks = 0;
        bool any = rest.SequenceEqual("0");
        rest = any ? default : rest;
        while (!rest.IsEmpty)
        {
            int number = Length(rest, digits: true);
            ReadOnlySpan<char> unit = number == 0 ? default : rest.Slice(number, Length(rest[number..], digits: false));
            if (unit.IsEmpty || !decimal.TryParse(rest[..number], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
                || TicksOf(unit) is not { } one || count > TicksOfDays / one)
            {
                throw Wrong(text, option);
            }

            ticks += count * one;
            rest = rest[(number + unit.Length)..];
            any = true;
        }

        return any && ticks <= TicksOfDays ? new TimeSpan((long)Math.Ceiling(negative ? -ticks : ticks)) : throw Wrong(text, option);
    }

    private static int Length(ReadOnlySpan<char> text, bool digits)
    {
        int length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.') == digits)
        {
            length++;
        }

        return length;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => 10,
        "ms" => 10_000,
        "s" => 10_000_000,
        "m" => 600_000_000,
        "h" => 36_000_000_000,
        _ => null,
    };

    private static UsageException Wrong(string text, string option) =>
        new($"invalid value \"{text}\" for flag --{option}: no duration", "a number with a unit of ns, us, ms, s, m, h: 5s, 1m30s");
}
