using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>In which of its namespaces a process is not where the caller is.</summary>
/// <remarks>man: namespaces(7), The /proc/pid/ns/ directory</remarks>
public static class ForeignTypes
{
    /// <summary>Compares them.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="among">Of which types, as CLONE_NEW flags.</param>
    /// <returns>CLONE_NEW flags; also of a type that may not be looked at.</returns>
    /// <exception cref="LinuxException">The process has ended.</exception>
    public static long Of(int pid, long among = ~0L)
    {
        using OwnedFd own = Files.Open("/proc/self/ns", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        using OwnedFd others = Files.Open($"/proc/{pid}/ns", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        long types = 0;
        foreach (NamespaceType type in NamespaceType.All)
        {
            if ((among & type.Flag) != 0 && Files.ReadLink(type.Name, others) != Files.ReadLink(type.Name, own))
            {
                types |= type.Flag;
            }
        }

        return types;
    }
}
