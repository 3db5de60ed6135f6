using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using CsCheck;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Runtime;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>What all fuzzing shares: how many inputs, how they are made, and what may become of them: a result, or an error of the program's own.</summary>
internal static class Fuzz
{
    private const long AllocationLimitBytes = 64 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    // What breaks formats: their own signs, ends of lines and of texts, numbers at the edges, broken UTF-8.
    private static readonly string[] s_words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e999", "18446744073709551616", "4294967295", "4294967296", "9223372036854775808", "\\u0000", "\\ud800",
        "\"linux\":", "\"process\":{", "\"mounts\":[", "\n", "\n\n", "\r\n", "\0", "\uFEFF", "0", "/", "..", "//", "-", "=", " ", "\t", "\\040", "\\777", "\\", "%s", "a*", "\u00e9",
    ];

    /// <summary>With RIDEAU_SLOW=1 many, else few: for parsers, which take microseconds.</summary>
    internal static int Inputs(int usual = 2_000, int slow = 150_000) => Environment.GetEnvironmentVariable("RIDEAU_SLOW") == "1" ? slow : usual;

    /// <summary>One of the files, changed in a few places.</summary>
    internal static Gen<byte[]> Mutations(IReadOnlyList<byte[]> files) =>
        Gen.Select(Gen.Int[0, files.Count - 1], Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1 << 20], Gen.Byte).List[0, 4]).Select((file, edits) =>
        {
            byte[] bytes = files[file];
            foreach ((int kind, int position, byte value) in edits)
            {
                bytes = Edit(bytes, kind, position, value);
            }

            return bytes;
        });

    /// <summary>A text of words that mean something to the parser, and of some that break things.</summary>
    internal static Gen<string> Texts(params string[] known)
    {
        string[] all = [.. known, .. s_words];
        return Gen.Select(Gen.Int[0, all.Length - 1].Array[0, 8], Gen.Int[0, 3]).Select((indices, glue) =>
            string.Join(glue switch { 0 => "", 1 => " ", 2 => ":", _ => "," }, Array.ConvertAll(indices, index => all[index])));
    }

    /// <summary>The input is taken or refused, in bounded time and memory; whatever else is thrown fails the test.</summary>
    internal static void Attempt(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            action();
        }
        catch (Exception exception) when (exception is ContainerException or LinuxException or UsageException)
        {
            Assert.NotEqual("", exception.Message);
        }

        Assert.True(Stopwatch.GetElapsedTime(started) < s_limit, "it took longer than 5 s");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimitBytes);
    }

    /// <summary>A file of one pattern, repeated: what is huge, or has no end of line.</summary>
    internal static byte[] Repeated(string pattern, int bytes)
    {
        byte[] unit = Encoding.UTF8.GetBytes(pattern);
        byte[] all = new byte[bytes];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = unit[i % unit.Length];
        }

        return all;
    }

    // Cut, a bit turned, a word put in, a piece taken out, a piece written twice, a byte replaced.
    private static byte[] Edit(byte[] bytes, int kind, int position, byte value)
    {
        if (bytes.Length == 0)
        {
            return [value];
        }

        int at = position % bytes.Length;
        byte[] word = Encoding.UTF8.GetBytes(s_words[value % s_words.Length]);
        return kind switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (value & 7))), .. bytes[(at + 1)..]],
            2 => [.. bytes[..at], .. word, .. bytes[at..]],
            3 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + value)..]],
            4 => [.. bytes[..Math.Min(bytes.Length, at + value)], .. bytes[at..]],
            _ => [.. bytes[..at], value, .. bytes[(at + 1)..]],
        };
    }
}
