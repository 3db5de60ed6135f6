using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class NetListCommand
{
    internal static Command Describe() => new()
    {
        Name = "net list",
        Arguments = "[TARGET]",
        Summary = "list the devices of a network, their addresses, and where their wires lead",
        Description = "Lists the network devices of TARGET (default: host, the caller's own network) with\nstate, addresses, the bridge that they are attached to, and the device and network at\nthe other end of a wire: a container, a name, or the kernel's number and a process.",
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "table or json (default: table)", Choices: "table json")],
        Examples = "# the caller's own network\nrideau net list\n# for a program to read\nrideau net list --format json web",
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Network],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        RuntimeContext context = invocation.Context();
        using NetworkTarget target = NetworkTarget.Find(context, invocation.Arguments.Count > 0 ? invocation.Arguments[0] : NetworkTarget.Host);
        string format = invocation.Options.Text("format") ?? "table";
        if (format is not ("table" or "json"))
        {
            throw new UsageException("net list: invalid format option", "--format is table or json");
        }

        IReadOnlyList<NetworkDevice> devices = NetworkInventory.Take(target.Network, NsCommand.Names(invocation));
        NetworkNames names = NetworkNames.Of(context);
        if (format == "json")
        {
            StandardOutput.Write(NetworkReport.Json(devices, names));
        }
        else
        {
            StandardOutput.Write(NetworkReport.Table(devices, names));
        }

        return ExitCode.Success;
    }
}
