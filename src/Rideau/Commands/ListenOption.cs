using System;
using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Kernel.Handles;
using Rideau.Namespaces.Network;
using Rideau.Runtime;
using Rideau.Runtime.Entering;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

/// <summary>--listen SOCKET[@TARGET][=NAME]: a socket is opened in the network of TARGET and handed to the command.</summary>
internal static class ListenOption
{
    internal static readonly Option Table = new("listen", '\0', OptionKind.Texts, "SOCKET[@TARGET][=NAME]", "open a listening socket in the network of TARGET (default: the caller's own, host) and hand it over by LISTEN_FDS: tcp:0.0.0.0:80@web; may be repeated");

    /// <summary>Opens the sockets; null where none is asked for. Before anything else is opened.</summary>
    internal static SocketHandover? Open(Invocation invocation)
    {
        List<string> given = invocation.Options.Texts("listen");
        if (given.Count == 0)
        {
            return null;
        }

        SocketHandover.CheckCount(given.Count);
        RuntimeContext context = invocation.Context();
        List<(OwnedFd Socket, string Name)> sockets = [];
        try
        {
            foreach (string text in given)
            {
                sockets.Add(Open(context, text));
            }

            return new SocketHandover(sockets, ListenFds.Count, Environment.GetEnvironmentVariable("LISTEN_FDNAMES"));
        }
        catch
        {
            sockets.ForEach(static one => one.Socket.Dispose());
            throw;
        }
    }

    /// <summary>Takes "tcp:0.0.0.0:80@web=http" apart. The last @ counts, unless it begins a name of the abstract namespace.</summary>
    internal static (string Socket, string Target, string Name) Split(string text)
    {
        string name = "";
        int equals = text.LastIndexOf('=');
        if (equals >= 0 && !text.AsSpan(equals).Contains('/'))
        {
            name = text[(equals + 1)..];
            SocketHandover.CheckName(name);
            text = text[..equals];
        }

        int at = text.LastIndexOf('@');
        bool begins = at > 0 && text[at - 1] == ':';
        return at < 0 || begins ? (text, NetworkTarget.Host, name) : (text[..at], text[(at + 1)..], name);
    }

    private static (OwnedFd Socket, string Name) Open(RuntimeContext context, string text)
    {
        (string socket, string where, string name) = Split(text);
        SocketEndpoint endpoint = SocketEndpoint.Parse(socket);
        using NetworkTarget target = NetworkTarget.Find(context, where);
        return (target.Network.Listen(endpoint, target.Root), name);
    }
}
