using System;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>The held lock of all names below one --root.</summary>
/// <remarks>Given up by word, not by closing: a child that has not executed its program yet has a copy of the descriptor. man: flock(2)</remarks>
internal sealed class NameLock : IDisposable
{
    private readonly OwnedFd? _directory;

    private NameLock(OwnedFd? directory) => _directory = directory;

    /// <summary>Waits for it. Where the directory is missing there is nothing to lock, and nothing in it.</summary>
    internal static NameLock Take(string path)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, out OwnedFd? directory);
        if (directory is null)
        {
            return errno == Errno.ENOENT ? new NameLock(null) : throw new LinuxException("openat", errno, $"\"{path}\", O_DIRECTORY");
        }

        errno = Files.TryLock(directory, Fcntl.LOCK_EX);
        if (errno != 0)
        {
            directory.Dispose();
            throw new LinuxException("flock", errno, $"\"{path}\", LOCK_EX");
        }

        return new NameLock(directory);
    }

    public void Dispose()
    {
        if (_directory is not null)
        {
            _ = Files.TryLock(_directory, Fcntl.LOCK_UN); // ignored: it is held
            _directory.Dispose();
        }
    }
}
