using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>Goes through attributes one by one. Ends at the first whose length cannot be.</summary>
/// <example><code>
/// for (NetlinkAttributes attributes = message.Attributes&lt;ifinfomsg&gt;(); attributes.MoveNext();) { ... }
/// </code></example>
public ref struct NetlinkAttributes
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Goes through these bytes: the inside of a message, or of an attribute that holds others.</summary>
    public NetlinkAttributes(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>The kind, without its flags.</summary>
    public ushort Type { get; private set; }

    /// <summary>The value's bytes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value as a number; 0 where it is too short for one.</summary>
    public readonly uint Number => MemoryMarshal.TryRead(Value, out uint number) ? number : 0;

    /// <summary>The value as a text without its NUL.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Value.IndexOf((byte)0) is var end and >= 0 ? Value[..end] : Value);

    /// <summary>The attributes that this one holds.</summary>
    public readonly NetlinkAttributes Inside => new(Value);

    /// <summary>Moves to the next; false at the end.</summary>
    public bool MoveNext()
    {
        int headSize = Unsafe.SizeOf<nlattr>();
        if (!MemoryMarshal.TryRead(_rest, out nlattr head) || head.nla_len < headSize || head.nla_len > _rest.Length)
        {
            _rest = default;
            return false;
        }

        Type = (ushort)(head.nla_type & Abi.Netlink.NLA_TYPE_MASK);
        Value = _rest[headSize..head.nla_len];
        _rest = _rest[Math.Min((head.nla_len + 3) & ~3, _rest.Length)..];
        return true;
    }
}
