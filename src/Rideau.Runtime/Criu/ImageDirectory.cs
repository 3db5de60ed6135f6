using System;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Criu;

/// <summary>The directories that CRIU writes to and reads from: --image-path and --work-path.</summary>
internal sealed class ImageDirectory : IDisposable
{
    private ImageDirectory(string path, OwnedFd directory)
    {
        Path = path;
        Directory = directory;
    }

    internal string Path { get; }

    internal OwnedFd Directory { get; }

    /// <summary>Opens it.</summary>
    /// <param name="attempt">"cannot restore container \"web\"".</param>
    /// <param name="option">"--image-path".</param>
    /// <param name="path">Absolute.</param>
    /// <param name="make">Make it, and those above it, where it is missing: 0700, because memory is in it.</param>
    internal static ImageDirectory Open(string attempt, string option, string path, bool make)
    {
        int errno = make ? TryMake(path) : 0;
        OwnedFd? directory = null;
        errno = errno == 0 ? Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, out directory) : errno;
        return directory is not null
            ? new ImageDirectory(path, directory)
            : throw new ContainerException($"{attempt}: cannot open {option} \"{path}\"", FailureCode.InvalidArgument, errno == Errno.ENOENT ? $"{option} names the directory that checkpoint has written" : null, new LinuxException(make ? "mkdirat" : "openat", errno, $"\"{path}\""));
    }

    /// <summary>The same directory in the mount namespace of another process, which has the same mounts: what is opened there can be mounted on there.</summary>
    internal OwnedFd OpenIn(int pid) => Files.Open($"/proc/{pid}/root{Path}", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);

    public void Dispose() => Directory.Dispose();

    private static int TryMake(string path)
    {
        int errno = Files.TryMakeDirectory(path, 0x1c0); // 0700
        if (errno == Errno.ENOENT && path.LastIndexOf('/') is > 0 and int slash)
        {
            errno = TryMake(path[..slash]);
            errno = errno == 0 ? Files.TryMakeDirectory(path, 0x1c0) : errno;
        }

        return errno == Errno.EEXIST ? 0 : errno;
    }
}
