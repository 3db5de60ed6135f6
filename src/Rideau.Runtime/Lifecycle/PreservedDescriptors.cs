using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Namespaces.Network;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The descriptors from 3 on that a container's process gets: the sockets of LISTEN_FDS, then those of --preserve-fds.</summary>
internal static class PreservedDescriptors
{
    private const int First = 3;

    /// <summary>How many there are.</summary>
    /// <exception cref="ContainerException">One of them is not open. A number that is free could become one of the runtime's own, and go into the container.</exception>
    /// <param name="preserve">--preserve-fds.</param>
    /// <param name="sockets">Those of --listen, which come behind those that the caller passes on.</param>
    internal static int Check(int preserve, SocketHandover? sockets)
    {
        int listening = ListenFds.Count;
        if (sockets is not null && preserve > 0)
        {
            throw new ContainerException("--listen and --preserve-fds cannot be given together: both have the descriptors from 3 on", FailureCode.InvalidArgument);
        }

        for (int i = 0; i < listening + preserve; i++)
        {
            // Whatever this program opens itself is close-on-exec, what it inherited cannot be.
            int flags = Files.TryDescriptorFlags(First + i);
            if (flags < 0 || (flags & Fcntl.FD_CLOEXEC) != 0)
            {
                string source = i < listening ? $"LISTEN_FDS={listening}" : $"--preserve-fds {preserve}";
                throw new ContainerException($"cannot pass on fd {First + i} of {source}: it is not open", FailureCode.InvalidArgument, "the descriptors from 3 on must be open, without a gap");
            }
        }

        return sockets?.Count ?? listening + preserve;
    }
}
