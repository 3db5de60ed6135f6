using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>Bridges: one network for many namespaces, each on a wire of its own. man: bridge(8), rtnetlink(7)</summary>
public static class NetworkBridges
{
    /// <summary>Makes a bridge, unless one of that name is there, and attaches namespaces to it.</summary>
    /// <param name="bridge">The bridge: where, its name, its own addresses.</param>
    /// <param name="members">The ends that come to lie in other namespaces.</param>
    /// <param name="mtu">The most bytes in a packet; 0 is the kernel's choice.</param>
    /// <returns>The name of each member's device, in the members' order.</returns>
    /// <exception cref="NetworkDeviceException">It cannot be; what was made for it is gone.</exception>
    public static IReadOnlyList<string> Attach(WireEnd bridge, IReadOnlyList<WireEnd> members, uint mtu = 0)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        ArgumentNullException.ThrowIfNull(members);
        DeviceNames.Check(bridge.Name);
        string attempt = $"cannot make the bridge \"{bridge.Name}\" in {bridge.Network}";
        using NetlinkSocket socket = bridge.Network.OpenNetlink();
        List<string> ports = [];
        NetworkLink? existing = Links.Find(socket, bridge.Name);
        if (existing is not null && existing.Kind != "bridge")
        {
            throw new NetworkDeviceException($"{attempt}: a device of that name is there, and is no bridge", "choose another name");
        }

        try
        {
            if (existing is null)
            {
                NetworkWires.Check(attempt, Links.TryAddBridge(socket, bridge.Name, mtu));
            }

            NetworkWires.SetUp(attempt, socket, bridge.Name, bridge);
            NetworkLink device = Links.Find(socket, bridge.Name) ?? throw new NetworkDeviceException($"{attempt}: it is gone");
            List<string> names = [];
            foreach (WireEnd member in members)
            {
                (string port, string name) = NetworkWires.Connect(new WireEnd(bridge.Network, PortTemplate(bridge.Name), []), member, mtu);
                ports.Add(port);
                names.Add(name);
                NetworkLink wire = Links.Find(socket, port) ?? throw new NetworkDeviceException($"{attempt}: its port \"{port}\" is gone");
                NetworkWires.Check(attempt, Links.TrySetMaster(socket, wire.Index, device.Index));
            }

            return names;
        }
        catch
        {
            ports.ForEach(port => RemoveIfThere(socket, port));
            if (existing is null)
            {
                RemoveIfThere(socket, bridge.Name);
            }

            throw;
        }
    }

    /// <summary>Removes a bridge with the wires that are attached to it; hardware that is attached stays, on its own.</summary>
    /// <exception cref="NetworkDeviceException">There is none.</exception>
    public static void Remove(NetworkNamespace network, string name)
    {
        ArgumentNullException.ThrowIfNull(network);
        string attempt = $"cannot remove the bridge \"{name}\" of {network}";
        using NetlinkSocket socket = network.OpenNetlink();
        NetworkLink? bridge = Links.Find(socket, name);
        if (bridge?.Kind != "bridge")
        {
            throw new NetworkDeviceException($"{attempt}: there is no bridge of that name", "\"rideau net list\" shows the devices");
        }

        foreach (NetworkLink link in Links.All(socket))
        {
            if (link.Master == bridge.Index && link.Kind == "veth")
            {
                NetworkWires.Check(attempt, Links.TryRemove(socket, link.Index), Errno.ENODEV);
            }
        }

        NetworkWires.Check(attempt, Links.TryRemove(socket, bridge.Index), Errno.ENODEV);
    }

    // "lan0-3" shows in lists to what it belongs; the name has room for four digits.
    private static string PortTemplate(string bridge) => string.Concat(bridge.AsSpan(0, Math.Min(bridge.Length, 10)), "-%d");

    private static void RemoveIfThere(NetlinkSocket socket, string name)
    {
        if (Links.Find(socket, name) is { } link)
        {
            _ = Links.TryRemove(socket, link.Index); // ignored: the first error is the one to be told
        }
    }
}
