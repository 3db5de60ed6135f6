using System;
using System.Globalization;

namespace Rideau.CommandLine;

/// <summary>Signals by name. man: signal(7); the numbers of x86-64 and arm64.</summary>
internal static class SignalName
{
    private const int First = 34;
    private const int Last = 64;

    /// <summary>The names that people send, for completion.</summary>
    internal static string[] Common => ["HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "TSTP", "WINCH"];

    /// <summary>The number, or -1.</summary>
    internal static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number <= Last ? number : -1;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        return name.StartsWith("RTMIN", StringComparison.Ordinal) ? RealTime(name.AsSpan(5), First, '+')
            : name.StartsWith("RTMAX", StringComparison.Ordinal) ? RealTime(name.AsSpan(5), Last, '-')
            : Number(name);
    }

    private static int RealTime(ReadOnlySpan<char> offset, int from, char sign)
    {
        if (offset.IsEmpty)
        {
            return from;
        }

        return offset[0] == sign && int.TryParse(offset[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int steps) && steps <= Last - First
            ? (sign == '+' ? from + steps : from - steps)
            : -1;
    }

    private static int Number(string name) => name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "TRAP" => 5,
        "ABRT" or "IOT" => 6,
        "BUS" => 7,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        "STKFLT" => 16,
        "CHLD" or "CLD" => 17,
        "CONT" => 18,
        "STOP" => 19,
        "TSTP" => 20,
        "TTIN" => 21,
        "TTOU" => 22,
        "URG" => 23,
        "XCPU" => 24,
        "XFSZ" => 25,
        "VTALRM" => 26,
        "PROF" => 27,
        "WINCH" => 28,
        "IO" or "POLL" => 29,
        "PWR" => 30,
        "SYS" => 31,
        _ => -1,
    };
}
