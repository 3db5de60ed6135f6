using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces.Network;

/// <summary>A kind of socket, by the word that a person writes before the address.</summary>
/// <param name="Word">"tcp".</param>
/// <param name="Family">AF_…; of the internet's kinds that of IPv4, an address in brackets makes it IPv6's.</param>
/// <param name="Type">SOCK_…</param>
public sealed record SocketKind(string Word, int Family, int Type)
{
    public static readonly SocketKind Tcp = new("tcp", Socket.AF_INET, Socket.SOCK_STREAM);
    public static readonly SocketKind Udp = new("udp", Socket.AF_INET, Socket.SOCK_DGRAM);
    public static readonly SocketKind Unix = new("unix", Socket.AF_UNIX, Socket.SOCK_STREAM);
    public static readonly SocketKind UnixDatagram = new("unixgram", Socket.AF_UNIX, Socket.SOCK_DGRAM);
    public static readonly SocketKind UnixPacket = new("unixpacket", Socket.AF_UNIX, Socket.SOCK_SEQPACKET);
    public static readonly SocketKind Vsock = new("vsock", Socket.AF_VSOCK, Socket.SOCK_STREAM);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SocketKind> All { get; } = [Tcp, Udp, Unix, UnixDatagram, UnixPacket, Vsock];

    /// <summary>True where connections come to it, and not single messages.</summary>
    public bool HasConnections => Type != Socket.SOCK_DGRAM;

    /// <summary>True for a path or a name instead of a port.</summary>
    public bool IsUnix => Family == Socket.AF_UNIX;

    /// <summary>The kind of a word, or null.</summary>
    public static SocketKind? Find(ReadOnlySpan<char> word)
    {
        foreach (SocketKind kind in All)
        {
            if (word.SequenceEqual(kind.Word))
            {
                return kind;
            }
        }

        return null;
    }
}
