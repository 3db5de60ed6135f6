using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A call or jump that leaves a function, in the published program.</summary>
/// <param name="From">The function's symbol.</param>
/// <param name="To">The symbol of the function it leads to; empty where the address is in a register or in memory.</param>
/// <param name="Instruction">As objdump writes it.</param>
public sealed record MachineCall(string From, string To, string Instruction);

/// <summary>The published program's machine code: who calls whom. Symbols are in artifacts/rideau.dbg, which ./build keeps beside the program.</summary>
public sealed partial class Disassembly
{
    /// <summary>Code that has no symbol.</summary>
    public const string Nameless = "?";

    private static readonly Lazy<Disassembly> s_ofProgram = new(() => new Disassembly());

    // An end of 0 is not known.
    private readonly List<(ulong Address, ulong End, string Name)> _symbols = [];

    private Disassembly()
    {
        string symbols = RideauProgram.Path + ".dbg";
        Assert.True(File.Exists(symbols), $"{symbols} is missing: ./build writes it");
        Assert.Equal(BuildId(RideauProgram.Path), BuildId(symbols));
        foreach (string line in Run("nm", "-n", "-S", "--defined-only", symbols).Split('\n'))
        {
            // Address, size (where there is one), kind, name, in which there can be spaces.
            Match symbol = Symbol().Match(line);
            if (symbol.Success)
            {
                ulong address = Hex(symbol.Groups[1].Value);
                _symbols.Add((address, symbol.Groups[2].Success ? address + Hex(symbol.Groups[2].Value) : 0, symbol.Groups[3].Value));
            }
        }

        Functions = _symbols.Select(symbol => symbol.Name).ToHashSet(StringComparer.Ordinal);
        ReadCalls(Run("objdump", "-d", "--no-show-raw-insn", RideauProgram.Path));
    }

    public static Disassembly OfProgram => s_ofProgram.Value;

    /// <summary>The symbols of all functions.</summary>
    public IReadOnlySet<string> Functions { get; }

    /// <summary>The same, in the order of their addresses.</summary>
    public IEnumerable<string> InOrder => _symbols.Select(symbol => symbol.Name);

    public List<MachineCall> Calls { get; } = [];

    private static string BuildId(string file) =>
        Run("readelf", "-n", file).Split('\n').FirstOrDefault(line => line.Contains("Build ID", StringComparison.Ordinal))?.Trim() ?? $"{file} has no build id";

    private static string Run(string program, params string[] arguments)
    {
        Outcome outcome = RideauProgram.Execute(program, arguments, limitSeconds: 60);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output;
    }

    private void ReadCalls(string text)
    {
        foreach (Match match in Branch().Matches(text))
        {
            string from = NameOf(Hex(match.Groups["at"].Value));
            string target = match.Groups["to"].Value;
            string to = target.Length == 0 ? "" : NameOf(Hex(target));
            if (to != from)
            {
                Calls.Add(new MachineCall(from, to, match.Groups["text"].Value.Trim()));
            }
        }
    }

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private string NameOf(ulong address)
    {
        int low = 0;
        int high = _symbols.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _symbols[middle].Address <= address ? (middle + 1, high) : (low, middle);
        }

        return low == 0 || (_symbols[low - 1].End is > 0 and ulong end && address >= end) ? Nameless : _symbols[low - 1].Name;
    }

    [GeneratedRegex("^([0-9a-f]{16}) (?:([0-9a-f]{16}) )?[TtWwi] (.+)$")]
    private static partial Regex Symbol();

    // call, every jump, and their forms of arm64: to an address, or (without "to") by way of a register or of memory.
    [GeneratedRegex(@"^ *(?<at>[0-9a-f]+):\s+(?<text>(?:bnd |notrack |addr32 )?(?:call|jmp|j[a-z]+|bl|blr|br|b|b\.[a-z]+|cbn?z|tbn?z)\s+(?:[wx]\d+, (?:#\w+, )?)?(?:(?:0x)?(?<to>[0-9a-f]+)\b|\*\S+|x\d+).*)$", RegexOptions.Multiline)]
    private static partial Regex Branch();
}
