using System;
using System.Runtime.CompilerServices;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Fuse;
using Xunit;

namespace Rideau.UnitTests.FileSystem;

/// <summary>Requests are read within their bounds; answers have the layouts of linux/fuse.h.</summary>
public sealed class FuseMessageTests
{
    // What sizeof says in C.
    [Fact]
    public void Structures_have_the_kernels_sizes() => Assert.Equal(
        [40, 16, 88, 128, 104, 16, 64, 8, 8, 16, 8, 16, 40, 24, 8, 24, 8, 8, 80, 24],
        [
            Unsafe.SizeOf<fuse_in_header>(), Unsafe.SizeOf<fuse_out_header>(), Unsafe.SizeOf<fuse_attr>(), Unsafe.SizeOf<fuse_entry_out>(), Unsafe.SizeOf<fuse_attr_out>(),
            Unsafe.SizeOf<fuse_init_in>(), Unsafe.SizeOf<fuse_init_out>(), Unsafe.SizeOf<fuse_mkdir_in>(), Unsafe.SizeOf<fuse_rename_in>(), Unsafe.SizeOf<fuse_rename2_in>(),
            Unsafe.SizeOf<fuse_open_in>(), Unsafe.SizeOf<fuse_open_out>(), Unsafe.SizeOf<fuse_read_in>(), Unsafe.SizeOf<fuse_release_in>(), Unsafe.SizeOf<fuse_interrupt_in>(),
            Unsafe.SizeOf<fuse_poll_in>(), Unsafe.SizeOf<fuse_poll_out>(), Unsafe.SizeOf<fuse_notify_poll_wakeup_out>(), Unsafe.SizeOf<fuse_kstatfs>(), Unsafe.SizeOf<fuse_dirent>(),
        ]);

    [Fact]
    public void A_request_and_its_names_are_read()
    {
        byte[] bytes = PaperKernel.Request(Fuse.FUSE_RENAME2, 7, 9, PaperKernel.Bytes(new fuse_rename2_in { newdir = 8, flags = 1 }), PaperKernel.Text("lab"), PaperKernel.Text("bench"));
        Assert.True(FuseRequest.TryParse(bytes, out FuseRequest request));
        Assert.Equal((Fuse.FUSE_RENAME2, 7UL, 9UL), (request.Operation, request.Node, request.Unique));
        Assert.True(request.TryReadNames(out fuse_rename2_in to, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> newName));
        Assert.Equal((8UL, 1U, "lab", "bench"), (to.newdir, to.flags, Encoding.ASCII.GetString(name), Encoding.ASCII.GetString(newName)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    [InlineData(41)]
    [InlineData(uint.MaxValue)]
    public void A_length_that_is_not_that_of_the_bytes_is_refused(uint length)
    {
        byte[] bytes = PaperKernel.Request(Fuse.FUSE_GETATTR, 1, 1);
        BitConverter.TryWriteBytes(bytes, length);
        Assert.False(FuseRequest.TryParse(bytes, out _));
    }

    [Fact]
    public void Extensions_are_cut_off_and_cannot_be_longer_than_the_body()
    {
        byte[] bytes = PaperKernel.Request(Fuse.FUSE_LOOKUP, 1, 1, PaperKernel.Text("lab"), new byte[12]);
        bytes[36] = 1; // total_extlen, of eight bytes
        Assert.True(FuseRequest.TryParse(bytes, out FuseRequest request));
        Assert.Equal(8, request.Body.Length);
        bytes[36] = 3;
        Assert.False(FuseRequest.TryParse(bytes, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lab")]
    [InlineData("\0lab\0")]
    public void A_name_without_its_end_or_without_a_letter_is_refused(string text)
    {
        Assert.True(FuseRequest.TryParse(PaperKernel.Request(Fuse.FUSE_LOOKUP, 1, 1, Encoding.ASCII.GetBytes(text)), out FuseRequest request));
        Assert.False(request.TryName(out _));
        Assert.False(request.TryNames(out _, out _));
        Assert.False(request.TryReadNamed(out fuse_mkdir_in _, out _));
    }

    [Fact]
    public void Entries_that_have_no_room_are_left_for_the_next_read()
    {
        Span<byte> space = stackalloc byte[70];
        var entries = new FuseEntries(space);
        Assert.True(entries.TryAdd(1, 1, Stat.S_IFDIR, "a"));
        Assert.Equal(32, entries.Length);
        Assert.True(entries.TryAdd(2, 2, Stat.S_IFLNK, "12345678"));
        Assert.Equal(64, entries.Length);
        Assert.False(entries.TryAdd(3, 3, Stat.S_IFREG, "c"));
        Assert.Equal([4, 10], [space[20], space[52]]);
    }
}
