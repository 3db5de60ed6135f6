using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>The devices of a network namespace, and where their other ends are.</summary>
/// <remarks>The kernel knows another namespace by a number of its own; which that is, is found by asking for the number of every network in sight.</remarks>
public sealed class NetworkInventory
{
    private readonly NetworkNamespace _network;
    private readonly NetlinkSocket _socket;
    private readonly Dictionary<int, NamespaceInfo?> _byNumber = [];
    private readonly Dictionary<ulong, Dictionary<int, string>> _namesIn = [];
    private readonly NamedNamespaces? _names;
    private List<NamespaceInfo>? _candidates;

    private NetworkInventory(NetworkNamespace network, NetlinkSocket socket, NamedNamespaces? names)
    {
        _network = network;
        _socket = socket;
        _names = names;
    }

    /// <summary>Lists the devices.</summary>
    /// <param name="network">Where.</param>
    /// <param name="names">Whose names are told of other networks; null for none.</param>
    /// <exception cref="NamespaceException">It may not be asked.</exception>
    public static IReadOnlyList<NetworkDevice> Take(NetworkNamespace network, NamedNamespaces? names)
    {
        using NetlinkSocket socket = network.OpenNetlink();
        return new NetworkInventory(network, socket, names).Take();
    }

    private List<NetworkDevice> Take()
    {
        IReadOnlyList<NetworkLink> links = Links.All(_socket);
        Dictionary<int, string> own = NamesOf(links);
        Dictionary<int, List<NetworkAddress>> addresses = [];
        foreach (NetworkAddress address in Addresses.All(_socket))
        {
            if (!addresses.TryGetValue(address.Index, out List<NetworkAddress>? list))
            {
                addresses.Add(address.Index, list = []);
            }

            list.Add(address);
        }

        List<NetworkDevice> devices = [];
        foreach (NetworkLink link in links)
        {
            NamespaceInfo? peerNetwork = link.LinkNamespace >= 0 ? FindNetwork(link.LinkNamespace) : null;
            Dictionary<int, string>? names = link.LinkNamespace < 0 ? own : peerNetwork is null ? null : NamesIn(peerNetwork);
            devices.Add(new NetworkDevice(
                link,
                addresses.GetValueOrDefault(link.Index) ?? [],
                link.Master != 0 ? own.GetValueOrDefault(link.Master) : null,
                link.Link != 0 && (link.Link != link.Index || link.LinkNamespace >= 0) ? names?.GetValueOrDefault(link.Link) : null,
                peerNetwork));
        }

        return devices;
    }

    private NamespaceInfo? FindNetwork(int number)
    {
        if (_byNumber.TryGetValue(number, out NamespaceInfo? known))
        {
            return known;
        }

        NamespaceInfo? found = null;
        foreach (NamespaceInfo candidate in Candidates())
        {
            if (candidate.Path is { Length: > 0 } path && Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd) == 0 && fd is not null)
            {
                using (fd)
                {
                    found = Links.NumberOf(_socket, fd) == number ? candidate : found;
                }
            }
        }

        _byNumber.Add(number, found);
        return found;
    }

    private List<NamespaceInfo> Candidates()
    {
        if (_candidates is null)
        {
            _candidates = [];
            foreach (NamespaceInfo info in NamespaceCensus.Take(_names, thorough: false).All)
            {
                if (info.Type == NamespaceType.Network && info.Inode != _network.Identity.Inode)
                {
                    _candidates.Add(info);
                }
            }
        }

        return _candidates;
    }

    private Dictionary<int, string>? NamesIn(NamespaceInfo network)
    {
        if (_namesIn.TryGetValue(network.Inode, out Dictionary<int, string>? known))
        {
            return known;
        }

        Dictionary<int, string> names = [];
        try
        {
            using NetworkNamespace opened = NetworkNamespace.OfPath(network.Path!);
            using NetlinkSocket socket = opened.OpenNetlink();
            names = NamesOf(Links.All(socket));
        }
        catch (NamespaceException)
        {
            // It has died meanwhile, or is somebody else's: its devices have no names here.
        }

        _namesIn.Add(network.Inode, names);
        return names;
    }

    private static Dictionary<int, string> NamesOf(IReadOnlyList<NetworkLink> links)
    {
        Dictionary<int, string> names = new(links.Count);
        foreach (NetworkLink link in links)
        {
            names[link.Index] = link.Name;
        }

        return names;
    }
}
