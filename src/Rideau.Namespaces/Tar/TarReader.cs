using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel;

namespace Rideau.Namespaces;

/// <summary>Reads an archive member by member from a stream that cannot go back.</summary>
/// <param name="read">Reads some bytes; 0 at the end.</param>
internal sealed class TarReader(TarReader.Source read)
{
    private const int HeaderDataLimitBytes = 1 << 20;
    private const int SegmentsLimit = 1 << 20;
    private readonly byte[] _block = new byte[TarFields.BlockBytes];
    private long _left;
    private long _filling;

    /// <summary>Reads some bytes.</summary>
    internal delegate int Source(Span<byte> buffer);

    /// <summary>The next member, or null at the end. What was not read of the one before is passed over.</summary>
    /// <exception cref="TarFormatException">It is damaged, or not understood.</exception>
    internal TarMember? Next()
    {
        Skip(_left + _filling);
        List<(string Key, byte[] Value)> records = [];
        byte[]? longName = null;
        byte[]? longTarget = null;
        while (true)
        {
            if (!TryReadHeader())
            {
                return null;
            }

            switch (_block[156])
            {
                case (byte)'x':
                    records.AddRange(TarFields.Records(ReadHeaderData()));
                    break;
                case (byte)'g':
                    _ = TarFields.Records(ReadHeaderData()); // defaults for all members, such as a comment: none is taken over
                    break;
                case (byte)'L':
                    longName = TarFields.Text(ReadHeaderData()).ToArray();
                    break;
                case (byte)'K':
                    longTarget = TarFields.Text(ReadHeaderData()).ToArray();
                    break;
                case (byte)'V':
                    Begin(TarFields.Number(_block.AsSpan(124, 12)));
                    Skip(_left + _filling);
                    break;
                default:
                    return Member(records, longName, longTarget);
            }
        }
    }

    /// <summary>Reads data of the member; 0 at their end.</summary>
    /// <exception cref="TarFormatException">The archive ends before they do.</exception>
    internal int Read(Span<byte> buffer)
    {
        int got = _left == 0 ? 0 : read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (got == 0 && _left > 0)
        {
            throw new TarFormatException("the archive ends in the middle of a file");
        }

        _left -= got;
        return got;
    }

    private TarMember Member(List<(string Key, byte[] Value)> records, byte[]? longName, byte[]? longTarget)
    {
        ReadOnlySpan<byte> header = _block;
        byte type = header[156] switch { 0 or (byte)'7' => TarMember.File, byte letter => letter };
        bool isUstar = header.Slice(257, 6).SequenceEqual("ustar\0"u8);
        ReadOnlySpan<byte> name = TarFields.Text(header[..100]);
        ReadOnlySpan<byte> prefix = isUstar ? TarFields.Text(header.Slice(345, 155)) : [];
        byte[] path = longName ?? (prefix.Length > 0 ? [.. prefix, (byte)'/', .. name] : name.ToArray());
        byte[] target = longTarget ?? TarFields.Text(header.Slice(157, 100)).ToArray();
        long size = TarFields.Number(header.Slice(124, 12));
        long uid = TarFields.Number(header.Slice(108, 8));
        long gid = TarFields.Number(header.Slice(116, 8));
        long modified = TarFields.Number(header.Slice(136, 12));
        List<(FileName, byte[])> attributes = [];
        Sparse sparse = default;
        foreach ((string key, byte[] value) in records)
        {
            switch (key)
            {
                case "path":
                    path = sparse.HasName ? path : value;
                    break;
                case "linkpath":
                    target = value;
                    break;
                case "size":
                    size = TarFields.Decimal(value);
                    break;
                case "uid":
                    uid = TarFields.Decimal(value);
                    break;
                case "gid":
                    gid = TarFields.Decimal(value);
                    break;
                case "mtime":
                    modified = TarFields.Seconds(value);
                    break;
                case "GNU.sparse.name":
                    path = value;
                    sparse.HasName = true;
                    break;
                case "GNU.sparse.major":
                    sparse.Major = TarFields.Decimal(value);
                    break;
                case "GNU.sparse.realsize" or "GNU.sparse.size":
                    sparse.Size = TarFields.Decimal(value);
                    break;
                case "GNU.sparse.map":
                    sparse.Map = Encoding.ASCII.GetString(value);
                    break;
                case "GNU.sparse.offset" or "GNU.sparse.numbytes":
                    throw new TarFormatException("it has sparse files of a kind that GNU tar wrote before 1.15: make it with --sparse-version=1.0");
                default:
                    if (key.StartsWith("SCHILY.xattr.", StringComparison.Ordinal) && !key.Contains('\0', StringComparison.Ordinal))
                    {
                        attributes.Add((FileName.Of(key["SCHILY.xattr.".Length..]), value));
                    }

                    break;
            }
        }

        if (size < 0 || uid is < 0 or > uint.MaxValue || gid is < 0 or > uint.MaxValue || path.AsSpan().Contains((byte)0) || target.AsSpan().Contains((byte)0))
        {
            throw new TarFormatException("a header says what cannot be");
        }

        // Only files have data; what other members say of a size is passed over as GNU tar and others do, or they would be read differently.
        Begin(type is TarMember.HardLink or TarMember.SymbolicLink or TarMember.CharacterDevice or TarMember.BlockDevice or TarMember.Directory or TarMember.Fifo ? 0 : size);
        (long length, IReadOnlyList<(long, long)>? segments) = SegmentsOf(type, sparse, size);
        return new TarMember
        {
            Name = new FileName(path.AsSpan().TrimEnd((byte)'/')),
            Type = type == TarMember.File && path.Length > 0 && path[^1] == (byte)'/' && !isUstar ? TarMember.Directory : type == (byte)'S' ? TarMember.File : type,
            Target = new FileName(target),
            Mode = (int)(TarFields.Number(header.Slice(100, 8)) & 0xfff),
            Uid = (uint)uid,
            Gid = (uint)gid,
            SizeBytes = length,
            StoredBytes = _left,
            ModifiedSeconds = modified,
            Major = type is TarMember.CharacterDevice or TarMember.BlockDevice ? (uint)(TarFields.Number(header.Slice(329, 8)) & 0xfff) : 0,
            Minor = type is TarMember.CharacterDevice or TarMember.BlockDevice ? (uint)(TarFields.Number(header.Slice(337, 8)) & 0xfffff) : 0,
            Segments = segments,
            Attributes = attributes,
        };
    }

    private (long Length, IReadOnlyList<(long Offset, long Count)>? Segments) SegmentsOf(byte type, Sparse sparse, long size)
    {
        List<(long, long)> segments = [];
        long length;
        if (type == (byte)'S')
        {
            length = OldSegments(segments);
        }
        else if (type == TarMember.File && (sparse.Major == 1 || sparse.Map is not null))
        {
            length = sparse.Size;
            if (sparse.Map is { } map)
            {
                AddMap(segments, map.Split(','));
            }
            else
            {
                AddMap(segments, ReadMap());
            }
        }
        else
        {
            return (size, null);
        }

        long end = 0;
        long sum = 0;
        foreach ((long offset, long count) in segments)
        {
            if (offset < end || count < 0 || count > length || offset > length - count)
            {
                throw new TarFormatException("a sparse file's map is not in order");
            }

            end = offset + count;
            sum += count;
        }

        return sum == _left ? (length, segments) : throw new TarFormatException("a sparse file's map does not fit its data");
    }

    // Of GNU's old format: four entries in the header, and 21 in each block that follows it. The data begin behind those.
    private long OldSegments(List<(long, long)> segments)
    {
        long length = TarFields.Number(_block.AsSpan(483, 12));
        bool more = _block[482] != 0;
        AddOld(segments, _block.AsSpan(386, 4 * 24));
        while (more)
        {
            ReadBlock("a sparse file's map");
            more = _block[504] != 0;
            AddOld(segments, _block.AsSpan(0, 21 * 24));
        }

        return length;
    }

    private static void AddOld(List<(long, long)> segments, ReadOnlySpan<byte> entries)
    {
        for (; entries.Length > 0 && entries[0] != 0; entries = entries[24..])
        {
            if (segments.Count >= SegmentsLimit)
            {
                throw new TarFormatException("a sparse file has too many pieces");
            }

            segments.Add((TarFields.Number(entries[..12]), TarFields.Number(entries.Slice(12, 12))));
        }
    }

    private static void AddMap(List<(long, long)> segments, IReadOnlyList<string> numbers)
    {
        for (int i = 0; i + 1 < numbers.Count; i += 2)
        {
            segments.Add((TarFields.Decimal(Encoding.ASCII.GetBytes(numbers[i])), TarFields.Decimal(Encoding.ASCII.GetBytes(numbers[i + 1]))));
        }
    }

    // Of GNU's format 1.0: decimal numbers, a line each, before the data, filled to a block: how many pieces, then offset and length of each.
    private List<string> ReadMap()
    {
        List<string> numbers = [];
        StringBuilder number = new();
        long wanted = -1;
        byte[] block = new byte[TarFields.BlockBytes];
        while (numbers.Count != wanted)
        {
            for (int got = 0; got < block.Length;)
            {
                int more = Read(block.AsSpan(got));
                got += more > 0 ? more : throw new TarFormatException("a sparse file's map has no end");
            }

            foreach (byte letter in block)
            {
                if (letter != (byte)'\n')
                {
                    number.Append(number.Length < 20 ? (char)letter : throw new TarFormatException("a number in a sparse file's map is none"));
                    continue;
                }

                if (wanted < 0)
                {
                    long pieces = TarFields.Decimal(Encoding.ASCII.GetBytes(number.ToString()));
                    wanted = pieces <= SegmentsLimit ? 2 * pieces : throw new TarFormatException("a sparse file has too many pieces");
                }
                else
                {
                    numbers.Add(number.ToString());
                }

                number.Clear();
                if (numbers.Count == wanted)
                {
                    break;
                }
            }
        }

        return numbers;
    }

    private bool TryReadHeader()
    {
        int zeros = 0;
        while (zeros < 2)
        {
            int got = Fill(_block);
            if (got == 0)
            {
                return false;
            }

            if (got < _block.Length)
            {
                throw NoHeader(got);
            }

            if (_block.AsSpan().ContainsAnyExcept((byte)0))
            {
                return TarFields.IsHeader(_block) ? true : throw NoHeader(got);
            }

            zeros++;
        }

        Drain();
        return false;
    }

    private TarFormatException NoHeader(int got) => _block switch
    {
        [0x1f, 0x8b, ..] => new TarFormatException("it is compressed: pipe it through gunzip"),
        [(byte)'B', (byte)'Z', (byte)'h', ..] => new TarFormatException("it is compressed: pipe it through bunzip2"),
        [0xfd, (byte)'7', (byte)'z', ..] => new TarFormatException("it is compressed: pipe it through unxz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => new TarFormatException("it is compressed: pipe it through unzstd"),
        _ => new TarFormatException(got < _block.Length ? "the archive ends in the middle of a header" : "it is no tar archive, or a damaged one"),
    };

    // Whoever writes into a pipe may be unhappy when nobody reads its last blocks; there is a limit to that.
    private void Drain()
    {
        for (int i = 0; i < 1024 && read(_block) > 0; i++)
        {
        }
    }

    private void Begin(long size)
    {
        _left = size >= 0 && size <= long.MaxValue - TarFields.BlockBytes ? size : throw new TarFormatException("a size in a header cannot be");
        _filling = (TarFields.BlockBytes - (size % TarFields.BlockBytes)) % TarFields.BlockBytes;
    }

    private byte[] ReadHeaderData()
    {
        Begin(TarFields.Number(_block.AsSpan(124, 12)));
        byte[] data = new byte[_left <= HeaderDataLimitBytes ? _left : throw new TarFormatException($"a header is longer than {HeaderDataLimitBytes} bytes")];
        for (int got = 0; got < data.Length;)
        {
            got += Read(data.AsSpan(got));
        }

        Skip(_filling);
        return data;
    }

    private void ReadBlock(string what)
    {
        if (Fill(_block) < _block.Length)
        {
            throw new TarFormatException($"the archive ends in the middle of {what}");
        }
    }

    private int Fill(Span<byte> buffer)
    {
        int got = 0;
        while (got < buffer.Length)
        {
            int more = read(buffer[got..]);
            if (more == 0)
            {
                break;
            }

            got += more;
        }

        return got;
    }

    private void Skip(long count)
    {
        byte[] buffer = new byte[(int)Math.Min(count, 65536)];
        while (count > 0)
        {
            int got = read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count)));
            count -= got > 0 ? got : throw new TarFormatException("the archive ends in the middle of a file");
        }

        _left = 0;
        _filling = 0;
    }

    private struct Sparse
    {
        internal long Major;
        internal long Size;
        internal string? Map;
        internal bool HasName;
    }
}
