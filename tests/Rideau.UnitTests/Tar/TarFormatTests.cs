using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using Rideau.Kernel;
using Rideau.Namespaces;
using Rideau.UnitTests.Fuzzing;
using Xunit;

namespace Rideau.UnitTests.Tar;

/// <summary>Archives as text in, members out. What GNU tar makes and reads is tried in the host tests.</summary>
public sealed class TarFormatTests
{
    [Fact]
    public void What_was_written_is_read()
    {
        TarMember[] members =
        [
            Of("dir", TarMember.Directory) with { Mode = 0x3ed },
            Of("dir/file", TarMember.File) with { SizeBytes = 5, StoredBytes = 5, Uid = 4_000_000_000, Gid = 7, ModifiedSeconds = -3 },
            Of(new string('d', 120) + "/" + new string('f', 200), TarMember.File) with { Attributes = [(FileName.Of("user.name"), [0, 1, 10, 255])] },
            Of("link", TarMember.SymbolicLink) with { Target = FileName.Of(new string('t', 300)) },
            Of("other", TarMember.HardLink) with { Target = FileName.Of("dir/file") },
            Of("null", TarMember.CharacterDevice) with { Major = 1, Minor = 3 },
            Of("holes", TarMember.File) with { SizeBytes = 1L << 40, StoredBytes = 3, Segments = [(1L << 30, 3)] },
        ];
        using var archive = new MemoryStream();
        var writer = new TarWriter(archive.Write);
        foreach (TarMember member in members)
        {
            writer.Begin(member);
            archive.Write(new byte[member.StoredBytes]);
            writer.End(member.StoredBytes);
        }

        writer.Finish();
        archive.Position = 0;
        var reader = new TarReader(archive.Read);
        foreach (TarMember expected in members)
        {
            TarMember read = reader.Next()!;
            Assert.Equal(Facts(expected), Facts(read));
            // A hole at the end is an empty piece behind it.
            IReadOnlyList<(long, long)>? segments = expected.Segments is null ? null : [.. expected.Segments, (expected.SizeBytes, 0)];
            Assert.Equal(segments, read.Segments);
        }

        Assert.Null(reader.Next());
    }

    // "TARmageddon" (CVE-2025-62518): a header says 0, the pax record before it 1024; whoever believes the header takes data for members.
    [Fact]
    public void The_size_of_a_pax_record_is_how_far_the_next_header_is()
    {
        byte[] inner = Archive(Of("smuggled", TarMember.File));
        using var archive = new MemoryStream();
        var writer = new TarWriter(archive.Write);
        byte[] record = Encoding.ASCII.GetBytes("13 size=1024\n");
        writer.Begin(new TarMember { Name = FileName.Of("pax"), Type = (byte)'x', StoredBytes = record.Length });
        archive.Write(record);
        writer.End(record.Length);
        writer.Begin(Of("outer", TarMember.File));
        archive.Write(inner.AsSpan(0, 1024));
        writer.Finish();
        Assert.Equal(["outer"], Names(archive.ToArray()));
    }

    [Theory]
    [InlineData("14 size=-1024\n")]
    [InlineData("99 path=x\n")]
    [InlineData("6 path\n")]
    [InlineData("x path=y\n")]
    [InlineData("28 size=9223372036854775808\n")]
    public void A_damaged_record_is_refused(string records)
    {
        using var archive = new MemoryStream();
        var writer = new TarWriter(archive.Write);
        byte[] bytes = Encoding.ASCII.GetBytes(records);
        writer.Begin(new TarMember { Name = FileName.Of("pax"), Type = (byte)'x', StoredBytes = bytes.Length });
        archive.Write(bytes);
        writer.End(bytes.Length);
        writer.Begin(Of("file", TarMember.File));
        writer.Finish();
        Assert.Throws<TarFormatException>(() => Names(archive.ToArray()));
    }

    [Fact]
    public void An_archive_that_ends_early_is_refused()
    {
        byte[] whole = Archive(Of("file", TarMember.File) with { SizeBytes = 2000, StoredBytes = 2000 });
        foreach (int length in new[] { 100, 512, 1500, 2500 })
        {
            Assert.Throws<TarFormatException>(() => Names(whole[..length], readData: true));
        }
    }

    [Fact]
    public void Anything_is_read_or_refused()
    {
        byte[][] files =
        [
            Archive(Of("dir", TarMember.Directory), Of("dir/file", TarMember.File) with { SizeBytes = 5, StoredBytes = 5 }),
            Archive(Of(new string('n', 300), TarMember.File) with { Attributes = [(FileName.Of("user.a"), [1])] }),
            Archive(Of("holes", TarMember.File) with { SizeBytes = 1 << 20, StoredBytes = 3, Segments = [(1 << 10, 3)] }),
        ];
        Fuzz.Mutations(files).Sample(
            static file => Fuzz.Attempt(() =>
            {
                try
                {
                    Names(file, readData: true);
                }
                catch (TarFormatException)
                {
                    // refused
                }
            }),
            iter: Fuzz.Inputs(),
            print: static file => Convert.ToBase64String(file));
    }

    private static TarMember Of(string name, byte type) => new() { Name = FileName.Of(name), Type = type, Mode = 0x1a4 };

    private static byte[] Archive(params TarMember[] members)
    {
        using var archive = new MemoryStream();
        var writer = new TarWriter(archive.Write);
        foreach (TarMember member in members)
        {
            writer.Begin(member);
            archive.Write(new byte[member.StoredBytes]);
            writer.End(member.StoredBytes);
        }

        writer.Finish();
        return archive.ToArray();
    }

    private static List<string> Names(byte[] bytes, bool readData = false)
    {
        using var stream = new MemoryStream(bytes);
        var reader = new TarReader(stream.Read);
        List<string> names = [];
        while (reader.Next() is { } member)
        {
            names.Add(member.Name.ToString());
            byte[] buffer = new byte[100];
            while (readData && reader.Read(buffer) > 0)
            {
            }
        }

        return names;
    }

    private static string Facts(TarMember member) =>
        $"{member.Name} {(char)member.Type} {member.Target} {member.Mode} {member.Uid}:{member.Gid} {member.SizeBytes} {member.StoredBytes} {member.ModifiedSeconds} {member.Major}:{member.Minor} {string.Join(',', member.Attributes.Select(one => $"{one.Name}={Convert.ToHexString(one.Value)}"))}";
}
