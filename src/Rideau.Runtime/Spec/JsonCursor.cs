using System;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Rideau.Runtime.Spec;

/// <summary>Walks a JSON document forwards, for readers written by hand: asks for a value of a type, and refuses another one by its path.</summary>
/// <remarks>
/// The path of an error is not kept while reading: it is found by walking the document once more
/// (<see cref="JsonPosition"/>), so that a document without errors pays nothing for it.
/// A null is a value that was not given; as an element of a list it is refused.
/// </remarks>
internal ref struct JsonCursor
{
    /// <summary>What no honest configuration comes near to.</summary>
    public const int MaximumBytes = 16 * 1024 * 1024;

    /// <summary>Of objects and lists in each other.</summary>
    public const int MaximumDepth = 64;

    /// <summary>Elements of one list, or names in one map.</summary>
    public const int MaximumElements = 100_000;

    /// <summary>Elements of all lists of the document, so that many small lists in few bytes do not become many large objects.</summary>
    public const int MaximumElementsInAll = 400_000;

    private readonly ReadOnlySpan<byte> _source;
    private readonly string _file;
    private Utf8JsonReader _reader;
    private int _elements;

    /// <param name="source">The document; UTF-8.</param>
    /// <param name="file">What errors call it: "config.json".</param>
    public JsonCursor(ReadOnlySpan<byte> source, string file)
    {
        _source = source;
        _file = file;
        if (source.Length > MaximumBytes)
        {
            throw JsonPosition.Refuse(file, $"{source.Length} bytes, more than the {MaximumBytes} that are allowed");
        }

        if (source.StartsWith("\uFEFF"u8))
        {
            throw JsonPosition.Refuse(file, "it begins with a byte order mark", "save it as UTF-8 without one");
        }

        if (!Utf8.IsValid(source))
        {
            throw JsonPosition.RefuseEncoding(file, source);
        }

        _reader = new Utf8JsonReader(source, new JsonReaderOptions { MaxDepth = MaximumDepth, CommentHandling = JsonCommentHandling.Disallow });
    }

    /// <summary>Goes into the object that is the whole document.</summary>
    public void BeginDocument()
    {
        _ = _reader.Read(); // ignored: of a whole document it is true or throws
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Expected("an object");
        }
    }

    /// <summary>Makes sure that nothing follows the document.</summary>
    public void EndDocument() => _ = _reader.Read(); // ignored: false, or throws at what follows

    /// <summary>The current name's value: goes into an object; false where it is null.</summary>
    public bool Object() => Value() && ObjectElement();

    /// <summary>The current element: goes into an object.</summary>
    public readonly bool ObjectElement() => _reader.TokenType == JsonTokenType.StartObject ? true : throw Expected("an object");

    /// <summary>The current name's value: goes into a list; false where it is null.</summary>
    public bool List() =>
        Value() && (_reader.TokenType == JsonTokenType.StartArray ? true : throw Expected("a list"));

    /// <summary>Moves to the object's next name; false at its end.</summary>
    public bool NextName()
    {
        _ = _reader.Read(); // ignored: inside an object it is true or throws
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Moves to the list's next element; false at its end.</summary>
    /// <param name="count">How many elements were taken so far.</param>
    public bool NextElement(int count)
    {
        _ = _reader.Read(); // ignored: inside a list it is true or throws
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        Count(count);
        return true;
    }

    /// <summary>Moves to the map's next name; false at its end.</summary>
    /// <param name="count">How many names were taken so far.</param>
    public bool NextKey(int count, out string key)
    {
        key = "";
        if (!NextName())
        {
            return false;
        }

        Count(count);
        key = StringElement();
        return true;
    }

    /// <summary>Whether the current name is this one.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>Passes over the current name's value, whatever it is.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>Passes over the current name's value; false where it is null.</summary>
    public bool SkipPresent()
    {
        if (!Value())
        {
            return false;
        }

        _reader.Skip();
        return true;
    }

    public string? String() => Value() ? StringElement() : null;

    public bool? Boolean() => !Value() ? null : _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Expected("true or false"),
    };

    public uint? UInt32() => Value() ? UInt32Element() : null;

    public ushort? UInt16() => !Value() ? null
        : IsNumber() && _reader.TryGetUInt16(out ushort value) ? value : throw OutOfRange("0", "65535");

    public int? Int32() => !Value() ? null
        : IsNumber() && _reader.TryGetInt32(out int value) ? value : throw OutOfRange("-2147483648", "2147483647");

    public long? Int64() => !Value() ? null
        : IsNumber() && _reader.TryGetInt64(out long value) ? value : throw OutOfRange("-9223372036854775808", "9223372036854775807");

    public ulong? UInt64() => !Value() ? null
        : IsNumber() && _reader.TryGetUInt64(out ulong value) ? value : throw OutOfRange("0", "18446744073709551615");

    /// <summary>A point in time, in RFC 3339's form.</summary>
    public DateTimeOffset? Time() => !Value() ? null
        : _reader.TokenType == JsonTokenType.String && _reader.TryGetDateTimeOffset(out DateTimeOffset time) ? time
        : throw Expected("a time as \"2026-11-24T10:15:00Z\"");

    /// <summary>The current element, or the current name.</summary>
    public readonly string StringElement()
    {
        if (_reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            throw Expected("a string");
        }

        string text = _reader.GetString()!;
        // Only an escape can have put it there, and then the kernel would see another, shorter string.
        return _reader.ValueIsEscaped && text.Contains('\0') ? throw Error("a string must not have a NUL character (\\u0000) in it") : text;
    }

    public readonly uint UInt32Element() =>
        IsNumber() && _reader.TryGetUInt32(out uint value) ? value : throw OutOfRange("0", "4294967295");

    /// <summary>The error for the value at which the cursor stands.</summary>
    public readonly ContainerException Error(string reason) =>
        JsonPosition.RefuseAt(_file, _source, _reader.TokenStartIndex, reason);

    /// <summary>The error for what the document's text itself has wrong.</summary>
    public readonly ContainerException Malformed(JsonException exception) => JsonPosition.RefuseMalformed(_file, _source, exception);

    /// <summary>The error for an escape that is half of a surrogate pair.</summary>
    public readonly ContainerException BadEscape() => Error("a \\u escape that is half of a surrogate pair");

    private bool Value()
    {
        _ = _reader.Read(); // ignored: behind a name it is true or throws
        return _reader.TokenType != JsonTokenType.Null;
    }

    private void Count(int count)
    {
        _elements++;
        if (count >= MaximumElements)
        {
            throw Error($"more than {MaximumElements} elements");
        }

        if (_elements > MaximumElementsInAll)
        {
            throw Error($"more than {MaximumElementsInAll} elements in all lists together");
        }
    }

    private readonly bool IsNumber() => _reader.TokenType == JsonTokenType.Number ? true : throw Expected("a number");

    private readonly ContainerException Expected(string what) => Error($"expected {what}, found {Found()}");

    private readonly ContainerException OutOfRange(string smallest, string largest)
    {
        ReadOnlySpan<byte> digits = _reader.ValueSpan;
        string text = Encoding.UTF8.GetString(digits[..Math.Min(digits.Length, 40)]) + (digits.Length > 40 ? "..." : "");
        return Error(digits.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0
            ? $"expected a whole number, found {text}"
            : $"{text} is out of range: from {smallest} to {largest}");
    }

    private readonly string Found() => _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
