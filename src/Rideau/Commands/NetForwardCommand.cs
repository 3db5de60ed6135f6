using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Entering;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class NetForwardCommand
{
    internal static Command Describe() => new()
    {
        Name = "net forward",
        Arguments = "FROM TO",
        Summary = "pass connections to a port of one network on to a port of another",
        Description = "Listens on FROM and connects to TO for each connection that comes; for udp, for each\nsender. No device, route or address translation is needed. FROM and TO are TARGET:PORT\nor TARGET:PORT/udp (all IPv4 addresses of TARGET; its loopback), or whole, as --listen\nhas it: tcp:[::]:80@web, unix:/run/app.sock@db, udp:127.0.0.1:53@host.\nA path of a unix socket is looked up among the files of TARGET. The command ends by a\nsignal, or when one of the two targets ends; one connection's failure ends that alone.",
        Options =
        [
            new("detach", 'd', OptionKind.Flag, "", "return when it listens, and go on in the background"),
            new("pid-file", '\0', OptionKind.Text, "FILE", "write the process id to a file"),
            new("limit", '\0', OptionKind.Number, "N", "the most connections, or senders of datagrams, at once (default: 4096)"),
            new("connect-timeout", '\0', OptionKind.Text, "TIME", "how long TO may take to answer (default: 10s)"),
            new("idle-timeout", '\0', OptionKind.Text, "TIME", "cut off connections over which nothing goes for so long (default: never); senders of datagrams are forgotten after 1m0s"),
            new("quiet", 'q', OptionKind.Flag, "", "do not say where it listens, nor what failed"),
        ],
        Examples = "# port 8080 of one network is the container's port 80, in the background\nrideau net forward --detach lab:8080 web:80\n# between two networks, until it is interrupted\ntimeout 1 rideau net forward tcp:127.0.0.1:5432@lab unix:/run/db.sock@web || true",
        ExitStatus = "0 when it was ended by SIGINT or SIGTERM or by the end of a target, 1 when it failed.",
        MinimumArguments = 2,
        MaximumArguments = 2,
        Execute = Execute,
    };

    /// <summary>Reads "web:80", "web:80/udp", or a whole endpoint.</summary>
    internal static (SocketEndpoint Endpoint, string Target) Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && SocketKind.Find(text.AsSpan(0, colon)) is not null)
        {
            (string socket, string target, _) = ListenOption.Split(text);
            return (SocketEndpoint.Parse(socket), target);
        }

        colon = text.LastIndexOf(':');
        string port = colon < 0 ? "" : text[(colon + 1)..];
        SocketKind kind = port.EndsWith("/udp", StringComparison.Ordinal) ? SocketKind.Udp : SocketKind.Tcp;
        port = port.EndsWith("/udp", StringComparison.Ordinal) || port.EndsWith("/tcp", StringComparison.Ordinal) ? port[..^4] : port;
        return colon > 0 && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? (SocketEndpoint.Of(kind, number), text[..colon])
            : throw new UsageException($"net forward: bad endpoint \"{text}\"", "write TARGET:PORT, TARGET:PORT/udp, or a whole one: tcp:127.0.0.1:80@TARGET");
    }

    private static int Execute(Invocation invocation)
    {
        GivenOptions given = invocation.Options;
        (SocketEndpoint door, string from) = Parse(invocation.Arguments[0]);
        (SocketEndpoint goal, string to) = Parse(invocation.Arguments[1]);
        Forwarder.CheckKinds(door.Kind, goal.Kind);
        bool quiet = given.Flag("quiet");
        var options = new ForwardOptions
        {
            Limit = given.TextOrNone("limit") is null ? new ForwardOptions().Limit : given.Number("limit") is > 0 and var limit ? limit : throw new UsageException("net forward: --limit is at least 1"),
            ConnectTimeout = Duration.Parse(given.TextOrNone("connect-timeout") ?? "10s", "connect-timeout"),
            IdleTimeout = Duration.Parse(given.TextOrNone("idle-timeout") ?? "0s", "idle-timeout"),
            SessionTimeout = Duration.Parse(given.TextOrNone("idle-timeout") ?? "60s", "idle-timeout"),
            Report = quiet ? null : sentence => StandardOutput.WriteError($"rideau: {sentence}\n"),
        };
        if (given.Flag("detach") && !Background.IsThis)
        {
            return Background.Start("cannot forward in the background");
        }

        RuntimeContext context = invocation.Context();
        using NetworkTarget source = NetworkTarget.Find(context, from);
        using NetworkTarget target = NetworkTarget.Find(context, to);
        OwnedFd listener = source.Network.Listen(door, source.Root);
        string? pidFile = AbsolutePath.OfOptional(given.TextOrNone("pid-file"));
        try
        {
            Signals.Block(Rideau.Child.Outside.ForegroundWait.Forwarded);
            if (pidFile is not null)
            {
                PidFile.Write(pidFile, Credentials.ProcessId);
            }

            if (!quiet)
            {
                StandardOutput.Write($"{(door.Kind.IsUnix ? door : $"{door.Kind.Word}:{Sockets.AddressOf(listener)}")} in {source.Words} -> {goal} in {target.Words}\n");
            }

            Forward(listener, door, goal, source, target, options);
        }
        finally
        {
            listener.Dispose();
            Remove(door, source, pidFile);
        }

        return ExitCode.Success;
    }

    private static void Forward(OwnedFd listener, SocketEndpoint door, SocketEndpoint goal, NetworkTarget source, NetworkTarget target, ForwardOptions options)
    {
        const ulong ends = (1UL << (Signals.SIGTERM - 1)) | (1UL << (Signals.SIGINT - 1)) | (1UL << (Signals.SIGHUP - 1));
        using OwnedFd signals = Signals.Open(ends);
        List<NetworkTarget> named = [];
        foreach (NetworkTarget one in (NetworkTarget[])[source, target])
        {
            if (one.Path is not null)
            {
                named.Add(one);
            }
        }

        // From here on this process is in the target's network: its sockets are made there without a way to and fro.
        if (!target.Network.IsCallers)
        {
            target.Network.Enter();
        }

        using NetworkNamespace here = target.Network.Reopen();
        using var forwarder = new Forwarder(listener, door.Kind, here, goal, target.Root, options with { HasEnded = named.Count == 0 ? null : () => named.Exists(static one => one.HasEnded) });
        forwarder.EndWith(signals);
        foreach (NetworkTarget one in (NetworkTarget[])[source, target])
        {
            if (one.Process is { } process)
            {
                forwarder.EndWith(process);
            }
        }

        if (!goal.Kind.IsUnix || goal.IsAbstract)
        {
            Credentials.DropCapabilities();
        }

        Background.SayReady();
        forwarder.Run();
    }

    private static void Remove(SocketEndpoint door, NetworkTarget source, string? pidFile)
    {
        if (pidFile is not null)
        {
            _ = Files.TryRemove(pidFile); // ignored: somebody else has
        }

        if (door.Kind.IsUnix && !door.IsAbstract)
        {
            SocketFiles.Remove(door, source.Root);
        }
    }
}
