using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Namespaces;

namespace Rideau.Output;

/// <summary>Namespaces as an SVG drawing: a card for each user namespace, what it owns in rows on it, those below it to its right.</summary>
/// <remarks>Plain SVG 1.1 with the fonts that there are, so that every browser, viewer and converter shows it.</remarks>
internal sealed class CensusDrawing
{
    private const int CardWidth = 430;
    private const int ColumnGap = 50;
    private const int CardGap = 16;
    private const int HeadHeight = 46;
    private const int RowHeight = 20;
    private const int Margin = 20;
    private const int TextLimit = 44;

    // What a deuteranope tells apart, too (after Okabe and Ito), dark enough for white letters.
    private static readonly (string Type, string Colour)[] s_colours =
    [
        ("cgroup", "#7a5c00"), ("ipc", "#8a4b7d"), ("mnt", "#0072b2"), ("net", "#b34700"), ("pid", "#00734f"), ("time", "#555555"), ("uts", "#2a6f97"), ("user", "#222222"),
    ];

    private readonly CensusTree _tree;
    private readonly Func<NamespaceInfo, string> _describe;
    private readonly Func<NamespaceInfo, string> _headline;
    private readonly StringBuilder _edges = new();
    private readonly StringBuilder _cards = new();
    private int _width;

    private CensusDrawing(CensusTree tree, Func<NamespaceInfo, string> headline, Func<NamespaceInfo, string> describe)
    {
        _tree = tree;
        _headline = headline;
        _describe = describe;
    }

    /// <summary>The whole drawing.</summary>
    /// <param name="all">What is on it.</param>
    /// <param name="headline">The second line of a user namespace's card.</param>
    /// <param name="describe">What stands behind a namespace's number.</param>
    internal static string Svg(IReadOnlyList<NamespaceInfo> all, Func<NamespaceInfo, string> headline, Func<NamespaceInfo, string> describe)
    {
        var drawing = new CensusDrawing(new CensusTree(all), headline, describe);
        int y = Margin;
        foreach (NamespaceInfo root in drawing._tree.Roots)
        {
            y = drawing.AddUser(root, 0, y) + CardGap;
        }

        if (drawing._tree.Orphans.Count > 0)
        {
            y = drawing.AddCard("owner not in sight", "", drawing._tree.Orphans, 0, y) + CardGap;
        }

        return drawing.Whole(y);
    }

    // Returns where the next card may begin: below the card and below all that hangs on it.
    private int AddUser(NamespaceInfo user, int depth, int y)
    {
        List<NamespaceInfo> rows = [];
        foreach (NamespaceInfo owned in _tree.OwnedBy(user))
        {
            AddRows(rows, owned);
        }

        int bottom = AddCard(user.ToString(), _headline(user), rows, depth, y);
        int next = y;
        foreach (NamespaceInfo child in _tree.Below(user))
        {
            AddEdge(depth, y, next);
            next = AddUser(child, depth + 1, next) + CardGap;
        }

        return Math.Max(bottom, next - CardGap);
    }

    private void AddRows(List<NamespaceInfo> rows, NamespaceInfo info)
    {
        rows.Add(info);
        foreach (NamespaceInfo below in _tree.Below(info))
        {
            AddRows(rows, below);
        }
    }

    private int AddCard(string title, string subtitle, IReadOnlyList<NamespaceInfo> rows, int depth, int y)
    {
        int x = Margin + (depth * (CardWidth + ColumnGap));
        int height = HeadHeight + (rows.Count * RowHeight) + (rows.Count > 0 ? 8 : 0);
        _width = Math.Max(_width, x + CardWidth + Margin);
        _cards.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({x},{y})\"><rect class=\"card\" width=\"{CardWidth}\" height=\"{height}\" rx=\"6\"/>");
        _cards.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"12\" y=\"19\">{Escape(title, TextLimit)}</text><text class=\"sub\" x=\"12\" y=\"36\">{Escape(subtitle, 70)}</text>\n");
        for (int i = 0; i < rows.Count; i++)
        {
            AddRow(rows[i], HeadHeight + (i * RowHeight));
        }

        _cards.Append("</g>\n");
        return y + height;
    }

    private void AddRow(NamespaceInfo info, int y)
    {
        int indent = 12 * DepthOnCard(info);
        string text = $"{info.Inode}  {_describe(info)}";
        _cards.Append(CultureInfo.InvariantCulture, $"<rect x=\"{12 + indent}\" y=\"{y + 2}\" width=\"52\" height=\"16\" rx=\"3\" fill=\"{Colour(info.Type.Name)}\"/>");
        _cards.Append(CultureInfo.InvariantCulture, $"<text class=\"chip\" x=\"{38 + indent}\" y=\"{y + 14}\">{info.Type.Name}</text>");
        _cards.Append(CultureInfo.InvariantCulture, $"<text class=\"row{(info.Processes.Count == 0 ? " idle" : "")}\" x=\"{72 + indent}\" y=\"{y + 14}\">{Escape(text, TextLimit + 8 - (indent / 6))}<title>{Escape($"{info} {_describe(info)}", 400)}</title></text>\n");
    }

    private static int DepthOnCard(NamespaceInfo info)
    {
        int depth = 0;
        for (NamespaceInfo? above = info.Parent; above is not null && above.Owner == info.Owner && depth < 8; above = above.Parent)
        {
            depth++;
        }

        return depth;
    }

    private void AddEdge(int depth, int from, int to)
    {
        int left = Margin + (depth * (CardWidth + ColumnGap)) + CardWidth;
        int middle = left + (ColumnGap / 2);
        _edges.Append(CultureInfo.InvariantCulture, $"<path d=\"M{left},{from + 22} H{middle} V{to + 22} H{left + ColumnGap}\"/>\n");
    }

    private string Whole(int height)
    {
        int legend = height + 8;
        StringBuilder text = new();
        text.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Math.Max(_width, CardWidth + (2 * Margin))}\" height=\"{legend + 40}\">\n<title>Namespaces</title>\n");
        text.Append("<style>text{font-family:'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace;font-size:11px;fill:#1a1a1a}"
            + ".title{font-size:13px;font-weight:bold}.sub{fill:#555}.idle{fill:#777;font-style:italic}.chip{fill:#fff;text-anchor:middle;font-size:10px}"
            + ".card{fill:#fff;stroke:#888}path{fill:none;stroke:#888;stroke-width:1.5}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#f4f4f2\"/>\n");
        text.Append(_edges).Append(_cards);
        text.Append(CultureInfo.InvariantCulture, $"<text class=\"sub\" x=\"{Margin}\" y=\"{legend + 14}\">A card is a user namespace, its rows what it owns; to its right are those made in it.</text>\n<text class=\"idle\" x=\"{Margin}\" y=\"{legend + 30}\">no process is in it</text>\n");
        return text.Append("</svg>\n").ToString();
    }

    private static string Colour(string type)
    {
        foreach ((string name, string colour) in s_colours)
        {
            if (name == type)
            {
                return colour;
            }
        }

        return "#222222";
    }

    // What XML has no character for is left out: names and command lines are anybody's.
    private static string Escape(string text, int limit)
    {
        StringBuilder escaped = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (limit-- == 0)
            {
                escaped.Append('…');
                break;
            }

            _ = rune.Value switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '"' => escaped.Append("&quot;"),
                < 0x20 or 0x7f or 0xfffe or 0xffff => escaped.Append('?'),
                _ => escaped.Append(rune.ToString()),
            };
        }

        return escaped.ToString();
    }
}
