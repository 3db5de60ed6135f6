using System;
using System.Collections.Generic;
using System.Text;

namespace Rideau.Output;

/// <summary>Columns at least 12 wide with three blanks between them, as the field's lists have them.</summary>
internal sealed class TextTable
{
    private const int Gap = 3;
    private const int MinimumWidth = 12;
    private readonly List<string[]> _rows = [];

    internal TextTable(params string[] head) => _rows.Add(head);

    internal void Add(params string[] row) => _rows.Add(row);

    internal string ToText()
    {
        int columns = _rows[0].Length;
        int[] widths = new int[columns];
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < columns - 1; i++)
            {
                widths[i] = Math.Max(widths[i], Math.Max(MinimumWidth, row[i].Length + Gap));
            }
        }

        StringBuilder text = new();
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < columns - 1; i++)
            {
                text.Append(row[i].PadRight(widths[i]));
            }

            text.Append(row[columns - 1]).Append('\n');
        }

        return text.ToString();
    }
}
