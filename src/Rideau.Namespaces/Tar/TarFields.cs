using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Rideau.Namespaces;

/// <summary>The numbers and records of headers. Everything in them is somebody else's: lengths are checked, and nothing is believed.</summary>
internal static class TarFields
{
    internal const int BlockBytes = 512;

    /// <summary>A number in octal digits, or where its first bit is set a binary one.</summary>
    /// <exception cref="TarFormatException">It is neither.</exception>
    internal static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            return Binary(field);
        }

        long value = 0;
        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value >> 59 != 0)
            {
                throw new TarFormatException("a number in a header is none");
            }

            value = (value << 3) | (long)(digit - '0');
        }

        return value;
    }

    /// <summary>True where the sum over a header is what the header says.</summary>
    internal static bool IsHeader(ReadOnlySpan<byte> header)
    {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BlockBytes; i++)
        {
            byte value = i is >= 148 and < 156 ? (byte)' ' : header[i];
            unsigned += value;
            signed += unchecked((sbyte)value);
        }

        try
        {
            long said = Number(header.Slice(148, 8));
            return said == unsigned || said == signed;
        }
        catch (TarFormatException)
        {
            return false;
        }
    }

    /// <summary>Up to the first NUL.</summary>
    internal static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and int end ? field[..end] : field;

    /// <summary>The records of a pax header: "LENGTH KEY=VALUE\n" each.</summary>
    /// <exception cref="TarFormatException">They are not that.</exception>
    internal static List<(string Key, byte[] Value)> Records(ReadOnlySpan<byte> data)
    {
        List<(string, byte[])> records = [];
        while (data.Length > 0)
        {
            int space = data.IndexOf((byte)' ');
            if (space is <= 0 or > 8 || !int.TryParse(data[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length <= space + 2 || length > data.Length || data[length - 1] != (byte)'\n')
            {
                throw new TarFormatException("a pax record is damaged");
            }

            ReadOnlySpan<byte> record = data[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw new TarFormatException("a pax record has no \"=\"");
            }

            records.Add((Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..].ToArray()));
            data = data[length..];
        }

        return records;
    }

    /// <summary>A record's value as a number that is not negative.</summary>
    internal static long Decimal(ReadOnlySpan<byte> value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw new TarFormatException("a number in a pax record is none");

    /// <summary>A record's time: seconds, perhaps negative, perhaps with a fraction.</summary>
    internal static long Seconds(ReadOnlySpan<byte> value)
    {
        int point = value.IndexOf((byte)'.');
        return long.TryParse(point < 0 ? value : value[..point], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds)
            ? seconds
            : throw new TarFormatException("a time in a pax record is none");
    }

    private static long Binary(ReadOnlySpan<byte> field)
    {
        bool negative = field[0] == 0xff;
        long value = negative ? -1 : 0;
        for (int i = 0; i < field.Length; i++)
        {
            byte one = i == 0 && !negative ? (byte)(field[0] & 0x7f) : field[i];
            if (field.Length - i > 8 && one != (negative ? 0xff : 0))
            {
                throw new TarFormatException("a number in a header is too large");
            }

            value = (value << 8) | one;
        }

        return negative == value < 0 ? value : throw new TarFormatException("a number in a header is too large");
    }
}
