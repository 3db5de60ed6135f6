using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>What changes in directories. man: inotify(7) · runs in: caller</summary>
public static unsafe class FileChanges
{
    /// <summary>A name appeared or went: IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE_SELF, IN_MOVE_SELF; of a directory alone.</summary>
    private const uint Names = 0x100 | 0x200 | 0x40 | 0x80 | 0x400 | 0x800 | 0x1000000;

    /// <summary>A descriptor that is readable when something changed; reading it does not wait.</summary>
    /// <returns>0, or the positive errno: EMFILE at /proc/sys/fs/inotify/max_user_instances.</returns>
    public static int TryMake(out OwnedFd? changes)
    {
        nint result = RawSyscall.Invoke(SyscallNumber.inotify_init1, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
        changes = result >= 0 ? new OwnedFd((int)result) : null;
        return result >= 0 ? 0 : (int)-result;
    }

    /// <summary>Adds a directory; one that is there already stays.</summary>
    /// <returns>Its number, or the negative errno: ENOENT, EACCES, ENOTDIR, ENOSPC.</returns>
    public static int TryAdd(OwnedFd changes, string directory)
    {
        fixed (byte* path = Encoding.UTF8.GetBytes(directory + "\0"))
        {
            return (int)RawSyscall.Invoke(SyscallNumber.inotify_add_watch, changes.Number, (nint)path, unchecked((nint)Names));
        }
    }

    /// <summary>Takes away everything that waits to be read.</summary>
    /// <returns>True where there was something.</returns>
    public static bool Drain(OwnedFd changes)
    {
        Span<byte> buffer = stackalloc byte[4096];
        bool any = false;
        for (int reads = 0; reads < 4096 && Files.TryReadSome(changes.Number, buffer) > 0; reads++)
        {
            any = true;
        }

        return any;
    }
}
