using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Makes the sockets that lead to the target.</summary>
internal sealed class ForwardTarget(NetworkNamespace network, SocketEndpoint endpoint, OwnedFd? root)
{
    /// <summary>For messages.</summary>
    internal string Words => $"{endpoint} in {network}";

    /// <summary>A socket on its way to the target; it does not block.</summary>
    /// <param name="socket">The socket; null where there is an error.</param>
    /// <returns>0 where it is connected, EINPROGRESS, or the positive errno.</returns>
    internal int TryConnect(out OwnedFd? socket)
    {
        socket = null;
        OwnedFd opened;
        try
        {
            opened = network.OpenSocket(endpoint.Family, endpoint.Kind.Type | SocketAbi.SOCK_NONBLOCK);
        }
        catch (NamespaceException failure)
        {
            return failure.InnerException is Kernel.LinuxException { Errno: > 0 and var number } ? number : Errno.EPERM;
        }

        int errno = SocketOpening.TryConnect(opened, endpoint, root);
        if (errno is not (0 or Errno.EINPROGRESS))
        {
            opened.Dispose();
            return errno;
        }

        socket = opened;
        return errno;
    }
}
