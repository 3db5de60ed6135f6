using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Names for ip-netns(8): files in /run/netns, on a mount that is shared as iproute2 has it.</summary>
internal static class IpNetns
{
    private const string Directory = "/run/netns";

    /// <summary>Gives the name.</summary>
    internal static void Add(string attempt, string name, OwnedFd network)
    {
        int errno = Files.TryMakeDirectory(Directory, 0x1ed); // 0755
        if (errno is 0 or Errno.EEXIST)
        {
            errno = Share();
        }

        string path = $"{Directory}/{name}";
        OwnedFd? file = null;
        if (errno == 0)
        {
            errno = Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, out file, 0);
        }

        if (file is not null)
        {
            using (file)
            {
                errno = Mounts.TryBind(network, file);
            }

            if (errno != 0)
            {
                _ = Files.TryRemove(path); // ignored: the error below is the one to be told
            }
        }

        if (errno != 0)
        {
            throw new NamespaceException(
                $"{attempt}: cannot name it for \"ip netns\"",
                errno == Errno.EEXIST ? NamespaceFailure.AlreadyExists : NamespaceFailure.NotPermitted,
                errno == Errno.EEXIST ? $"\"ip netns delete {name}\" takes that name away, or choose another"
                    : errno is Errno.EPERM or Errno.EACCES ? "the names of ip netns are in /run/netns, which is root's: leave --ip-netns out" : null,
                new LinuxException("mount", errno, $"network namespace, \"{path}\", MS_BIND"));
        }
    }

    /// <summary>Takes the name away, if it leads to that network namespace.</summary>
    internal static void Remove(string name, NamespaceIdentity? network)
    {
        string path = $"{Directory}/{name}";
        NamespaceIdentity? found = NamespaceIdentity.TryOf(path, out int errno);
        if (Errno.IsScarcity(errno))
        {
            throw new LinuxException("open", errno, $"\"{path}\"");
        }

        if (found is not null && network is not null && found.IsSame(network) && Mounts.TryDetach(path) == 0)
        {
            _ = Files.TryRemove(path); // ignored: an empty file is left, which "ip netns delete" removes
        }
    }

    // As iproute2: what is mounted here is seen in all mount namespaces, and what is unmounted is gone in all.
    private static int Share()
    {
        int errno = Mounts.TrySetPropagation(Directory, Mount.MS_SHARED | Mount.MS_REC);
        if (errno != Errno.EINVAL)
        {
            return errno;
        }

        using OwnedFd directory = Files.Open(Directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        errno = Mounts.TryBind(directory, directory);
        return errno == 0 ? Mounts.TrySetPropagation(Directory, Mount.MS_SHARED | Mount.MS_REC) : errno;
    }
}
