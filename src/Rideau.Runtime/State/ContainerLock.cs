using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.State;

/// <summary>A held lock of a container.</summary>
/// <remarks>
/// A child has a copy of the descriptor until it executes its program, and the kernel keeps the lock for as
/// long as there is a copy; so it is given up by word, not by closing. A command that is killed takes its child
/// with it, and so the lock is free then too. man: flock(2)
/// </remarks>
internal sealed class ContainerLock(OwnedFd directory) : IDisposable
{
    public void Dispose()
    {
        _ = Files.TryLock(directory, Fcntl.LOCK_UN); // ignored: it is held
        directory.Dispose();
    }
}
