using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Which namespace it is, so that another one is told apart later.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">The number that no other namespace ever has; 0 before kernel 6.18.</param>
/// <param name="DeviceMajor">Of nsfs.</param>
/// <param name="DeviceMinor">Of nsfs.</param>
/// <param name="Inode">As the kernel writes it behind the type: "net:[4026531840]". It is used again after the namespace's death.</param>
public sealed record NamespaceIdentity(NamespaceType Type, ulong Id, uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    /// <summary>True where the kernel can open the namespace again by its identity.</summary>
    public bool HasHandle => Id != 0;

    /// <summary>The identity of an open namespace.</summary>
    /// <returns>Null where the descriptor is of none.</returns>
    public static NamespaceIdentity? TryOf(OwnedFd fd)
    {
        if (!NamespaceFiles.IsNamespace(fd) || NamespaceFiles.TryType(fd, out long flag) != 0)
        {
            return null;
        }

        FileStatus status = Files.Status(fd);
        _ = NamespaceFiles.TryId(fd, out ulong id); // ignored: 0 says that this kernel has none
        return new NamespaceIdentity(NamespaceType.Of(flag), id, status.DeviceMajor, status.DeviceMinor, status.Inode);
    }

    /// <summary>The identity of the namespace that a path leads to.</summary>
    /// <returns>Null where there is none, or the caller may not open it.</returns>
    public static NamespaceIdentity? TryOf(string path) => TryOf(path, out _);

    /// <summary>The same, with the reason.</summary>
    /// <param name="path">The path.</param>
    /// <param name="errno">Of open(2): 0 where there is a file, which may be no namespace.</param>
    internal static NamespaceIdentity? TryOf(string path, out int errno)
    {
        errno = Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, out OwnedFd? fd);
        if (fd is null)
        {
            return null;
        }

        using (fd)
        {
            return TryOf(fd);
        }
    }

    /// <summary>True where both are the same namespace, as far as the older of the two kernels can tell.</summary>
    public bool IsSame(NamespaceIdentity other) => Id != 0 && other.Id != 0
        ? Id == other.Id
        : Type == other.Type && Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;

    /// <summary>Opens the namespace wherever it is held, by the kernel's handle (kernel 6.18).</summary>
    /// <returns>0, or the positive errno: ESTALE where it has died, EOPNOTSUPP without handles, EPERM.</returns>
    public int TryReopen(out OwnedFd? fd)
    {
        fd = null;
        return HasHandle
            ? NamespaceFiles.TryOpenHandle(new nsfs_file_handle { ns_id = Id, ns_type = (uint)Type.Flag, ns_inum = (uint)Inode }, out fd)
            : Errno.EOPNOTSUPP;
    }

    /// <summary>"net:[4026531840]", as the kernel writes it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Type.Name}:[{Inode}]");
}
