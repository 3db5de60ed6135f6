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
    public static readonly SocketKind Tcp = new("tcp", SocketAbi.AF_INET, SocketAbi.SOCK_STREAM);
    public static readonly SocketKind Udp = new("udp", SocketAbi.AF_INET, SocketAbi.SOCK_DGRAM);
    public static readonly SocketKind Unix = new("unix", SocketAbi.AF_UNIX, SocketAbi.SOCK_STREAM);
    public static readonly SocketKind UnixDatagram = new("unixgram", SocketAbi.AF_UNIX, SocketAbi.SOCK_DGRAM);
    public static readonly SocketKind UnixPacket = new("unixpacket", SocketAbi.AF_UNIX, SocketAbi.SOCK_SEQPACKET);
    public static readonly SocketKind Vsock = new("vsock", SocketAbi.AF_VSOCK, SocketAbi.SOCK_STREAM);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SocketKind> All { get; } = [Tcp, Udp, Unix, UnixDatagram, UnixPacket, Vsock];

    /// <summary>True where connections come to it, and not single messages.</summary>
    public bool HasConnections => Type != SocketAbi.SOCK_DGRAM;

    /// <summary>True for a path or a name instead of a port.</summary>
    public bool IsUnix => Family == SocketAbi.AF_UNIX;

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
