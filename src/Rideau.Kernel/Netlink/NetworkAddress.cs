using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>An address of a network device, with what it was given by.</summary>
public sealed record NetworkAddress
{
    /// <summary>AF_INET (2), AF_INET6 (10).</summary>
    public byte Family { get; init; }

    /// <summary>Bits of the network's part.</summary>
    public byte PrefixLength { get; init; }

    /// <summary>RT_SCOPE_: how far it is valid.</summary>
    public byte Scope { get; init; }

    /// <summary>IFA_F_ flags.</summary>
    public uint Flags { get; init; }

    /// <summary>The device.</summary>
    public int Index { get; init; }

    /// <summary>IFA_LOCAL; empty for IPv6 without a peer.</summary>
    public byte[] Local { get; init; } = [];

    /// <summary>IFA_ADDRESS: the address itself, or that of a peer.</summary>
    public byte[] Address { get; init; } = [];

    /// <summary>IPv4's, or empty.</summary>
    public byte[] Broadcast { get; init; } = [];

    /// <summary>IPv4's: the device's name, or "eth0:web".</summary>
    public string Label { get; init; } = "";

    /// <summary>The metric of the route that it makes, or 0.</summary>
    public uint Priority { get; init; }

    /// <summary>Reads "192.0.2.1/24" or "2001:db8::1/64". IPv6 addresses are used at once, without a search for others that have them.</summary>
    /// <returns>False where it is none; without a slash it is one of a single machine.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out NetworkAddress? address)
    {
        address = null;
        int slash = text.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out IPAddress? parsed) || parsed.ToString().Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        byte[] bytes = parsed.GetAddressBytes();
        byte length = (byte)(bytes.Length * 8);
        if (slash >= 0 && (!byte.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bytes.Length * 8))
        {
            return false;
        }

        bool six = bytes.Length == 16;
        address = new NetworkAddress { Family = (byte)(six ? SocketAbi.AF_INET6 : SocketAbi.AF_INET), PrefixLength = length, Local = bytes, Address = bytes, Flags = six ? Rtnetlink.IFA_F_NODAD : 0 };
        return true;
    }

    /// <summary>True where somebody has set it, and it does not expire.</summary>
    public bool IsPermanent => (Flags & Rtnetlink.IFA_F_PERMANENT) != 0;

    /// <summary>"192.0.2.1/24".</summary>
    public override string ToString() => $"{new IPAddress(Local.Length > 0 ? Local : Address)}/{PrefixLength}";
}
