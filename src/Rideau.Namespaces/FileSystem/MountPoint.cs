using System;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;

namespace Rideau.Namespaces;

/// <summary>A directory that the tree is, or is to be, mounted on. Nothing here asks the file system that is mounted there, which may be the caller's own, or dead.</summary>
internal sealed class MountPoint : IDisposable
{
    /// <summary>The type in the mount table.</summary>
    internal const string FileSystem = "fuse.rideau-ns";

    private const int MountInfoLimitBytes = 64 << 20;

    private MountPoint(OwnedFd directory, string path)
    {
        Directory = directory;
        Path = path;
    }

    /// <summary>Open with O_PATH.</summary>
    internal OwnedFd Directory { get; }

    /// <summary>Without links, as the mount table has it.</summary>
    internal string Path { get; }

    /// <exception cref="NamespaceException">NotFound, NotPermitted.</exception>
    internal static MountPoint Open(string attempt, string directory)
    {
        int errno = Files.TryOpen(directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out OwnedFd? fd);
        if (fd is null)
        {
            throw new NamespaceException(
                attempt,
                errno is Errno.ENOENT or Errno.ENOTDIR ? NamespaceFailure.NotFound : NamespaceFailure.NotPermitted,
                errno == Errno.ENOENT ? $"make it: mkdir -p {directory}" : null,
                new LinuxException("openat", errno, $"\"{directory}\", O_PATH|O_DIRECTORY"));
        }

        return new MountPoint(fd, Files.ReadLink($"/proc/self/fd/{fd.Number}") ?? directory);
    }

    /// <summary>The number of the tree's mount that is uppermost there; null where the uppermost mount is another file system's, or none.</summary>
    internal string? MountId() => MountIdAt(Path);

    /// <summary>The same of a path that is not opened for it.</summary>
    internal static string? MountIdAt(string path)
    {
        string? found = null;
        var mounts = new MountInfo(Files.ReadAll("/proc/self/mountinfo", MountInfoLimitBytes));
        while (mounts.MoveNext())
        {
            if (MountInfo.Unescape(mounts.MountPoint) == path)
            {
                found = mounts.FileSystemType.SequenceEqual(Encoding.ASCII.GetBytes(FileSystem)) ? Encoding.ASCII.GetString(mounts.Id) : null;
            }
        }

        return found;
    }

    /// <summary>True where the server of the tree that is mounted there has ended.</summary>
    internal bool IsDead() => Files.FileSystemType(Path) is -Errno.ENOTCONN or -Errno.ECONNABORTED;

    /// <summary>Takes the uppermost mount away.</summary>
    /// <param name="lazy">Also while it is in use.</param>
    /// <returns>0, or the positive errno.</returns>
    internal int TryUnmount(bool lazy)
    {
        int errno = Mounts.TryUnmount(Path, lazy ? Mount.MNT_DETACH : 0);
        return errno == Errno.EPERM && Fusermount.Find() is { } program ? Fusermount.TryUnmount(program, Path, lazy) : errno;
    }

    public void Dispose() => Directory.Dispose();
}
