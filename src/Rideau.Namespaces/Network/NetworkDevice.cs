using System.Collections.Generic;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>A network device with its addresses, and where its other end is.</summary>
/// <param name="Link">What the kernel says of it.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Master">The name of the bridge or bond that it is a part of; null for none.</param>
/// <param name="Peer">The name of what it hangs on; null where there is nothing, or it is not in sight.</param>
/// <param name="PeerNetwork">The network namespace of that; null where it is the device's own, or not in sight.</param>
public sealed record NetworkDevice(NetworkLink Link, IReadOnlyList<NetworkAddress> Addresses, string? Master, string? Peer, NamespaceInfo? PeerNetwork)
{
    /// <summary>True where it hangs on a device of a network that is not in sight.</summary>
    public bool IsPeerHidden => Link.LinkNamespace >= 0 && PeerNetwork is null;

    /// <summary>As a word: "up", "down", "no-carrier".</summary>
    public string State => !Link.IsUp ? "down" : Link.OperationalState is 2 or 3 ? "no-carrier" : "up";

    /// <summary>"veth", "bridge", "loopback"; "hardware" where the kernel has no word.</summary>
    public string Kind => Link.Kind.Length > 0 ? Link.Kind : Link.IsLoopback ? "loopback" : "hardware";
}
