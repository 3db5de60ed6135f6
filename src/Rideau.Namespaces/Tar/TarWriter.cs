using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Rideau.Kernel;

namespace Rideau.Namespaces;

/// <summary>Writes an archive: ustar headers, and pax records where those have no room.</summary>
/// <param name="write">Takes all bytes it is given.</param>
internal sealed class TarWriter(TarWriter.Sink write)
{
    private const long LargestOctal = 0x1FFFFFFFF; // eleven octal digits
    private const uint LargestId = 0x1FFFFF; // seven
    private readonly byte[] _header = new byte[TarFields.BlockBytes];

    /// <summary>Takes bytes.</summary>
    internal delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>Writes a header. Of a file with holes, the map of its data too; the data are the caller's to write.</summary>
    internal void Begin(TarMember member)
    {
        byte[] map = member.Segments is { } segments ? Map(segments, member.SizeBytes) : [];
        List<byte> records = Records(member);
        long stored = member.StoredBytes + map.Length;
        if (stored > LargestOctal)
        {
            Add(records, "size", stored.ToString(CultureInfo.InvariantCulture));
        }

        if (records.Count > 0)
        {
            WriteHeader(FileName.Of("././@PaxHeader"), (byte)'x', default, new TarMember { Mode = 0x1a4 }, records.Count);
            write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(records));
            End(records.Count);
        }

        WriteHeader(member.Name, member.Type, member.Target, member, stored);
        write(map);
    }

    /// <summary>Fills the last block of a member's data.</summary>
    internal void End(long storedBytes)
    {
        int rest = (int)(storedBytes % TarFields.BlockBytes);
        if (rest != 0)
        {
            write(new byte[TarFields.BlockBytes - rest]);
        }
    }

    /// <summary>Ends the archive.</summary>
    internal void Finish() => write(new byte[2 * TarFields.BlockBytes]);

    private static List<byte> Records(TarMember member)
    {
        List<byte> records = [];
        if (member.Segments is not null)
        {
            Add(records, "GNU.sparse.major", "1");
            Add(records, "GNU.sparse.minor", "0");
            Add(records, "GNU.sparse.name", member.Name.Bytes);
            Add(records, "GNU.sparse.realsize", member.SizeBytes.ToString(CultureInfo.InvariantCulture));
        }
        else if (member.Name.Length > (member.Type == TarMember.Directory ? 99 : 100))
        {
            Add(records, "path", member.Name.Bytes);
        }

        if (member.Target.Length > 100)
        {
            Add(records, "linkpath", member.Target.Bytes);
        }

        if (member.Uid > LargestId)
        {
            Add(records, "uid", member.Uid.ToString(CultureInfo.InvariantCulture));
        }

        if (member.Gid > LargestId)
        {
            Add(records, "gid", member.Gid.ToString(CultureInfo.InvariantCulture));
        }

        if (member.ModifiedSeconds is < 0 or > LargestOctal)
        {
            Add(records, "mtime", member.ModifiedSeconds.ToString(CultureInfo.InvariantCulture));
        }

        foreach ((FileName name, byte[] value) in member.Attributes)
        {
            Add(records, "SCHILY.xattr." + Encoding.UTF8.GetString(name.Bytes), value);
        }

        return records;
    }

    private static void Add(List<byte> records, string key, string value) => Add(records, key, Encoding.ASCII.GetBytes(value));

    // The length counts its own digits too.
    private static void Add(List<byte> records, string key, ReadOnlySpan<byte> value)
    {
        int rest = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
        int length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        }

        records.AddRange(Encoding.UTF8.GetBytes($"{length} {key}="));
        records.AddRange(value.ToArray());
        records.Add((byte)'\n');
    }

    private static byte[] Map(IReadOnlyList<(long Offset, long Count)> segments, long size)
    {
        // GNU tar makes a file as long as the last piece says: a hole at the end is an empty piece behind it.
        bool endsWithHole = segments.Count == 0 || segments[^1].Offset + segments[^1].Count < size;
        using var map = new MemoryStream();
        Line(segments.Count + (endsWithHole ? 1 : 0));
        foreach ((long offset, long count) in segments)
        {
            Line(offset);
            Line(count);
        }

        if (endsWithHole)
        {
            Line(size);
            Line(0);
        }

        map.SetLength((map.Length + TarFields.BlockBytes - 1) / TarFields.BlockBytes * TarFields.BlockBytes);
        return map.ToArray();

        void Line(long number)
        {
            Span<byte> digits = stackalloc byte[24];
            Utf8Formatter.TryFormat(number, digits, out int length);
            digits[length] = (byte)'\n';
            map.Write(digits[..(length + 1)]);
        }
    }

    private void WriteHeader(FileName name, byte type, FileName target, TarMember member, long size)
    {
        Span<byte> header = _header;
        header.Clear();
        Put(header[..100], name.Bytes);
        if (type == TarMember.Directory && name.Length < 100)
        {
            header[name.Length] = (byte)'/';
        }

        Octal(header.Slice(100, 8), member.Mode & 0xfff);
        Octal(header.Slice(108, 8), member.Uid > LargestId ? 0 : member.Uid);
        Octal(header.Slice(116, 8), member.Gid > LargestId ? 0 : member.Gid);
        Octal(header.Slice(124, 12), size > LargestOctal ? 0 : size);
        Octal(header.Slice(136, 12), member.ModifiedSeconds is < 0 or > LargestOctal ? 0 : member.ModifiedSeconds);
        header[156] = type;
        Put(header.Slice(157, 100), target.Bytes);
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        if (type is TarMember.CharacterDevice or TarMember.BlockDevice)
        {
            Octal(header.Slice(329, 8), member.Major);
            Octal(header.Slice(337, 8), member.Minor);
        }

        header.Slice(148, 8).Fill((byte)' ');
        long sum = 0;
        foreach (byte one in header)
        {
            sum += one;
        }

        Octal(header.Slice(148, 7), sum);
        write(header);
    }

    private static void Put(Span<byte> field, ReadOnlySpan<byte> bytes) => bytes[..Math.Min(bytes.Length, field.Length)].CopyTo(field);

    // Digits to the end but for a NUL.
    private static void Octal(Span<byte> field, long value)
    {
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }
}
