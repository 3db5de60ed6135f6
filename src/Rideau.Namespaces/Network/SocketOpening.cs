using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>What belongs to a socket beside the call that makes it: its options, its address, and the path of a unix socket, which somebody else may have laid.</summary>
internal static class SocketOpening
{
    internal static OwnedFd Listen(NetworkNamespace network, string attempt, SocketEndpoint endpoint, OwnedFd? root)
    {
        OwnedFd socket = network.OpenSocket(endpoint.Family, endpoint.Kind.Type);
        try
        {
            if (endpoint.Kind == SocketKind.Tcp)
            {
                Check(attempt, endpoint, "setsockopt", Sockets.TrySetOption(socket, SocketAbi.SOL_SOCKET, SocketAbi.SO_REUSEADDR, 1));
            }

            Check(attempt, endpoint, "bind", Bind(attempt, socket, endpoint, root));
            if (endpoint.Kind.HasConnections)
            {
                Check(attempt, endpoint, "listen", Sockets.TryListen(socket, SocketAbi.SOMAXCONN));
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static OwnedFd Connect(NetworkNamespace network, string attempt, SocketEndpoint endpoint, OwnedFd? root)
    {
        OwnedFd socket = network.OpenSocket(endpoint.Family, endpoint.Kind.Type);
        try
        {
            Check(attempt, endpoint, "connect", TryConnect(socket, endpoint, root));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects a socket; where a root is given, the file is looked up inside it, and connected to by what was found.</summary>
    internal static int TryConnect(OwnedFd socket, SocketEndpoint endpoint, OwnedFd? root)
    {
        if (root is null || !endpoint.Kind.IsUnix || endpoint.IsAbstract)
        {
            return Sockets.TryConnect(socket, endpoint.ToAddress(socket, toListen: false));
        }

        int errno = Files.TryOpenResolved(root, endpoint.Path, Fcntl.O_PATH, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? file);
        if (file is null)
        {
            return errno;
        }

        using (file)
        {
            return Sockets.TryConnect(socket, SocketAddress.OfPath($"/proc/self/fd/{file.Number}"));
        }
    }

    /// <summary>The directory of a unix socket's path; no link in it leads out of the root.</summary>
    internal static OwnedFd? TryOpenDirectory(SocketEndpoint endpoint, OwnedFd? root, out int errno)
    {
        int slash = endpoint.Path.LastIndexOf('/');
        string directory = slash == 0 ? "/" : endpoint.Path[..slash];
        OwnedFd? found;
        errno = root is null
            ? Files.TryOpen(directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out found)
            : Files.TryOpenResolved(root, directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out found);
        return found;
    }

    // bind(2) does not follow the last component, and refuses what is there: only the directory is to be found safely.
    private static int Bind(string attempt, OwnedFd socket, SocketEndpoint endpoint, OwnedFd? root)
    {
        if (!endpoint.Kind.IsUnix || endpoint.IsAbstract)
        {
            return Sockets.TryBind(socket, endpoint.ToAddress(socket, toListen: true));
        }

        OwnedFd? found = TryOpenDirectory(endpoint, root, out int errno);
        if (found is null)
        {
            throw new NamespaceException(attempt, NamespaceFailure.NotFound, null, new LinuxException("openat2", errno, $"the directory of \"{endpoint.Path}\""));
        }

        using (found)
        {
            string name = endpoint.Path[(endpoint.Path.LastIndexOf('/') + 1)..];
            errno = Sockets.TryBind(socket, SocketAddress.OfPath($"/proc/self/fd/{found.Number}/{name}"));
            if (errno != Errno.EADDRINUSE || !IsAbandoned(found, name))
            {
                return errno;
            }

            _ = Files.TryRemove(name, found); // ignored: bind says it
            return Sockets.TryBind(socket, SocketAddress.OfPath($"/proc/self/fd/{found.Number}/{name}"));
        }
    }

    // A socket's file outlives its socket. Nobody answers: it is in the way of the next, as service managers see it too.
    private static bool IsAbandoned(OwnedFd directory, string name)
    {
        if (Files.TryStatus(name, out FileStatus status, directory, Fcntl.AT_SYMLINK_NOFOLLOW) != 0 || (status.Mode & Stat.S_IFMT) != Stat.S_IFSOCK
            || Sockets.TryOpen(SocketAbi.AF_UNIX, SocketAbi.SOCK_STREAM | SocketAbi.SOCK_NONBLOCK, 0, out OwnedFd? probe) != 0 || probe is null)
        {
            return false;
        }

        using (probe)
        {
            return Sockets.TryConnect(probe, SocketAddress.OfPath($"/proc/self/fd/{directory.Number}/{name}")) == Errno.ECONNREFUSED;
        }
    }

    private static void Check(string attempt, SocketEndpoint endpoint, string operation, int errno)
    {
        if (errno == 0)
        {
            return;
        }

        string? hint = (operation, errno) switch
        {
            ("bind" or "listen", Errno.EADDRINUSE) when endpoint.Kind.IsUnix => "another process listens there, or a file is in the way",
            ("bind" or "listen", Errno.EADDRINUSE) => "another socket of that network namespace has the port; one of [::] has it for IPv4 too",
            ("bind", Errno.EADDRNOTAVAIL) => "no device of that network namespace has the address: \"rideau net list TARGET\"",
            ("bind", Errno.EACCES) when !endpoint.Kind.IsUnix => "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE in that network namespace",
            ("connect", Errno.ENETUNREACH) => "that network namespace has no route there: \"rideau net list TARGET\"",
            ("connect", Errno.ECONNREFUSED) => "nobody listens there",
            _ => null,
        };
        NamespaceFailure kind = errno is Errno.EACCES or Errno.EPERM ? NamespaceFailure.NotPermitted : errno == Errno.EADDRINUSE ? NamespaceFailure.AlreadyExists : NamespaceFailure.General;
        throw new NamespaceException(attempt, kind, hint, new LinuxException(operation, errno, endpoint.ToString()));
    }
}
