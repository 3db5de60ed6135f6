using System.Collections.Generic;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>One end of a wire, as it is wanted.</summary>
/// <param name="Network">Where it is.</param>
/// <param name="Name">Its name, or a template: "eth%d".</param>
/// <param name="Addresses">The addresses that it gets.</param>
public sealed record WireEnd(NetworkNamespace Network, string Name, IReadOnlyList<NetworkAddress> Addresses);
