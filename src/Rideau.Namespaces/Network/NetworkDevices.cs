using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>Moves network devices between network namespaces, with their addresses.</summary>
/// <remarks>man: network_namespaces(7), rtnetlink(7) · spec: config-linux.md#network-devices</remarks>
public static class NetworkDevices
{
    /// <summary>Moves a device out of one namespace into another, gives it its addresses there and sets it up.</summary>
    /// <param name="name">The device.</param>
    /// <param name="from">Where it is; null: the caller's namespace.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="newName">Its name there; "eth%d" takes the first number that is free; null or empty: as before.</param>
    /// <param name="keepAddresses">Give it its addresses there and set it up; otherwise it is as the kernel leaves it: down and without.</param>
    /// <remarks>The addresses that go with it are the permanent ones of global scope; the others mean something only where it was.</remarks>
    /// <exception cref="NetworkDeviceException">It cannot be moved, and is where it was.</exception>
    public static MovedDevice Move(string name, OwnedFd? from, OwnedFd to, string? newName = null, bool keepAddresses = true)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (IsSame(from, to))
        {
            throw Failure(name, "both are the same network namespace", "give the container a network namespace of its own");
        }

        using NetlinkSocket source = Open(name, from);
        using NetlinkSocket target = Open(name, to);
        NetworkLink link = Links.Find(source, name) ?? throw Failure(name, "there is no such device in the network namespace that it is to come from", "\"ip link\" lists the devices");
        if (link.IsLoopback)
        {
            throw Failure(name, "a loopback device belongs to its network namespace", "every network namespace has one of its own");
        }

        var addresses = new List<NetworkAddress>();
        foreach (NetworkAddress address in Addresses.Of(source, link.Index))
        {
            if (address.IsPermanent)
            {
                addresses.Add(address);
            }
        }

        string wanted = string.IsNullOrEmpty(newName) ? name : newName;
        var moved = new MovedDevice(name, name, link.IsUp, addresses);
        try
        {
            moved = moved with { NewName = MoveAs(source, target, link, to, wanted) };
        }
        catch
        {
            // The kernel moves before it renames, so that a name that was taken in between leaves the device there under its old one.
            if (Links.Find(source, name) is null && Links.Find(target, name) is not null)
            {
                Return(moved, to, from);
            }

            throw;
        }

        try
        {
            if (keepAddresses)
            {
                SetUp(target, moved);
            }
        }
        catch
        {
            Return(moved, to, from);
            throw;
        }

        return moved;
    }

    /// <summary>Takes a move back: the device has its old name, addresses and state again. For a move that was in vain.</summary>
    /// <param name="moved">What <see cref="Move"/> returned.</param>
    /// <param name="from">Where it is now.</param>
    /// <param name="to">Where it was; null: the caller's namespace.</param>
    /// <exception cref="NetworkDeviceException">It is not there any more, or its old name is taken.</exception>
    public static void Return(MovedDevice moved, OwnedFd from, OwnedFd? to)
    {
        ArgumentNullException.ThrowIfNull(moved);
        using NetlinkSocket source = Open(moved.NewName, from);
        using NetlinkSocket target = Open(moved.NewName, to);
        NetworkLink link = Links.Find(source, moved.NewName) ?? throw Failure(moved.NewName, "it is not there any more", null);
        using OwnedFd destination = to is null ? Files.Open("/proc/thread-self/ns/net", Fcntl.O_RDONLY) : Files.Open($"/proc/self/fd/{to.Number}", Fcntl.O_RDONLY);
        NetlinkAnswer answer = Links.TryMove(source, link.Index, destination, moved.Name);
        if (!answer.Succeeded)
        {
            throw Failure(moved.NewName, answer.Describe(), $"move it by hand: ip link set {moved.NewName} netns ...");
        }

        NetworkLink back = Links.Find(target, moved.Name) ?? throw Failure(moved.Name, "it is not there any more", null);
        foreach (NetworkAddress address in moved.Addresses)
        {
            // Link-local addresses come by themselves: EEXIST.
            _ = Addresses.TryAdd(target, back.Index, address); // ignored: the first error is the one to be told
        }

        if (moved.WasUp)
        {
            _ = Links.TrySetUp(target, back.Index, up: true); // ignored: as above
        }
    }

    private static string MoveAs(NetlinkSocket source, NetlinkSocket target, NetworkLink link, OwnedFd to, string wanted)
    {
        if (!DeviceNames.IsTemplate(wanted))
        {
            NetlinkAnswer answer = Links.Find(target, wanted) is null ? Links.TryMove(source, link.Index, to, wanted) : new NetlinkAnswer(Errno.EEXIST, "");
            return answer.Succeeded ? wanted : throw Refused(link.Name, wanted, answer);
        }

        // The kernel knows templates, but does not say which name it took.
        foreach (string candidate in DeviceNames.Free(target, wanted))
        {
            NetlinkAnswer answer = Links.TryMove(source, link.Index, to, candidate);
            if (answer.Succeeded)
            {
                return candidate;
            }

            if (answer.Errno != Errno.EEXIST)
            {
                throw Refused(link.Name, candidate, answer);
            }
        }

        throw Failure(link.Name, $"no name of the form \"{wanted}\" is free", "choose another one");
    }

    private static void SetUp(NetlinkSocket target, MovedDevice moved)
    {
        NetworkLink link = Links.Find(target, moved.NewName) ?? throw Failure(moved.Name, $"it is gone from its new network namespace, where it was \"{moved.NewName}\"", null);
        foreach (NetworkAddress address in moved.Addresses)
        {
            if (address.Scope != Rtnetlink.RT_SCOPE_UNIVERSE)
            {
                continue;
            }

            NetlinkAnswer answer = Addresses.TryAdd(target, link.Index, address with { Label = LabelOf(address.Label, moved) });
            if (!answer.Succeeded)
            {
                throw Failure(
                    moved.Name,
                    $"its address {address} cannot be set in the new network namespace: {answer.Describe()}",
                    answer.Errno is Errno.EACCES or Errno.EPERM && address.Family == 10 ? "IPv6 is switched off there (sysctl net.ipv6.conf.*.disable_ipv6)" : null);
            }
        }

        NetlinkAnswer up = Links.TrySetUp(target, link.Index, up: true);
        if (!up.Succeeded)
        {
            throw Failure(moved.Name, $"it cannot be set up in the new network namespace: {up.Describe()}", null);
        }
    }

    // A label begins with the device's name: "eth0", "eth0:web".
    private static string LabelOf(string label, MovedDevice moved)
    {
        string changed = label.StartsWith(moved.Name, StringComparison.Ordinal) ? moved.NewName + label[moved.Name.Length..] : "";
        return changed.Length < Rtnetlink.IFNAMSIZ ? changed : "";
    }

    private static NetlinkSocket Open(string name, OwnedFd? networkNamespace)
    {
        try
        {
            return NetlinkSocket.Open(networkNamespace);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.EPERM && networkNamespace is not null && Credentials.EffectiveUid != 0)
        {
            return NetlinkSocket.Of(ForeignSocket.Open($"cannot move network device \"{name}\"", networkNamespace, Kernel.Abi.Netlink.AF_NETLINK, NetlinkSocket.RawType, Kernel.Abi.Netlink.NETLINK_ROUTE));
        }
        catch (LinuxException failure)
        {
            throw Failure(name, failure.Message, failure.Errno == Errno.EPERM ? "it takes CAP_SYS_ADMIN and CAP_NET_ADMIN in both network namespaces" : null);
        }
    }

    private static bool IsSame(OwnedFd? from, OwnedFd to)
    {
        FileStatus target = Files.Status(to);
        FileStatus source;
        if (from is not null)
        {
            source = Files.Status(from);
        }
        else if (Files.TryStatus("/proc/thread-self/ns/net", out source) != 0)
        {
            return false;
        }

        return source.Inode == target.Inode && source.DeviceMajor == target.DeviceMajor && source.DeviceMinor == target.DeviceMinor;
    }

    private static NetworkDeviceException Refused(string name, string wanted, NetlinkAnswer answer) => answer.Errno switch
    {
        Errno.EEXIST => Failure(name, $"a device \"{wanted}\" already exists in the new network namespace", $"choose another name, or a template: \"{wanted.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')}%d\""),
        Errno.EINVAL => Failure(name, answer.Describe(), "some devices belong to their network namespace and cannot leave it"),
        Errno.EPERM => Failure(name, answer.Describe(), "it takes CAP_NET_ADMIN in both network namespaces"),
        _ => Failure(name, answer.Describe(), null),
    };

    private static NetworkDeviceException Failure(string name, string reason, string? hint) => new($"cannot move network device \"{name}\": {reason}", hint);
}
