using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Kernel.Netlink;
using Rideau.Namespaces.Network;

namespace Rideau.Commands;

/// <summary>The group "net".</summary>
internal static class NetCommand
{
    internal static Command Describe() => new()
    {
        Name = "net",
        Arguments = "COMMAND",
        Summary = "networks of containers and namespaces: devices listed and moved, wires, bridges, ports",
        Description = "Works on the networks of containers, processes and named namespaces, from outside:\nnothing is run in them. A TARGET is a container's id, a pid, a name of \"rideau ns\", a\npath to a namespace or a cgroup, or host, which is the caller's own network.",
        Subcommands = ["list", "move", "connect", "disconnect", "bridge", "forward"],
        Examples = "# the devices of the caller's own network\nrideau net list\n# one network's devices, and where their wires lead\nrideau net list web",
        Execute = static _ => HelpCommand.Print(Describe()),
    };

    /// <summary>Reads "192.0.2.1/24,2001:db8::1/64"; "-" and nothing are no address.</summary>
    internal static List<NetworkAddress> Addresses(string command, string text)
    {
        List<NetworkAddress> addresses = [];
        if (text is "" or "-")
        {
            return addresses;
        }

        foreach (string one in text.Split(','))
        {
            addresses.Add(NetworkAddress.TryParse(one, out NetworkAddress? address)
                ? address
                : throw new UsageException($"{command}: bad address \"{one}\"", "an address has the length of its network behind it: 192.0.2.1/24 or 2001:db8::1/64; several have commas between them"));
        }

        return addresses;
    }

    /// <summary>--mtu, or 0.</summary>
    internal static uint Mtu(string command, GivenOptions options)
    {
        int mtu = options.Number("mtu");
        return options.TextOrNone("mtu") is null ? 0 : mtu is >= 68 and <= 65535 ? (uint)mtu : throw new UsageException($"{command}: bad mtu \"{mtu.ToString(CultureInfo.InvariantCulture)}\"", "68 to 65535");
    }

    /// <summary>The first free name of this form is taken where none was given.</summary>
    internal static string UsualName(NetworkNamespace network) => network.IsCallers ? "veth%d" : "eth%d";
}
