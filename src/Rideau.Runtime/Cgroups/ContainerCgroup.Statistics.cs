using Rideau.Kernel.Abi;
using Rideau.Runtime.Statistics;

namespace Rideau.Runtime.Cgroups;

/// <summary>What is counted.</summary>
public sealed partial class ContainerCgroup
{
    /// <summary>What the container uses now. A count that this kernel has not is zero.</summary>
    public ContainerStatistics Statistics() => StatisticsReader.Read(_directories);

    /// <summary>Begins to watch for the container running out of memory.</summary>
    /// <returns>Null where no hierarchy can tell; <paramref name="errno"/> says why.</returns>
    internal OomWatch? WatchMemory(out int errno)
    {
        errno = Errno.ENOENT;
        OomWatch? watch = null;
        if ((Version1("memory") ?? Unified) is { } directory)
        {
            errno = OomWatch.TryBegin(directory, out watch);
        }

        return watch;
    }
}
