using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>What a network is called: as a container's id, as a name, as the caller's own, or by the kernel's number.</summary>
public sealed class NetworkNames
{
    private readonly Dictionary<ulong, string> _containers = [];
    private readonly ulong _own;

    private NetworkNames(ContainerStore store)
    {
        _own = Inode("/proc/self/ns/net");
        foreach (ContainerRecord record in store.List())
        {
            if (record.InitPid > 0 && ProcessIdentity.IsAlive(record) && Inode($"/proc/{record.InitPid.ToString(CultureInfo.InvariantCulture)}/ns/net") is > 0 and ulong inode && inode != _own)
            {
                _containers.TryAdd(inode, record.Id);
            }
        }
    }

    /// <summary>Of the containers of a --root.</summary>
    public static NetworkNames Of(RuntimeContext context) => new(new ContainerStore(context.Root));

    /// <summary>What can be written for it on a command line; null where only the kernel's number and a process say it.</summary>
    public string? TargetOf(NamespaceInfo network) => network.Inode == _own ? NetworkTarget.Host
        : _containers.TryGetValue(network.Inode, out string? id) ? id
        : network.Names.Count > 0 ? network.Names[0]
        : network.Processes.Count > 0 ? network.Processes[0].ToString(CultureInfo.InvariantCulture)
        : network.Path;

    private static ulong Inode(string path) => Files.TryStatus(path, out FileStatus status) == 0 ? status.Inode : 0;
}
