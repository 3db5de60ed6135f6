using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Lifecycle;

/// <summary>--pidfd-socket: the Unix socket on which an engine waits for a descriptor of the process.</summary>
internal static class PidfdSocket
{
    /// <summary>For the container's init, as the field names it.</summary>
    internal const string Init = "standard";

    /// <summary>For a process of exec.</summary>
    internal const string Exec = "setns";

    /// <summary>Connects before anything is made: a socket that nobody listens on is an error of the command line.</summary>
    internal static OwnedFd? Connect(string? path)
    {
        try
        {
            return path is null ? null : Sockets.ConnectUnix(path);
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"cannot connect to the pidfd socket \"{path}\"", FailureCode.InvalidArgument, "something must listen there before the command is called", failure);
        }
    }

    /// <summary>Sends the descriptor, with a word that says what process it is.</summary>
    internal static void Send(OwnedFd? socket, string kind, OwnedFd process)
    {
        if (socket is not null)
        {
            Sockets.SendWithDescriptor(socket, System.Text.Encoding.ASCII.GetBytes(kind), process);
        }
    }
}
