using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Systemd;

/// <summary>Properties of a unit, with their types: D-Bus's "a(sv)".</summary>
internal sealed class UnitProperties
{
    private readonly BusWriter _elements = new();
    private readonly List<string> _names = [];

    /// <summary>In the order in which they are set; a later one of the same name wins, or adds to a list.</summary>
    internal IReadOnlyList<string> Names => _names;

    internal UnitProperties Text(string name, string value)
    {
        Begin(name, "s").String(value);
        return this;
    }

    internal UnitProperties Flag(string name, bool value)
    {
        Begin(name, "b").Boolean(value);
        return this;
    }

    internal UnitProperties Number(string name, ulong value)
    {
        Begin(name, "t").UInt64(value);
        return this;
    }

    internal UnitProperties Signed(string name, long value)
    {
        Begin(name, "x").Int64(value);
        return this;
    }

    internal UnitProperties Short(string name, uint value)
    {
        Begin(name, "u").UInt32(value);
        return this;
    }

    internal UnitProperties SignedShort(string name, int value)
    {
        Begin(name, "i").Int32(value);
        return this;
    }

    internal UnitProperties Texts(string name, params ReadOnlySpan<string> values)
    {
        BusWriter writer = Begin(name, "as");
        var array = writer.BeginArray(4);
        foreach (string value in values)
        {
            writer.String(value);
        }

        writer.EndArray(array);
        return this;
    }

    internal UnitProperties Processes(string name, int pid)
    {
        BusWriter writer = Begin(name, "au");
        var array = writer.BeginArray(4);
        writer.UInt32((uint)pid);
        writer.EndArray(array);
        return this;
    }

    internal UnitProperties Bytes(string name, ReadOnlySpan<byte> value)
    {
        BusWriter writer = Begin(name, "ay");
        var array = writer.BeginArray(1);
        writer.Append(value);
        writer.EndArray(array);
        return this;
    }

    internal UnitProperties Pairs(string name, IReadOnlyList<(string First, string Second)> values)
    {
        BusWriter writer = Begin(name, "a(ss)");
        var array = writer.BeginArray(8);
        foreach ((string first, string second) in values)
        {
            writer.BeginStructure();
            writer.String(first);
            writer.String(second);
        }

        writer.EndArray(array);
        return this;
    }

    /// <summary>A number for a path; nothing is said of other paths.</summary>
    internal UnitProperties OfPath(string name, string path, ulong value)
    {
        BusWriter writer = Begin(name, "a(st)");
        var array = writer.BeginArray(8);
        writer.BeginStructure();
        writer.String(path);
        writer.UInt64(value);
        writer.EndArray(array);
        return this;
    }

    internal void WriteTo(BusWriter body)
    {
        // What is aligned here is aligned there: both begin at a multiple of eight.
        var array = body.BeginArray(8);
        body.Append(_elements.Written);
        body.EndArray(array);
    }

    private BusWriter Begin(string name, string signature)
    {
        _names.Add(name);
        _elements.BeginStructure();
        _elements.String(name);
        _elements.Signature(signature);
        return _elements;
    }
}
