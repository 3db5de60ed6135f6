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

    /// <summary>True where somebody has set it, and it does not expire.</summary>
    public bool IsPermanent => (Flags & Rtnetlink.IFA_F_PERMANENT) != 0;

    /// <summary>"192.0.2.1/24".</summary>
    public override string ToString() => $"{new System.Net.IPAddress(Local.Length > 0 ? Local : Address)}/{PrefixLength}";
}
