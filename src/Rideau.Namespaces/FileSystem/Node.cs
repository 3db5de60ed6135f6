using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>A file of the tree, as a number that says by itself what it is: the server keeps nothing of what the kernel has looked up.</summary>
/// <remarks>
/// <code>
/// bits 52-59 kind (60-63 are 0), 48-51 type, 40-47 detail, 0-39 number (an inode of nsfs, a pid, or the number of a name)
/// </code>
/// The root is 1, as FUSE has it.
/// </remarks>
/// <param name="Id">The number.</param>
internal readonly record struct Node(ulong Id)
{
    internal const int ReadableFile = Stat.S_IFREG | 0x124; // 0444
    internal const int ReadableDirectory = Stat.S_IFDIR | 0x16d; // 0555
    internal const int WritableDirectory = Stat.S_IFDIR | 0x1ed; // 0755
    internal const int Link = Stat.S_IFLNK | 0x1ff; // 0777
    private const ulong NumberMask = (1UL << 40) - 1;

    internal static Node Root => new(Fuse.FUSE_ROOT_ID);

    internal NodeKind Kind => (NodeKind)(byte)((Id >> 52) & 0xff);

    /// <summary>Its place in <see cref="NamespaceType.All"/>.</summary>
    internal int TypeIndex => (int)((Id >> 48) & 0xf);

    internal NamespaceType Type => NamespaceType.All[TypeIndex & 7];

    internal int Detail => (int)((Id >> 40) & 0xff);

    internal ulong Number => Id & NumberMask;

    /// <summary>The branch that it is in.</summary>
    internal int Branch => (int)Kind >> 4;

    /// <summary>True where the number can have come from here.</summary>
    internal bool IsKnown => Id >> 60 == 0 && TypeIndex < NamespaceType.All.Length && Branch <= 4 && ((int)Kind & 0xf) <= (Branch is 0 or 3 ? 3 : 5) && (Kind != NodeKind.Root || this == Root);

    internal bool IsDirectory => (Mode & Stat.S_IFMT) == Stat.S_IFDIR;

    internal bool IsLink => (Mode & Stat.S_IFMT) == Stat.S_IFLNK;

    internal int Mode => Kind switch
    {
        NodeKind.Readme or NodeKind.LastError or NodeKind.Events or NodeKind.NamespaceText or NodeKind.NameText or NodeKind.ProcessText => ReadableFile,
        NodeKind.NamespaceLink or NodeKind.NameHandle or NodeKind.NameAboutLink or NodeKind.OwnedLink or NodeKind.OwnerAbout or NodeKind.ProcessHandle or NodeKind.ProcessAboutLink => Link,
        NodeKind.Type or NodeKind.Names => WritableDirectory,
        _ => ReadableDirectory,
    };

    internal static Node Of(NodeKind kind, int type = 0, int detail = 0, ulong number = 0) =>
        new(((ulong)kind << 52) | ((ulong)(uint)type << 48) | ((ulong)(uint)detail << 40) | (number & NumberMask));

    internal static int IndexOf(NamespaceType type)
    {
        for (int i = 0; i < NamespaceType.All.Length; i++)
        {
            if (NamespaceType.All[i] == type)
            {
                return i;
            }
        }

        return 0;
    }
}
