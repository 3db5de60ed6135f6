using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;

namespace Rideau.Output;

/// <summary>What "ls" and "stat" say. Names are somebody else's: what is not text in them, and what would move a cursor, is written as \xNN.</summary>
internal static class FilesReport
{
    /// <summary>A name a line.</summary>
    internal static string Names(IReadOnlyList<FileEntry> entries)
    {
        StringBuilder text = new();
        foreach (FileEntry entry in entries)
        {
            text.Append(entry.Name.ToString()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>As "ls -l".</summary>
    internal static string Long(IReadOnlyList<FileEntry> entries, IReadOnlyDictionary<uint, string> users, IReadOnlyDictionary<uint, string> groups)
    {
        List<string[]> rows = [];
        int[] widths = new int[6];
        foreach (FileEntry entry in entries)
        {
            string[] row =
            [
                Mode(entry.Status.Mode), Number(entry.Status.Links), Name(users, entry.Uid), Name(groups, entry.Gid),
                entry.Status.IsCharacterDevice || entry.Status.IsBlockDevice ? $"{entry.Status.SpecialMajor}, {entry.Status.SpecialMinor}" : Number(entry.Status.SizeBytes),
                Time(entry.Status.ModifiedSeconds)[..16],
                entry.Name.ToString() + (entry.Target is { } target ? $" -> {target}" : ""),
            ];
            rows.Add(row);
            for (int i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        StringBuilder text = new();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < widths.Length; i++)
            {
                text.Append(i is 1 or 4 ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i])).Append(' ');
            }

            text.Append(row[^1]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>All that is known of each, in lines.</summary>
    internal static string Text(IReadOnlyList<FileEntry> entries, IReadOnlyDictionary<uint, string> users, IReadOnlyDictionary<uint, string> groups)
    {
        StringBuilder text = new();
        foreach (FileEntry entry in entries)
        {
            Line("file", entry.Name.ToString() + (entry.Target is { } target ? $" -> {target}" : ""));
            Line("type", FileKind.Of(entry.Status.Mode));
            Line("mode", $"{Octal(entry.Status.Mode)} {Mode(entry.Status.Mode)}");
            Line("owner", $"{entry.Uid}{Known(users, entry.Uid)}");
            Line("group", $"{entry.Gid}{Known(groups, entry.Gid)}");
            Line("size", $"{entry.Status.SizeBytes} bytes, {entry.Status.Blocks * 512} on its file system");
            if (entry.Status.IsCharacterDevice || entry.Status.IsBlockDevice)
            {
                Line("device", $"{entry.Status.SpecialMajor}:{entry.Status.SpecialMinor}");
            }

            Line("links", Number(entry.Status.Links));
            Line("inode", $"{entry.Status.Inode} on {entry.Status.DeviceMajor}:{entry.Status.DeviceMinor}");
            Line("modified", Time(entry.Status.ModifiedSeconds));
            Line("changed", Time(entry.Status.ChangedSeconds));
            Line("read", Time(entry.Status.ReadSeconds));
        }

        return text.ToString();

        void Line(string what, string value) => text.Append((what + ":").PadRight(10)).Append(value).Append('\n');
    }

    internal static byte[] Json(IReadOnlyList<FileEntry> entries)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartArray();
            foreach (FileEntry entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, entry.Name.ToString());
                json.WriteString("type"u8, FileKind.Of(entry.Status.Mode));
                json.WriteString("mode"u8, Octal(entry.Status.Mode));
                json.WriteNumber("uid"u8, entry.Uid);
                json.WriteNumber("gid"u8, entry.Gid);
                json.WriteNumber("size"u8, entry.Status.SizeBytes);
                json.WriteNumber("links"u8, entry.Status.Links);
                json.WriteNumber("inode"u8, entry.Status.Inode);
                json.WriteString("modified"u8, Time(entry.Status.ModifiedSeconds));
                json.WriteString("changed"u8, Time(entry.Status.ChangedSeconds));
                json.WriteString("read"u8, Time(entry.Status.ReadSeconds));
                if (entry.Target is { } target)
                {
                    json.WriteString("target"u8, target.ToString());
                }

                if (entry.Status.IsCharacterDevice || entry.Status.IsBlockDevice)
                {
                    json.WriteString("device"u8, $"{entry.Status.SpecialMajor}:{entry.Status.SpecialMinor}");
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static string Known(IReadOnlyDictionary<uint, string> names, uint id) => names.TryGetValue(id, out string? name) ? $" ({name})" : "";

    private static string Name(IReadOnlyDictionary<uint, string> names, uint id) => names.TryGetValue(id, out string? name) ? name : Number(id);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Octal(int mode) => Convert.ToString(mode & 0xfff, 8).PadLeft(4, '0');

    // A file may say that it is of a year that calendars do not have.
    private static string Time(long seconds) => seconds is >= -62135596800 and <= 253402300799
        ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : $"@{seconds}".PadRight(16);

    private static string Mode(int mode)
    {
        char type = (mode & Stat.S_IFMT) switch
        {
            Stat.S_IFDIR => 'd',
            Stat.S_IFLNK => 'l',
            Stat.S_IFCHR => 'c',
            Stat.S_IFBLK => 'b',
            Stat.S_IFIFO => 'p',
            Stat.S_IFSOCK => 's',
            _ => '-',
        };
        Span<char> text = [type, .. "rwxrwxrwx"];
        for (int i = 0; i < 9; i++)
        {
            text[i + 1] = (mode & (0x100 >> i)) != 0 ? text[i + 1] : '-';
        }

        Special(text, 3, mode & 0x800, 's');
        Special(text, 6, mode & 0x400, 's');
        Special(text, 9, mode & 0x200, 't');
        return text.ToString();
    }

    private static void Special(Span<char> text, int at, int bit, char letter)
    {
        if (bit != 0)
        {
            text[at] = text[at] == 'x' ? letter : char.ToUpperInvariant(letter);
        }
    }
}
