using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>A file in the directory of a namespace.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Types">Which types have it, as CLONE_NEW flags.</param>
internal readonly record struct NamespaceAttribute(string Name, long Types)
{
    private const long Any = ~0L;

    internal const int Type = 0;
    internal const int Id = 1;
    internal const int Processes = 2;
    internal const int Names = 3;
    internal const int Mounts = 4;
    internal const int Descriptors = 5;
    internal const int Created = 6;
    internal const int ForChildrenOf = 7;
    internal const int Creator = 8;
    internal const int UidMap = 9;
    internal const int GidMap = 10;
    internal const int Depth = 11;
    internal const int Init = 12;
    internal const int Devices = 13;

    internal const int HandleLink = 0;
    internal const int OwnerLink = 1;
    internal const int ParentLink = 2;

    /// <summary>The texts; a node's detail is the place in it.</summary>
    internal static IReadOnlyList<NamespaceAttribute> Texts { get; } =
    [
        new("type", Any), new("id", Any), new("processes", Any), new("names", Any), new("mounts", Any), new("descriptors", Any), new("created", Any),
        new("for_children_of", Sched.CLONE_NEWPID | Sched.CLONE_NEWTIME),
        new("creator", Sched.CLONE_NEWUSER), new("uid_map", Sched.CLONE_NEWUSER), new("gid_map", Sched.CLONE_NEWUSER),
        new("depth", Sched.CLONE_NEWUSER | Sched.CLONE_NEWPID),
        new("init", Sched.CLONE_NEWPID),
        new("devices", Sched.CLONE_NEWNET),
    ];

    /// <summary>The symbolic links; a node's detail is the place in it.</summary>
    internal static IReadOnlyList<NamespaceAttribute> Links { get; } =
    [
        new("ns", Any), new("owner", ~Sched.CLONE_NEWUSER), new("parent", Sched.CLONE_NEWUSER | Sched.CLONE_NEWPID),
    ];
}
