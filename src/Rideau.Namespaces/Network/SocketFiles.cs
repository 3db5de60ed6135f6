using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>The files of unix sockets, which outlive their sockets.</summary>
public static class SocketFiles
{
    /// <summary>Takes the file of a socket away that nobody listens on any more.</summary>
    /// <param name="endpoint">With a path.</param>
    /// <param name="root">The directory that the path begins at; null: the caller's root.</param>
    public static void Remove(SocketEndpoint endpoint, OwnedFd? root)
    {
        OwnedFd? directory = SocketOpening.TryOpenDirectory(endpoint, root, out _);
        if (directory is null)
        {
            return;
        }

        using (directory)
        {
            string name = endpoint.Path[(endpoint.Path.LastIndexOf('/') + 1)..];
            if (Files.TryStatus(name, out FileStatus status, directory, Fcntl.AT_SYMLINK_NOFOLLOW) == 0 && (status.Mode & Stat.S_IFMT) == Stat.S_IFSOCK)
            {
                _ = Files.TryRemove(name, directory); // ignored: the next that listens there takes it away
            }
        }
    }
}
