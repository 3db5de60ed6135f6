using System.Runtime.InteropServices;

#pragma warning disable CS8981 // the kernel's names have no capitals

namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/rtnetlink.h, if_link.h, if_addr.h, if.h, veth.h · man: rtnetlink(7)</summary>
public static class Rtnetlink
{
    public const ushort RTM_NEWLINK = 16;
    public const ushort RTM_DELLINK = 17;
    public const ushort RTM_GETLINK = 18;
    public const ushort RTM_NEWADDR = 20;
    public const ushort RTM_DELADDR = 21;
    public const ushort RTM_GETADDR = 22;
    public const ushort RTM_NEWNSID = 88;
    public const ushort RTM_GETNSID = 90;

    public const ushort IFLA_ADDRESS = 1;
    public const ushort IFLA_IFNAME = 3;
    public const ushort IFLA_MTU = 4;
    public const ushort IFLA_LINK = 5;
    public const ushort IFLA_MASTER = 10;
    public const ushort IFLA_OPERSTATE = 16;
    public const ushort IFLA_LINKINFO = 18;
    public const ushort IFLA_NET_NS_FD = 28;
    public const ushort IFLA_LINK_NETNSID = 37;
    public const ushort IFLA_INFO_KIND = 1;
    public const ushort IFLA_INFO_DATA = 2;
    public const ushort VETH_INFO_PEER = 1;

    public const ushort NETNSA_NSID = 1;
    public const ushort NETNSA_FD = 3;

    public const ushort IFA_ADDRESS = 1;
    public const ushort IFA_LOCAL = 2;
    public const ushort IFA_LABEL = 3;
    public const ushort IFA_BROADCAST = 4;
    public const ushort IFA_FLAGS = 8;
    public const ushort IFA_RT_PRIORITY = 9;

    public const uint IFA_F_NODAD = 0x02;
    public const uint IFA_F_HOMEADDRESS = 0x10;
    public const uint IFA_F_PERMANENT = 0x80;
    public const uint IFA_F_MANAGETEMPADDR = 0x100;
    public const uint IFA_F_NOPREFIXROUTE = 0x200;
    public const uint IFA_F_MCAUTOJOIN = 0x400;

    public const byte RT_SCOPE_UNIVERSE = 0;

    public const uint IFF_UP = 0x1;
    public const uint IFF_LOOPBACK = 0x8;

    /// <summary>A name with its NUL.</summary>
    public const int IFNAMSIZ = 16;
}

/// <summary>The fixed part of a message about a device.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ifinfomsg
{
    public byte ifi_family;
    public byte ifi_pad;
    public ushort ifi_type;
    public int ifi_index;
    public uint ifi_flags;
    public uint ifi_change;
}

/// <summary>The fixed part of a message that has hardly one.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rtgenmsg
{
    public byte rtgen_family;
}

/// <summary>The fixed part of a message about an address.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ifaddrmsg
{
    public byte ifa_family;
    public byte ifa_prefixlen;
    public byte ifa_flags;
    public byte ifa_scope;
    public uint ifa_index;
}
