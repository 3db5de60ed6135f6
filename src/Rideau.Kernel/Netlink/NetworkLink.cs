using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>A network device, as the kernel tells of it.</summary>
public sealed record NetworkLink
{
    /// <summary>Its number in its namespace.</summary>
    public int Index { get; init; }

    /// <summary>Its name: "eth0".</summary>
    public string Name { get; init; } = "";

    /// <summary>IFF_ flags.</summary>
    public uint Flags { get; init; }

    /// <summary>The most bytes in a packet.</summary>
    public uint Mtu { get; init; }

    /// <summary>Of its hardware, or empty.</summary>
    public byte[] HardwareAddress { get; init; } = [];

    /// <summary>"veth", "bridge", "macvlan"; empty for hardware.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The index of the bridge or bond that it is a part of, or 0.</summary>
    public int Master { get; init; }

    /// <summary>The index of the device that it hangs on: a veth's other end, what a vlan or macvlan is of; 0 for none.</summary>
    public int Link { get; init; }

    /// <summary>The number by which the network namespace knows the one that <see cref="Link"/> is in; -1 where it is the same one, or is not told.</summary>
    public int LinkNamespace { get; init; } = -1;

    /// <summary>IF_OPER_ of RFC 2863: 6 is up, 2 down, 0 unknown.</summary>
    public byte OperationalState { get; init; }

    /// <summary>True where it is set up.</summary>
    public bool IsUp => (Flags & Rtnetlink.IFF_UP) != 0;

    /// <summary>True for the device that every namespace has of its own.</summary>
    public bool IsLoopback => (Flags & Rtnetlink.IFF_LOOPBACK) != 0;
}
