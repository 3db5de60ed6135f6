using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Terminal;

/// <summary>--console-socket: the Unix socket on which an engine waits for the master of the container's terminal.</summary>
internal static class ConsoleSocket
{
    internal static OwnedFd Connect(string path)
    {
        try
        {
            return Sockets.ConnectUnix(path);
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"cannot connect to the console socket \"{path}\"", FailureCode.InvalidArgument, "something must listen there before create is called", failure);
        }
    }
}
