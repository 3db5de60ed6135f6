using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class NetBridgeCommand
{
    internal static Command Describe() => new()
    {
        Name = "net bridge",
        Arguments = "NAME [TARGET[=ADDRESS/LENGTH]...]",
        Summary = "make a bridge, and attach networks to it",
        Description = "Makes a bridge, unless it is there, and lays a wire from it to the network of each\nTARGET, whose end gets the addresses behind =. Prints the names of those ends.\nThe bridge is in the caller's own network, or in that of --in.",
        Options =
        [
            new("in", '\0', OptionKind.Text, "TARGET", "the network that the bridge is in (default: host, the caller's own)"),
            new("address", 'a', OptionKind.Text, "ADDRESS/LENGTH", "addresses of the bridge itself, with commas between them"),
            new("name", '\0', OptionKind.Text, "NAME", "the name of the device in each TARGET (default: eth%d)"),
            new("mtu", '\0', OptionKind.Number, "BYTES", "the most bytes in a packet"),
            new("remove", '\0', OptionKind.Flag, "", "remove the bridge, and the wires that are attached to it"),
        ],
        Examples = "# two networks that reach each other over a third\nrideau net bridge lan0 lab=192.0.2.1/24 box=192.0.2.2/24 --in mine --address 192.0.2.254/24\n# all of it away\nrideau net bridge lan0 lab --in mine\nrideau net bridge --remove lan0 --in mine",
        MinimumArguments = 1,
        ArgumentKinds = [ArgumentKind.Other, ArgumentKind.Network, ArgumentKind.Network, ArgumentKind.Network, ArgumentKind.Network],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        string name = invocation.Arguments[0];
        RuntimeContext context = invocation.Context();
        List<NetworkTarget> targets = [NetworkTarget.Find(context, options.TextOrNone("in") ?? NetworkTarget.Host)];
        try
        {
            if (options.Flag("remove"))
            {
                CheckAlone(invocation);
                NetworkBridges.Remove(targets[0].Network, name);
                return ExitCode.Success;
            }

            List<WireEnd> members = [];
            List<string> words = [];
            foreach (string argument in invocation.Arguments[1..])
            {
                int equals = argument.LastIndexOf('=');
                words.Add(equals < 0 ? argument : argument[..equals]);
                List<Kernel.Netlink.NetworkAddress> addresses = equals < 0 ? [] : NetCommand.Addresses("net bridge", argument[(equals + 1)..]);
                targets.Add(NetworkTarget.Find(context, words[^1]));
                members.Add(new WireEnd(targets[^1].Network, options.TextOrNone("name") ?? "eth%d", addresses));
            }

            var bridge = new WireEnd(targets[0].Network, name, NetCommand.Addresses("net bridge", options.TextOrNone("address") ?? ""));
            IReadOnlyList<string> ends = NetworkBridges.Attach(bridge, members, NetCommand.Mtu("net bridge", options));
            for (int i = 0; i < ends.Count; i++)
            {
                StandardOutput.Write(string.Create(CultureInfo.InvariantCulture, $"{ends[i]} in {words[i]}\n"));
            }

            return ExitCode.Success;
        }
        finally
        {
            targets.ForEach(static target => target.Dispose());
        }
    }

    private static void CheckAlone(Invocation invocation)
    {
        if (invocation.Arguments.Count > 1)
        {
            throw new UsageException("net bridge: --remove takes the bridge alone", "a single network leaves it by \"rideau net disconnect\"");
        }
    }
}
