using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Netlink;

/// <summary>Addresses of the devices of the socket's namespace. man: rtnetlink(7) · runs in: caller</summary>
public static class Addresses
{
    // The rest is what the kernel says of an address, not what it is told.
    private const uint GivenFlags = Rtnetlink.IFA_F_NODAD | Rtnetlink.IFA_F_HOMEADDRESS | Rtnetlink.IFA_F_MANAGETEMPADDR | Rtnetlink.IFA_F_NOPREFIXROUTE | Rtnetlink.IFA_F_MCAUTOJOIN;

    /// <summary>The addresses of one device, of all families.</summary>
    public static IReadOnlyList<NetworkAddress> Of(NetlinkSocket socket, int index) => List(socket, index);

    /// <summary>The addresses of all devices.</summary>
    public static IReadOnlyList<NetworkAddress> All(NetlinkSocket socket) => List(socket, 0);

    private static List<NetworkAddress> List(NetlinkSocket socket, int index)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var addresses = new List<NetworkAddress>();
        socket.List(
            new NetlinkRequest(Rtnetlink.RTM_GETADDR, Abi.Netlink.NLM_F_DUMP).Add(new ifaddrmsg()),
            addresses.Clear,
            (scoped in NetlinkMessage message) =>
            {
                if (Read(message) is { } address && (index == 0 || address.Index == index))
                {
                    addresses.Add(address);
                }
            });
        return addresses;
    }

    /// <summary>Gives a device an address with everything that it had on another device.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The device.</param>
    /// <param name="address">The address.</param>
    public static NetlinkAnswer TryAdd(NetlinkSocket socket, int index, NetworkAddress address)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(address);
        NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWADDR, Abi.Netlink.NLM_F_CREATE | Abi.Netlink.NLM_F_EXCL)
            .Add(new ifaddrmsg { ifa_family = address.Family, ifa_prefixlen = address.PrefixLength, ifa_scope = address.Scope, ifa_index = (uint)index });
        Bytes(request, Rtnetlink.IFA_LOCAL, address.Local);
        Bytes(request, Rtnetlink.IFA_ADDRESS, address.Address);
        Bytes(request, Rtnetlink.IFA_BROADCAST, address.Broadcast);
        if (address.Label.Length > 0)
        {
            request.Attribute(Rtnetlink.IFA_LABEL, address.Label);
        }

        if ((address.Flags & GivenFlags) != 0)
        {
            request.Attribute(Rtnetlink.IFA_FLAGS, address.Flags & GivenFlags);
        }

        if (address.Priority != 0)
        {
            request.Attribute(Rtnetlink.IFA_RT_PRIORITY, address.Priority);
        }

        return socket.Ask(request);
    }

    private static void Bytes(NetlinkRequest request, ushort type, byte[] value)
    {
        if (value.Length > 0)
        {
            request.Attribute(type, value);
        }
    }

    internal static NetworkAddress? Read(in NetlinkMessage message)
    {
        if (message.Type != Rtnetlink.RTM_NEWADDR || !message.TryRead(out ifaddrmsg part))
        {
            return null;
        }

        var address = new NetworkAddress { Family = part.ifa_family, PrefixLength = part.ifa_prefixlen, Scope = part.ifa_scope, Flags = part.ifa_flags, Index = (int)part.ifa_index };
        for (NetlinkAttributes attributes = message.Attributes<ifaddrmsg>(); attributes.MoveNext();)
        {
            address = attributes.Type switch
            {
                Rtnetlink.IFA_LOCAL => address with { Local = attributes.Value.ToArray() },
                Rtnetlink.IFA_ADDRESS => address with { Address = attributes.Value.ToArray() },
                Rtnetlink.IFA_BROADCAST => address with { Broadcast = attributes.Value.ToArray() },
                Rtnetlink.IFA_LABEL => address with { Label = attributes.Text },
                Rtnetlink.IFA_FLAGS => address with { Flags = attributes.Number },
                Rtnetlink.IFA_RT_PRIORITY => address with { Priority = attributes.Number },
                _ => address,
            };
        }

        return address;
    }
}
