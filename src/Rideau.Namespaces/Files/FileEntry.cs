using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>A file as it was seen.</summary>
/// <param name="Name">Its name in the directory, or the path that was asked for.</param>
/// <param name="Status">What statx(2) says; its ids are this process's.</param>
/// <param name="Uid">The owner as the tree numbers it.</param>
/// <param name="Gid">The group as the tree numbers it.</param>
/// <param name="Target">Where a symbolic link leads.</param>
public sealed record FileEntry(FileName Name, FileStatus Status, uint Uid, uint Gid, FileName? Target);
