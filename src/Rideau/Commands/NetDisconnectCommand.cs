using Rideau.CommandLine;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class NetDisconnectCommand
{
    internal static Command Describe() => new()
    {
        Name = "net disconnect",
        Arguments = "TARGET OTHER",
        Summary = "take the wires between two networks away",
        Description = "Removes every pair of devices (veth) that has one end in each network, and prints the\nnames of the ends in TARGET's. What led over them is cut off.",
        Examples = "# laid, and taken away\nrideau net connect lab box\nrideau net disconnect lab box\n# where the wires of a network lead\nrideau net list lab",
        MinimumArguments = 2,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Network, ArgumentKind.Network],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        RuntimeContext context = invocation.Context();
        using NetworkTarget one = NetworkTarget.Find(context, invocation.Arguments[0]);
        using NetworkTarget other = NetworkTarget.Find(context, invocation.Arguments[1]);
        StandardOutput.Write(string.Join('\n', NetworkWires.Disconnect(one.Network, other.Network)) + "\n");
        return ExitCode.Success;
    }
}
