using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>A message to the kernel: its head, a fixed part, attributes.</summary>
/// <remarks>man: netlink(7)</remarks>
public sealed class NetlinkRequest
{
    private const int LimitBytes = 32 * 1024;
    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>Begins one. NLM_F_REQUEST and NLM_F_ACK are added to the flags.</summary>
    public NetlinkRequest(ushort type, int flags = 0)
    {
        Type = type;
        Flags = (ushort)(flags | Abi.Netlink.NLM_F_REQUEST | Abi.Netlink.NLM_F_ACK);
        _length = Unsafe.SizeOf<nlmsghdr>();
    }

    /// <summary>The kind of message: RTM_NEWLINK.</summary>
    public ushort Type { get; }

    /// <summary>NLM_F_ flags.</summary>
    public ushort Flags { get; }

    /// <summary>Adds the fixed part that the kind of message has.</summary>
    public NetlinkRequest Add<T>(in T part)
        where T : unmanaged
    {
        MemoryMarshal.Write(Room(Unsafe.SizeOf<T>()), in part);
        return this;
    }

    /// <summary>Adds an attribute.</summary>
    public NetlinkRequest Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> room = Room(Unsafe.SizeOf<nlattr>() + value.Length);
        MemoryMarshal.Write(room, new nlattr { nla_len = checked((ushort)(Unsafe.SizeOf<nlattr>() + value.Length)), nla_type = type });
        value.CopyTo(room[Unsafe.SizeOf<nlattr>()..]);
        return this;
    }

    /// <summary>Adds an attribute with a number.</summary>
    public NetlinkRequest Attribute(ushort type, uint value) => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    /// <summary>Adds an attribute with a number, unless it is 0.</summary>
    public NetlinkRequest AttributeUnlessZero(ushort type, uint value) => value == 0 ? this : Attribute(type, value);

    /// <summary>Adds an attribute with a text that ends with NUL.</summary>
    public NetlinkRequest Attribute(ushort type, string value) => Attribute(type, Encoding.UTF8.GetBytes(value + '\0'));

    /// <summary>Adds an attribute that holds what is added in between.</summary>
    public NetlinkRequest Nest(ushort type, Action<NetlinkRequest> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        int begin = _length;
        _ = Room(Unsafe.SizeOf<nlattr>());
        content(this);
        MemoryMarshal.Write(_bytes.AsSpan(begin), new nlattr { nla_len = checked((ushort)(_length - begin)), nla_type = (ushort)(type | Abi.Netlink.NLA_F_NESTED) });
        return this;
    }

    /// <summary>The message as it is sent.</summary>
    internal ReadOnlySpan<byte> Finish(uint sequence)
    {
        MemoryMarshal.Write(_bytes, new nlmsghdr { nlmsg_len = (uint)_length, nlmsg_type = Type, nlmsg_flags = Flags, nlmsg_seq = sequence });
        return _bytes.AsSpan(0, _length);
    }

    // Everything begins at a multiple of four; what is between is zero.
    private Span<byte> Room(int size)
    {
        int begin = _length;
        int end = begin + ((size + 3) & ~3);
        if (end > LimitBytes)
        {
            throw new LinuxException("sendto", Errno.EMSGSIZE, $"netlink message of more than {LimitBytes} bytes");
        }

        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
        }

        _length = end;
        return _bytes.AsSpan(begin, size);
    }
}
