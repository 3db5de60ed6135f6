using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Statistics;

/// <summary>The shapes that files of cgroups have. What is missing, or is no number, is nothing: kernels differ in what they count.</summary>
internal static class CgroupFiles
{
    private const int LimitBytes = 1 << 20;

    /// <summary>A file's text, however long, or null where there is none.</summary>
    internal static string? Text(CgroupDirectory directory, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(Files.ReadAll(directory.FileOf(file), LimitBytes));
        }
        catch (LinuxException)
        {
            return null; // ENOENT: this kernel has no such count. EOPNOTSUPP: it was switched off.
        }
    }

    /// <summary>A file with one number; "max" is <see cref="ulong.MaxValue"/>.</summary>
    internal static ulong? Number(CgroupDirectory directory, string file) =>
        directory.Read(file) is not { } text ? null : text == "max" ? ulong.MaxValue : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;

    /// <summary>Lines of a name and a number.</summary>
    internal static IEnumerable<(string Name, ulong Value)> Pairs(string? text)
    {
        foreach (string line in Lines(text))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (blank > 0 && ulong.TryParse(line.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            {
                yield return (line[..blank], value);
            }
        }
    }

    /// <summary>The number of one name in a file of such lines; 0 where there is none.</summary>
    internal static ulong Value(string? text, string name)
    {
        foreach ((string found, ulong value) in Pairs(text))
        {
            if (found == name)
            {
                return value;
            }
        }

        return 0;
    }

    internal static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>"some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and a line "full"; null where the kernel does not count pressure.</summary>
    internal static Pressure? Pressure(CgroupDirectory directory, string file)
    {
        PressureLine some = default;
        PressureLine full = default;
        string[] lines = Lines(Text(directory, file));
        foreach (string line in lines)
        {
            PressureLine read = PressureOf(line);
            some = line.StartsWith("some ", StringComparison.Ordinal) ? read : some;
            full = line.StartsWith("full ", StringComparison.Ordinal) ? read : full;
        }

        return lines.Length == 0 ? null : new Pressure(some, full);
    }

    /// <summary>"0-2,7" as its numbers.</summary>
    internal static List<ushort> List(string? text)
    {
        var numbers = new List<ushort>();
        foreach (string range in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            if (ushort.TryParse(dash < 0 ? range : range[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
                && ushort.TryParse(range.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort last))
            {
                for (int number = first; number <= last; number++)
                {
                    numbers.Add((ushort)number);
                }
            }
        }

        return numbers;
    }

    private static PressureLine PressureOf(string line)
    {
        double average10 = 0, average60 = 0, average300 = 0;
        ulong total = 0;
        foreach (string word in line.Split(' '))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            ReadOnlySpan<char> value = word.AsSpan(equals + 1);
            _ = word[..Math.Max(equals, 0)] switch // ignored: a number that is none stays 0
            {
                "avg10" => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out average10),
                "avg60" => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out average60),
                "avg300" => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out average300),
                "total" => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out total),
                _ => false,
            };
        }

        return new PressureLine(average10, average60, average300, total);
    }
}
