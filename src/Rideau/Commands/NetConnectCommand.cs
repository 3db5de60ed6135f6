using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class NetConnectCommand
{
    internal static Command Describe() => new()
    {
        Name = "net connect",
        Arguments = "TARGET OTHER",
        Summary = "lay a wire between two networks",
        Description = "Makes a pair of devices (veth), one in the network of each, gives them addresses and\nsets them up. Prints the names. --name and --address may be given twice: the first is\nof TARGET's end, the second of OTHER's. The wire ends with either network, or by\n\"net disconnect\".",
        Options =
        [
            new("name", '\0', OptionKind.Texts, "NAME", "the name of an end; \"eth%d\" takes the first number that is free (default: eth%d, on the host veth%d)"),
            new("address", 'a', OptionKind.Texts, "ADDRESS/LENGTH", "addresses of an end, with commas between them; - for none"),
            new("mtu", '\0', OptionKind.Number, "BYTES", "the most bytes in a packet"),
        ],
        Examples = "# a wire between two networks\nrideau net connect lab box --address 192.0.2.1/24 --address 192.0.2.2/24,2001:db8::2/64\n# with names, and packets of another size\nrideau net connect lab box --name uplink --name downlink --mtu 9000",
        MinimumArguments = 2,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Network, ArgumentKind.Network],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        List<string> names = options.Texts("name");
        List<string> addresses = options.Texts("address");
        if (names.Count > 2 || addresses.Count > 2)
        {
            throw new UsageException("net connect: a wire has two ends", "--name and --address are given once or twice");
        }

        uint mtu = NetCommand.Mtu("net connect", options);
        RuntimeContext context = invocation.Context();
        using NetworkTarget one = NetworkTarget.Find(context, invocation.Arguments[0]);
        using NetworkTarget other = NetworkTarget.Find(context, invocation.Arguments[1]);
        (string oneName, string otherName) = NetworkWires.Connect(End(one, 0), End(other, 1), mtu);
        StandardOutput.Write($"{oneName} in {invocation.Arguments[0]}\n{otherName} in {invocation.Arguments[1]}\n");
        return ExitCode.Success;

        WireEnd End(NetworkTarget target, int index) => new(
            target.Network,
            index < names.Count && names[index] is not ("" or "-") ? names[index] : NetCommand.UsualName(target.Network),
            index < addresses.Count ? NetCommand.Addresses("net connect", addresses[index]) : []);
    }
}
