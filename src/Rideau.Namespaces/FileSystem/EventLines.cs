using System;
using System.Collections.Generic;
using System.Text;

namespace Rideau.Namespaces;

/// <summary>The lines of "events", kept until everybody who has it open has read them, and no more than so many.</summary>
internal sealed class EventLines
{
    private const int Limit = 8192;
    private readonly Queue<byte[]> _lines = new();
    private long _first;

    /// <summary>The number of the line that will be told next.</summary>
    internal long End => _first + _lines.Count;

    /// <summary>Tells a line.</summary>
    internal void Add(string line)
    {
        _lines.Enqueue(Encoding.UTF8.GetBytes(line + "\n"));
        if (_lines.Count > Limit)
        {
            _lines.Dequeue();
            _first++;
        }
    }

    /// <summary>True where there is something to read.</summary>
    internal bool HasMore(EventReader reader) => reader.Next < End;

    /// <summary>Fills a buffer with whole lines; only where not even one fits, with a part of it.</summary>
    internal int Read(EventReader reader, Span<byte> buffer)
    {
        if (reader.Next < _first)
        {
            _ = Take(Encoding.UTF8.GetBytes($"lost {_first - reader.Next} lines: they were not read in time\n"), 0, buffer, out int told);
            reader.Next = _first;
            reader.Offset = 0;
            return told;
        }

        int length = 0;
        int skip = (int)(reader.Next - _first);
        foreach (byte[] line in _lines)
        {
            if (skip-- > 0)
            {
                continue;
            }

            if (length > 0 && line.Length - reader.Offset > buffer.Length - length)
            {
                break;
            }

            reader.Offset = Take(line, reader.Offset, buffer[length..], out int taken);
            length += taken;
            if (reader.Offset > 0)
            {
                break;
            }

            reader.Next++;
        }

        return length;
    }

    /// <summary>Lets go of what nobody will read.</summary>
    internal void Forget()
    {
        _first = End;
        _lines.Clear();
    }

    // Where the next read goes on in the line; 0 where it was taken whole.
    private static int Take(byte[] line, int offset, Span<byte> buffer, out int taken)
    {
        taken = Math.Min(line.Length - offset, buffer.Length);
        line.AsSpan(offset, taken).CopyTo(buffer);
        return offset + taken == line.Length ? 0 : offset + taken;
    }
}
