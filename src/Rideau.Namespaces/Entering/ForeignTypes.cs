using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>In which of its namespaces a process is not where the caller is.</summary>
/// <remarks>man: namespaces(7), The /proc/pid/ns/ directory</remarks>
public static class ForeignTypes
{
    /// <summary>Compares them.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="among">Of which types, as CLONE_NEW flags.</param>
    /// <returns>CLONE_NEW flags; also of a type that may not be looked at, and of all where the process has ended.</returns>
    public static long Of(int pid, long among = ~0L)
    {
        long types = 0;
        const string own = "/proc/self/ns/";
        string others = $"/proc/{pid}/ns/";
        foreach (NamespaceType type in NamespaceType.All)
        {
            if ((among & type.Flag) != 0 && Files.ReadLink(others + type.Name) != Files.ReadLink(own + type.Name))
            {
                types |= type.Flag;
            }
        }

        return types;
    }
}
