using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace Rideau.Runtime.Spec;

/// <summary>Says where in a JSON document an error is: "linux.namespaces[2].type ... (line 12, column 5)". Walks the document a second time for it.</summary>
internal static class JsonPosition
{
    private const int LongestName = 60;

    public static ContainerException Refuse(string file, string reason, string? hint = null) =>
        new($"cannot read {file}: {reason}", FailureCode.InvalidArgument, hint);

    /// <summary>Refuses the value (or name) that begins at an offset.</summary>
    public static ContainerException RefuseAt(string file, ReadOnlySpan<byte> source, long offset, string reason)
    {
        string path = PathTo(source, offset, out _);
        return Refuse(file, $"{(path.Length == 0 ? "" : path + ": ")}{reason} {LineAndColumn(source, (int)offset)}");
    }

    /// <summary>Refuses a document that is not UTF-8.</summary>
    public static ContainerException RefuseEncoding(string file, ReadOnlySpan<byte> source)
    {
        int offset = 0;
        ReadOnlySpan<byte> rest = source;
        while (Rune.DecodeFromUtf8(rest, out _, out int length) == OperationStatus.Done)
        {
            offset += length;
            rest = rest[length..];
        }

        return Refuse(file, $"invalid UTF-8: byte 0x{source[offset]:x2} {LineAndColumn(source, offset)}", "save it as UTF-8");
    }

    /// <summary>Refuses a document whose text is no JSON.</summary>
    /// <remarks>The framework's own message is left out: the published program has only its resource's key.</remarks>
    public static ContainerException RefuseMalformed(string file, ReadOnlySpan<byte> source, JsonException exception)
    {
        string path = PathTo(source, long.MaxValue, out Walk walk);
        string before = path.Length == 0 ? "" : path + ": ";
        if (!walk.Threw)
        {
            string what = walk.Any ? "it ends in the middle; is it cut off?" : "it is empty";
            return Refuse(file, $"{before}{what} {LineAndColumn(source, source.Length)}");
        }

        int offset = OffsetOf(source, exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
        byte found = offset < source.Length ? source[offset] : (byte)0;
        string reason = found switch
        {
            _ when walk.Complete => "something follows the end of the document",
            (byte)'{' or (byte)'[' when walk.Depth >= JsonCursor.MaximumDepth => $"nested deeper than {JsonCursor.MaximumDepth} levels",
            (byte)'}' or (byte)']' => $"'{(char)found}' is not expected here; is there a comma too many before it?",
            (byte)'"' => "a string is not expected here; is a comma or colon missing before it?",
            (byte)'/' => "JSON has no comments",
            > 0x20 and < 0x7f => $"'{(char)found}' is not expected here",
            _ => $"byte 0x{found:x2} is not expected here",
        };
        return Refuse(file, $"{before}{reason} {LineAndColumn(source, offset)}");
    }

    /// <summary>What the second walk saw when it ended.</summary>
    private record struct Walk(bool Any, bool Complete, bool Threw, int Depth);

    private readonly record struct Level(bool IsList, int Index, string Name);

    private static string PathTo(ReadOnlySpan<byte> source, long offset, out Walk walk)
    {
        walk = default;
        List<Level> levels = [];
        // Not the final block: what is cut off then ends the walk without an exception.
        Utf8JsonReader reader = new(source, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonCursor.MaximumDepth }));
        try
        {
            while (reader.Read())
            {
                walk.Any = true;
                Step(ref reader, levels);
                walk.Depth = levels.Count;
                walk.Complete = levels.Count == 0;
                if (reader.TokenStartIndex >= offset)
                {
                    bool opened = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
                    return Describe(levels, opened ? levels.Count - 1 : levels.Count);
                }
            }
        }
        catch (JsonException)
        {
            walk.Threw = true;
        }

        return Describe(levels, levels.Count);
    }

    private static void Step(ref Utf8JsonReader reader, List<Level> levels)
    {
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            levels.RemoveAt(levels.Count - 1);
            return;
        }

        if (levels.Count > 0)
        {
            Level level = levels[^1];
            if (level.IsList)
            {
                levels[^1] = level with { Index = level.Index + 1 };
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                levels[^1] = level with { Name = NameOf(ref reader) };
            }
        }

        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            levels.Add(new Level(reader.TokenType == JsonTokenType.StartArray, -1, ""));
        }
    }

    /// <summary>As it stands in the file, escapes and all: one that cannot be decoded must not be an error here.</summary>
    private static string NameOf(ref Utf8JsonReader reader)
    {
        string name = Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 4 * LongestName)]);
        return name.Length > LongestName ? name[..LongestName] + "..." : name;
    }

    private static string Describe(List<Level> levels, int count)
    {
        StringBuilder path = new();
        for (int i = 0; i < count; i++)
        {
            Level level = levels[i];
            if (level.IsList)
            {
                _ = level.Index < 0 ? path : path.Append('[').Append(level.Index).Append(']');
            }
            else if (IsWord(level.Name))
            {
                _ = (path.Length == 0 ? path : path.Append('.')).Append(level.Name);
            }
            else if (level.Name.Length > 0)
            {
                _ = path.Append("[\"").Append(level.Name).Append("\"]");
            }
        }

        return path.ToString();
    }

    private static bool IsWord(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    private static int OffsetOf(ReadOnlySpan<byte> source, long line, long position)
    {
        int start = 0;
        for (long i = 0; i < line; i++)
        {
            int end = source[start..].IndexOf((byte)'\n');
            if (end < 0)
            {
                break;
            }

            start += end + 1;
        }

        return (int)Math.Min(source.Length, start + position);
    }

    private static string LineAndColumn(ReadOnlySpan<byte> source, int offset)
    {
        ReadOnlySpan<byte> before = source[..Math.Min(offset, source.Length)];
        int line = before.Count((byte)'\n') + 1;
        ReadOnlySpan<byte> inLine = before[(before.LastIndexOf((byte)'\n') + 1)..];
        int column = 1;
        foreach (byte b in inLine)
        {
            column += (b & 0xc0) == 0x80 ? 0 : 1; // characters, not bytes
        }

        return $"(line {line}, column {column})";
    }
}
