using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>Wires between network namespaces: pairs of veth devices, each with its addresses, set up.</summary>
/// <remarks>
/// It takes CAP_NET_ADMIN in both networks, which an ordinary user has where user namespaces of his own own them. man: veth(4), rtnetlink(7)
/// </remarks>
public static class NetworkWires
{
    private const string Rights = "it takes CAP_NET_ADMIN in both networks: be root, or the owner of the user namespaces that own them";

    /// <summary>Lays a wire.</summary>
    /// <param name="one">The first end.</param>
    /// <param name="other">The second end, in another namespace.</param>
    /// <param name="mtu">The most bytes in a packet; 0 is the kernel's choice.</param>
    /// <returns>The names that the ends have got.</returns>
    /// <exception cref="NetworkDeviceException">It cannot be laid, and nothing is left of it.</exception>
    /// <exception cref="NamespaceException">A network may not be entered.</exception>
    public static (string One, string Other) Connect(WireEnd one, WireEnd other, uint mtu = 0)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        string attempt = $"cannot connect {one.Network} and {other.Network}";
        if (one.Network.Identity.IsSame(other.Network.Identity))
        {
            throw new NetworkDeviceException($"{attempt}: both are the same network namespace", "a wire leads from one to another");
        }

        DeviceNames.Check(one.Name);
        DeviceNames.Check(other.Name);
        using NetlinkSocket here = one.Network.OpenNetlink();
        using NetlinkSocket there = other.Network.OpenNetlink();
        (string One, string Other) names = Lay(attempt, here, there, one, other, mtu);
        try
        {
            SetUp(attempt, here, names.One, one);
            SetUp(attempt, there, names.Other, other);
            return names;
        }
        catch
        {
            if (Links.Find(here, names.One) is { } made)
            {
                _ = Links.TryRemove(here, made.Index); // ignored: the first error is the one to be told
            }

            throw;
        }
    }

    /// <summary>Takes all wires between two networks away.</summary>
    /// <returns>The names of the ends in the first.</returns>
    /// <exception cref="NetworkDeviceException">There is none, or it may not be taken away.</exception>
    public static IReadOnlyList<string> Disconnect(NetworkNamespace one, NetworkNamespace other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        string attempt = $"cannot disconnect {one} from {other}";
        using NetlinkSocket socket = one.OpenNetlink();
        int number = Links.NumberOf(socket, other.Handle);
        List<string> removed = [];
        foreach (NetworkLink link in Links.All(socket))
        {
            if (link.Kind == "veth" && number >= 0 && link.LinkNamespace == number)
            {
                Check(attempt, Links.TryRemove(socket, link.Index), Errno.ENODEV);
                removed.Add(link.Name);
            }
        }

        return removed.Count > 0 ? removed : throw new NetworkDeviceException($"{attempt}: there is no wire between them", "\"rideau net list TARGET\" shows where the wires of a network lead");
    }

    /// <summary>Gives a device its addresses and sets it up.</summary>
    internal static void SetUp(string attempt, NetlinkSocket socket, string name, WireEnd end)
    {
        NetworkLink link = Links.Find(socket, name) ?? throw new NetworkDeviceException($"{attempt}: \"{name}\" is gone from {end.Network}");
        foreach (NetworkAddress address in end.Addresses)
        {
            NetlinkAnswer answer = Addresses.TryAdd(socket, link.Index, address);
            if (!answer.Succeeded)
            {
                throw new NetworkDeviceException($"{attempt}: cannot give \"{name}\" in {end.Network} the address {address}: {answer.Describe()}");
            }
        }

        Check($"{attempt}: cannot set \"{name}\" up", Links.TrySetUp(socket, link.Index, up: true));
    }

    internal static void Check(string attempt, NetlinkAnswer answer, int tolerated = 0)
    {
        if (!answer.Succeeded && answer.Errno != tolerated)
        {
            throw new NetworkDeviceException($"{attempt}: {answer.Describe()}", answer.Errno == Errno.EPERM ? Rights : null);
        }
    }

    private static (string One, string Other) Lay(string attempt, NetlinkSocket here, NetlinkSocket there, WireEnd one, WireEnd other, uint mtu)
    {
        // Both names are looked for before anything is made; who loses a race tries the next.
        foreach (string name in DeviceNames.Free(here, one.Name))
        {
            foreach (string peer in DeviceNames.Free(there, other.Name))
            {
                NetlinkAnswer answer = Taken(here, name, one) ?? Taken(there, peer, other) ?? Links.TryAddPair(here, name, peer, other.Network.Handle, mtu);
                if (answer.Succeeded)
                {
                    return (name, peer);
                }

                if (answer.Errno != Errno.EEXIST || !(DeviceNames.IsTemplate(one.Name) || DeviceNames.IsTemplate(other.Name)))
                {
                    throw new NetworkDeviceException($"{attempt}: {answer.Describe()}", answer.Errno == Errno.EPERM ? Rights : answer.Errno == Errno.EEXIST ? "choose another name, or a template: \"eth%d\"" : null);
                }

                if (Links.Find(here, name) is not null)
                {
                    break;
                }
            }
        }

        throw new NetworkDeviceException($"{attempt}: no name of the form \"{one.Name}\" and \"{other.Name}\" is free", "choose others");
    }

    private static NetlinkAnswer? Taken(NetlinkSocket socket, string name, WireEnd end) =>
        Links.Find(socket, name) is null ? null : new NetlinkAnswer(Errno.EEXIST, $"{end.Network} has a device \"{name}\"");
}
