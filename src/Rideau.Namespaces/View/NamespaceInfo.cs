using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>One namespace of the machine, and what holds it.</summary>
public sealed class NamespaceInfo
{
    internal NamespaceInfo(NamespaceType type, ulong inode)
    {
        Type = type;
        Inode = inode;
    }

    /// <summary>Its type.</summary>
    public NamespaceType Type { get; }

    /// <summary>As the kernel writes it: "net:[4026531840]".</summary>
    public ulong Inode { get; }

    /// <summary>The number that no other namespace ever has; 0 before kernel 6.18, where it could not be opened, or was not asked for.</summary>
    public ulong Id { get; internal set; }

    /// <summary>The user namespace that owns it; null where that is not in sight.</summary>
    public NamespaceInfo? Owner { get; internal set; }

    /// <summary>The namespace above it, of a pid or user namespace; null for the first one, and where it is not in sight.</summary>
    public NamespaceInfo? Parent { get; internal set; }

    /// <summary>The user that made it, of a user namespace.</summary>
    public uint? CreatorUid { get; internal set; }

    /// <summary>The processes that are in it, in the order of their numbers.</summary>
    public List<int> Processes { get; } = [];

    /// <summary>The processes whose children will be in it, though they are not themselves (pid, time).</summary>
    public List<int> ForChildrenOf { get; } = [];

    /// <summary>The names that were given to it.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Where it is mounted, in the mount namespaces that were looked at.</summary>
    public List<string> Mounts { get; } = [];

    /// <summary>The open descriptors of it.</summary>
    public List<(int Pid, int Descriptor)> Descriptors { get; } = [];

    /// <summary>The sockets that are in it while their process is in another, of a network namespace; where they were asked for.</summary>
    public List<(int Pid, int Descriptor)> Sockets { get; } = [];

    /// <summary>The devices of a network namespace; null where they were not asked for, or the caller may not enter it.</summary>
    public IReadOnlyList<NetworkContents>? Devices { get; internal set; }

    /// <summary>How ids are mapped in a user namespace, a line each as in uid_map; empty where nobody is in it to be asked.</summary>
    public IReadOnlyList<string> UserMap { get; internal set; } = [];

    /// <summary>The same of groups.</summary>
    public IReadOnlyList<string> GroupMap { get; internal set; } = [];

    /// <summary>True where owner and parent have been asked for.</summary>
    internal bool IsAsked { get; set; }

    /// <summary>True while a descriptor of it is kept, for the kernel to find it quickly.</summary>
    internal bool IsKept { get; set; }

    /// <summary>How many namespaces of the same kind are above it, of a pid or user namespace.</summary>
    public int Depth
    {
        get
        {
            int depth = 0;
            for (NamespaceInfo? above = Parent; above is not null && depth < 64; above = above.Parent)
            {
                depth++;
            }

            return depth;
        }
    }

    /// <summary>A path by which it can be opened while its holder holds it; null where only the kernel has it.</summary>
    public string? Path { get; internal set; }

    /// <summary>"net:[4026531840]".</summary>
    public override string ToString() => $"{Type.Name}:[{Inode}]";
}
