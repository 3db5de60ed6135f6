using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Netlink;

/// <summary>Network devices of the socket's namespace: found, listed, changed, moved, made. man: rtnetlink(7) · runs in: caller</summary>
public static class Links
{
    /// <summary>The device with a name, or null.</summary>
    public static NetworkLink? Find(NetlinkSocket socket, string name)
    {
        ArgumentNullException.ThrowIfNull(socket);
        NetworkLink? found = null;
        NetlinkAnswer answer = socket.Ask(
            new NetlinkRequest(Rtnetlink.RTM_GETLINK).Add(new ifinfomsg()).Attribute(Rtnetlink.IFLA_IFNAME, name),
            (scoped in NetlinkMessage message) => found = Read(message) ?? found);
        if (answer.Errno != Errno.ENODEV)
        {
            answer.Check("RTM_GETLINK", $"\"{name}\"");
        }

        return found;
    }

    /// <summary>All devices.</summary>
    public static IReadOnlyList<NetworkLink> All(NetlinkSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var links = new List<NetworkLink>();
        socket.List(
            new NetlinkRequest(Rtnetlink.RTM_GETLINK, Abi.Netlink.NLM_F_DUMP).Add(new ifinfomsg()),
            links.Clear,
            (scoped in NetlinkMessage message) =>
            {
                if (Read(message) is { } link)
                {
                    links.Add(link);
                }
            });
        return links;
    }

    /// <summary>Sets a device up or down.</summary>
    public static NetlinkAnswer TrySetUp(NetlinkSocket socket, int index, bool up)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_NEWLINK).Add(new ifinfomsg { ifi_index = index, ifi_flags = up ? Rtnetlink.IFF_UP : 0, ifi_change = Rtnetlink.IFF_UP }));
    }

    /// <summary>Moves a device to another namespace and gives it a name there, in one step. It is down then, and has no addresses.</summary>
    public static NetlinkAnswer TryMove(NetlinkSocket socket, int index, OwnedFd networkNamespace, string name)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(networkNamespace);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_NEWLINK)
            .Add(new ifinfomsg { ifi_index = index })
            .Attribute(Rtnetlink.IFLA_IFNAME, name)
            .Attribute(Rtnetlink.IFLA_NET_NS_FD, (uint)networkNamespace.Number));
    }

    /// <summary>Makes a pair of devices that are the ends of one wire.</summary>
    /// <param name="socket">Where the first is made.</param>
    /// <param name="name">The first.</param>
    /// <param name="peer">The second.</param>
    /// <param name="peerNamespace">Where the second is made; null: beside the first.</param>
    /// <param name="mtu">The most bytes in a packet, of both; 0 is the kernel's choice.</param>
    public static NetlinkAnswer TryAddPair(NetlinkSocket socket, string name, string peer, OwnedFd? peerNamespace = null, uint mtu = 0)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_NEWLINK, Abi.Netlink.NLM_F_CREATE | Abi.Netlink.NLM_F_EXCL)
            .Add(new ifinfomsg())
            .Attribute(Rtnetlink.IFLA_IFNAME, name)
            .AttributeUnlessZero(Rtnetlink.IFLA_MTU, mtu)
            .Nest(Rtnetlink.IFLA_LINKINFO, info => info
                .Attribute(Rtnetlink.IFLA_INFO_KIND, "veth")
                .Nest(Rtnetlink.IFLA_INFO_DATA, data => data.Nest(Rtnetlink.VETH_INFO_PEER, other =>
                {
                    other.Add(new ifinfomsg()).Attribute(Rtnetlink.IFLA_IFNAME, peer).AttributeUnlessZero(Rtnetlink.IFLA_MTU, mtu);
                    if (peerNamespace is not null)
                    {
                        other.Attribute(Rtnetlink.IFLA_NET_NS_FD, (uint)peerNamespace.Number);
                    }
                }))));
    }

    /// <summary>Makes a bridge: a switch in software.</summary>
    /// <param name="socket">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mtu">The most bytes in a packet; 0 is that of the devices that are attached.</param>
    public static NetlinkAnswer TryAddBridge(NetlinkSocket socket, string name, uint mtu = 0)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_NEWLINK, Abi.Netlink.NLM_F_CREATE | Abi.Netlink.NLM_F_EXCL)
            .Add(new ifinfomsg())
            .Attribute(Rtnetlink.IFLA_IFNAME, name)
            .AttributeUnlessZero(Rtnetlink.IFLA_MTU, mtu)
            .Nest(Rtnetlink.IFLA_LINKINFO, static info => info.Attribute(Rtnetlink.IFLA_INFO_KIND, "bridge")));
    }

    /// <summary>Attaches a device to a bridge of the same namespace.</summary>
    public static NetlinkAnswer TrySetMaster(NetlinkSocket socket, int index, int master)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_NEWLINK).Add(new ifinfomsg { ifi_index = index }).Attribute(Rtnetlink.IFLA_MASTER, (uint)master));
    }

    /// <summary>The number by which the socket's namespace knows another one.</summary>
    /// <returns>The number, or -1 where it knows it by none: no device there hangs on one here.</returns>
    public static int NumberOf(NetlinkSocket socket, OwnedFd networkNamespace)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(networkNamespace);
        int number = -1;
        _ = socket.Ask(
            new NetlinkRequest(Rtnetlink.RTM_GETNSID).Add(new rtgenmsg()).Attribute(Rtnetlink.NETNSA_FD, (uint)networkNamespace.Number),
            (scoped in NetlinkMessage message) =>
            {
                if (message.Type != Rtnetlink.RTM_NEWNSID)
                {
                    return;
                }

                for (NetlinkAttributes attributes = message.Attributes<rtgenmsg>(); attributes.MoveNext();)
                {
                    number = attributes.Type == Rtnetlink.NETNSA_NSID && attributes.Value.Length >= sizeof(int) ? (int)attributes.Number : number;
                }
            }); // ignored: one that cannot be asked for has no number here
        return number;
    }

    /// <summary>Removes a device; its other end goes with it.</summary>
    public static NetlinkAnswer TryRemove(NetlinkSocket socket, int index)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.Ask(new NetlinkRequest(Rtnetlink.RTM_DELLINK).Add(new ifinfomsg { ifi_index = index }));
    }

    internal static NetworkLink? Read(in NetlinkMessage message)
    {
        if (message.Type != Rtnetlink.RTM_NEWLINK || !message.TryRead(out ifinfomsg part))
        {
            return null;
        }

        var link = new NetworkLink { Index = part.ifi_index, Flags = part.ifi_flags };
        for (NetlinkAttributes attributes = message.Attributes<ifinfomsg>(); attributes.MoveNext();)
        {
            link = attributes.Type switch
            {
                Rtnetlink.IFLA_IFNAME => link with { Name = attributes.Text },
                Rtnetlink.IFLA_MTU => link with { Mtu = attributes.Number },
                Rtnetlink.IFLA_MASTER => link with { Master = (int)attributes.Number },
                Rtnetlink.IFLA_LINK => link with { Link = (int)attributes.Number },
                Rtnetlink.IFLA_LINK_NETNSID => link with { LinkNamespace = (int)attributes.Number },
                Rtnetlink.IFLA_OPERSTATE => link with { OperationalState = attributes.Value.Length > 0 ? attributes.Value[0] : (byte)0 },
                Rtnetlink.IFLA_ADDRESS => link with { HardwareAddress = attributes.Value.ToArray() },
                Rtnetlink.IFLA_LINKINFO => link with { Kind = KindOf(attributes.Inside) },
                _ => link,
            };
        }

        return link;
    }

    private static string KindOf(NetlinkAttributes information)
    {
        while (information.MoveNext())
        {
            if (information.Type == Rtnetlink.IFLA_INFO_KIND)
            {
                return information.Text;
            }
        }

        return "";
    }
}
