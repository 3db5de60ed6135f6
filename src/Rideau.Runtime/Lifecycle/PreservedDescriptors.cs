using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The descriptors from 3 on that a container's process gets: the sockets of LISTEN_FDS, then those of --preserve-fds.</summary>
internal static class PreservedDescriptors
{
    private const int First = 3;

    /// <summary>How many there are.</summary>
    /// <exception cref="ContainerException">One of them is not open. A number that is free could become one of the runtime's own, and go into the container.</exception>
    internal static int Check(int preserve)
    {
        int listening = ListenFds.Count;
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

        return listening + preserve;
    }
}
