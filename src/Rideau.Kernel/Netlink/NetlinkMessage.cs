using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>A message from the kernel, in the buffer that it was received into.</summary>
public readonly ref struct NetlinkMessage
{
    internal NetlinkMessage(nlmsghdr head, ReadOnlySpan<byte> payload)
    {
        Type = head.nlmsg_type;
        Flags = head.nlmsg_flags;
        Sequence = head.nlmsg_seq;
        Payload = payload;
    }

    /// <summary>The kind of message: RTM_NEWLINK.</summary>
    public ushort Type { get; }

    /// <summary>NLM_F_ flags.</summary>
    public ushort Flags { get; }

    /// <summary>The number of the request that it answers.</summary>
    public uint Sequence { get; }

    /// <summary>Everything behind the head.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The fixed part; false where the message is too short for it.</summary>
    public bool TryRead<T>(out T part)
        where T : unmanaged => MemoryMarshal.TryRead(Payload, out part);

    /// <summary>The attributes behind a fixed part.</summary>
    public NetlinkAttributes Attributes<T>()
        where T : unmanaged
    {
        int fixedPart = (Unsafe.SizeOf<T>() + 3) & ~3;
        return new NetlinkAttributes(fixedPart < Payload.Length ? Payload[fixedPart..] : default);
    }

    /// <summary>Takes the first message off what was received.</summary>
    /// <param name="rest">What was received; afterwards what is behind the message.</param>
    /// <param name="message">The message.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="LinuxException">EBADMSG: a length that cannot be.</exception>
    public static bool TryTake(ref ReadOnlySpan<byte> rest, out NetlinkMessage message)
    {
        message = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        int headSize = Unsafe.SizeOf<nlmsghdr>();
        if (!MemoryMarshal.TryRead(rest, out nlmsghdr head) || head.nlmsg_len < headSize || head.nlmsg_len > rest.Length)
        {
            throw new LinuxException("recvfrom", Errno.EBADMSG, $"netlink message of {head.nlmsg_len} bytes, {rest.Length} received");
        }

        int length = (int)head.nlmsg_len;
        message = new NetlinkMessage(head, rest[headSize..length]);
        rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        return true;
    }
}
