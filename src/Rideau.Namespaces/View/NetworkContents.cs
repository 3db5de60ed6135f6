using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces;

/// <summary>A device of a network namespace, with its addresses.</summary>
/// <param name="Link">The device.</param>
/// <param name="Addresses">Of all families.</param>
public sealed record NetworkContents(NetworkLink Link, IReadOnlyList<NetworkAddress> Addresses)
{
    /// <summary>What is in a network namespace.</summary>
    /// <param name="networkNamespace">The namespace; this thread visits it for a moment.</param>
    /// <returns>Its devices, or null where the caller may not enter it.</returns>
    public static IReadOnlyList<NetworkContents>? TryRead(OwnedFd networkNamespace)
    {
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(networkNamespace);
            List<NetworkContents> devices = [];
            foreach (NetworkLink link in Links.All(socket))
            {
                devices.Add(new NetworkContents(link, Kernel.Netlink.Addresses.Of(socket, link.Index)));
            }

            return devices;
        }
        catch (LinuxException)
        {
            return null; // it is somebody else's, or this kernel gives no sockets there
        }
    }
}
