using System.Collections.Generic;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>A device that was moved, and what it had before.</summary>
/// <param name="Name">Its name before.</param>
/// <param name="NewName">Its name where it is now.</param>
/// <param name="WasUp">Whether it was set up before.</param>
/// <param name="Addresses">All its permanent addresses before, of any scope.</param>
public sealed record MovedDevice(string Name, string NewName, bool WasUp, IReadOnlyList<NetworkAddress> Addresses);
