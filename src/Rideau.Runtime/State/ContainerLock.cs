using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.State;

/// <summary>A held lock of a container.</summary>
/// <remarks>
/// A child is born with a copy of the descriptor, and the kernel keeps the lock for as long as there is a copy.
/// The child's image closes its own, so that the lock is free when the command ends, however it ends, and delete
/// does not wait for a child that hangs. Until then it is given up by word, not by closing. man: flock(2)
/// </remarks>
public sealed class ContainerLock : IDisposable
{
    private readonly OwnedFd _directory;

    internal ContainerLock(OwnedFd directory) => _directory = directory;

    /// <summary>What is locked.</summary>
    internal OwnedFd Directory => _directory;

    /// <summary>Other commands may change the container until it is taken again.</summary>
    internal void Release() => _ = Files.TryLock(_directory, Fcntl.LOCK_UN); // ignored: it is held

    /// <summary>Takes it again.</summary>
    /// <returns>False where the container was deleted meanwhile; its name may be another's by now.</returns>
    internal bool TryTakeAgain()
    {
        _ = Files.TryLock(_directory, Fcntl.LOCK_EX); // ignored: what is to be done with it is done without it too
        return Files.Status(_directory).Links > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_directory.IsClosed)
        {
            return;
        }

        _ = Files.TryLock(_directory, Fcntl.LOCK_UN); // ignored: it is held
        _directory.Dispose();
    }
}
