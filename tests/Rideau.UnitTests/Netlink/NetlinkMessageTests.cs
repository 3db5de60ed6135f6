using System;
using System.Buffers.Binary;
using System.Linq;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Netlink;
using Xunit;

namespace Rideau.UnitTests.Netlink;

/// <summary>Messages from the kernel are read within their bounds, whatever the bytes are.</summary>
public sealed class NetlinkMessageTests
{
    [Fact]
    public void Messages_and_attributes_are_read_one_after_the_other()
    {
        byte[] attribute = [7, 0, 3, 0, (byte)'l', (byte)'o', 0, 0];
        byte[] number = [8, 0, 4, 0, 0x78, 0x05, 0, 0];
        byte[] first = Message(16, [.. new byte[16], .. attribute, .. number]);
        ReadOnlySpan<byte> rest = (byte[])[.. first, .. Message(3, [0, 0, 0, 0])];
        Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage link));
        Assert.Equal(16, link.Type);
        NetlinkAttributes attributes = link.Attributes<ifinfomsg>();
        Assert.True(attributes.MoveNext());
        Assert.Equal((3, "lo"), (attributes.Type, attributes.Text));
        Assert.True(attributes.MoveNext());
        Assert.Equal((4, 1400u), (attributes.Type, attributes.Number));
        Assert.False(attributes.MoveNext());
        Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage done));
        Assert.Equal(3, done.Type);
        Assert.False(NetlinkMessage.TryTake(ref rest, out _));
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(15, 16)]
    [InlineData(17, 16)]
    [InlineData(uint.MaxValue, 16)]
    [InlineData(20, 3)]
    public void A_length_that_cannot_be_is_refused(uint length, int received)
    {
        byte[] bytes = new byte[received];
        if (received >= 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        }

        LinuxException failure = Assert.Throws<LinuxException>(() =>
        {
            ReadOnlySpan<byte> rest = bytes;
            NetlinkMessage.TryTake(ref rest, out _);
        });
        Assert.Equal(Errno.EBADMSG, failure.Errno);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(65535)]
    public void An_attribute_whose_length_cannot_be_is_the_end(ushort length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, length);
        Assert.False(new NetlinkAttributes(bytes).MoveNext());
    }

    [Fact]
    public void Random_bytes_are_gone_through_without_leaving_their_bounds()
    {
        var random = new Random(20261126);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            // Lengths that are nearly right reach further than random ones.
            for (int i = 0; i + 1 < bytes.Length; i += 4)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i), (ushort)random.Next(0, 24));
            }

            int count = 0;
            for (var attributes = new NetlinkAttributes(bytes); attributes.MoveNext(); count++)
            {
                _ = attributes.Text;
                _ = attributes.Number;
                for (NetlinkAttributes inside = attributes.Inside; inside.MoveNext();)
                {
                    Assert.True(inside.Value.Length < bytes.Length);
                }
            }

            Assert.True(count <= bytes.Length / 4);
        }
    }

    /// <summary>Devices and addresses of random attributes: nothing beyond the bytes is read, and what is too short counts as not there.</summary>
    [Fact]
    public void Devices_and_addresses_are_read_from_whatever_comes()
    {
        var random = new Random(20261127);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] payload = new byte[random.Next(0, 120)];
            random.NextBytes(payload);
            int first = round % 2 == 0 ? 16 : 8;
            for (int at = first; at + 4 <= payload.Length; at += random.Next(4, 16))
            {
                BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(at), (ushort)random.Next(0, 20));
                BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(at + 2), (ushort)random.Next(0, 40));
            }

            ReadOnlySpan<byte> rest = Message((ushort)(round % 2 == 0 ? 16 : 20), payload);
            Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage message));
            _ = Links.Read(message)?.Name;
            Assert.True(Addresses.Read(message) is not { } address || address.Local.Length <= payload.Length);
        }
    }

    [Fact]
    public void A_request_that_grows_over_its_limit_is_refused() =>
        Assert.Equal(Errno.EMSGSIZE, Assert.Throws<LinuxException>(() =>
        {
            var request = new NetlinkRequest(16);
            foreach (int unused in Enumerable.Range(0, 100))
            {
                request.Attribute(1, new byte[1000]);
            }
        }).Errno);

    [Fact]
    public void The_kernel_lists_the_loopback_device_and_finds_it_by_name()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetworkLink listed = Links.All(socket).Single(link => link.IsLoopback);
        NetworkLink found = Links.Find(socket, listed.Name)!;
        Assert.Equal((listed.Index, listed.Name, listed.Mtu), (found.Index, found.Name, found.Mtu));
        Assert.Null(Links.Find(socket, "rideau-none"));
    }

    [Fact]
    public void An_error_comes_with_the_kernels_words()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkAnswer answer = Addresses.TryAdd(socket, int.MaxValue, new NetworkAddress { Family = 2, PrefixLength = 99, Local = [192, 0, 2, 1], Address = [192, 0, 2, 1] });
        Assert.False(answer.Succeeded);
        Assert.Contains("E", answer.Describe(), StringComparison.Ordinal);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.NotEmpty(answer.Explanation);
        }
    }

    private static byte[] Message(ushort type, byte[] payload)
    {
        byte[] bytes = new byte[16 + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), type);
        payload.CopyTo(bytes, 16);
        return bytes;
    }
}
