using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>What kind of file it is, in words.</summary>
public static class FileKind
{
    /// <summary>"regular file", "symbolic link".</summary>
    /// <param name="mode">Of stat(2).</param>
    public static string Of(int mode) => (mode & Stat.S_IFMT) switch
    {
        Stat.S_IFREG => "regular file",
        Stat.S_IFDIR => "directory",
        Stat.S_IFLNK => "symbolic link",
        Stat.S_IFIFO => "FIFO",
        Stat.S_IFSOCK => "socket",
        Stat.S_IFCHR => "character device",
        Stat.S_IFBLK => "block device",
        _ => "file of an unknown kind",
    };
}
