using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class NetMoveCommand
{
    internal static Command Describe() => new()
    {
        Name = "net move",
        Arguments = "DEVICE TARGET",
        Summary = "move a network device to another network",
        Description = "Moves a network device to the network of TARGET and prints its name there. It arrives\ndown and without addresses; with --keep-addresses it has its permanent addresses of\nglobal scope there and is up.\nWhen a network dies, hardware goes back to the machine's first network by itself, and\nvirtual devices die with it. With --return a process in the background waits for the\nend of TARGET and brings the device back as it was: name, addresses, up or down.",
        Options =
        [
            new("from", '\0', OptionKind.Text, "TARGET", "the network that it is in (default: host, the caller's own)"),
            new("name", '\0', OptionKind.Text, "NAME", "its name there; \"eth%d\" takes the first number that is free (default: as it is)"),
            new("keep-addresses", '\0', OptionKind.Flag, "", "give it its addresses there, and set it up"),
            new("return", '\0', OptionKind.Flag, "", "bring it back when TARGET ends"),
        ],
        Examples = "# out of a network into a container, with its addresses\nrideau net move uplink web --from lab --keep-addresses\n# under another name, until the container ends\nrideau net move uplink web --from lab --name eth9 --return",
        MinimumArguments = 2,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Other, ArgumentKind.Network],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        string device = invocation.Arguments[0];
        bool comesBack = options.Flag("return");
        if (comesBack && !Background.IsThis)
        {
            return Background.Start($"cannot move network device \"{device}\"");
        }

        RuntimeContext context = invocation.Context();
        using NetworkTarget from = NetworkTarget.Find(context, options.TextOrNone("from") ?? NetworkTarget.Host);
        using NetworkTarget to = NetworkTarget.Find(context, invocation.Arguments[1]);
        string? name = options.TextOrNone("name");
        if (name is not null)
        {
            DeviceNames.Check(name);
        }

        MovedDevice moved = NetworkDevices.Move(device, from.Network.IsCallers ? null : from.Network.Handle, to.Network.Handle, name, options.Flag("keep-addresses"));
        StandardOutput.Write(moved.NewName + "\n");
        if (comesBack)
        {
            BringBack(moved, from, to);
        }

        return ExitCode.Success;
    }

    // The network that it is in lives as long as this process holds it: it is asked for the device before it dies.
    private static void BringBack(MovedDevice moved, NetworkTarget from, NetworkTarget to)
    {
        ulong ends = (1UL << (Signals.SIGTERM - 1)) | (1UL << (Signals.SIGINT - 1)) | (1UL << (Signals.SIGHUP - 1));
        Signals.Block(Rideau.Child.Outside.ForegroundWait.Forwarded);
        using OwnedFd signals = Signals.Open(ends);
        Background.SayReady();
        NetworkTarget.WaitForEnd([to], signals);
        NetworkDevices.Return(moved, to.Network.Handle, from.Network.IsCallers ? null : from.Network.Handle);
    }
}
