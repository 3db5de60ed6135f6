using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>Mounts that the caller makes ready before there is a child.</summary>
/// <remarks>man: open_tree(2), mount_setattr(2) · kernel 5.12+ · runs in: caller</remarks>
public static unsafe class Mounts
{
    /// <summary>Clones the mount that a path is on, or the tree of mounts, as one that is attached nowhere and ends with its descriptor.</summary>
    /// <returns>0, or the positive errno: EPERM without CAP_SYS_ADMIN, EINVAL for an unbindable mount.</returns>
    public static int TryClone(string path, bool recursive, out OwnedFd? tree, OwnedFd? directory = null)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        int flags = Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC
            | (recursive ? Fcntl.AT_RECURSIVE : 0) | (path.Length == 0 ? Fcntl.AT_EMPTY_PATH : 0);
        fixed (byte* pointer = name)
        {
            nint result = Raw.RawSyscall.Invoke(SyscallNumber.open_tree, Files.At(directory), (nint)pointer, flags);
            tree = result >= 0 ? new OwnedFd((int)result) : null;
            return result >= 0 ? 0 : (int)-result;
        }
    }

    /// <summary>Changes attributes of the mount whose root is open.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TrySetAttributes(OwnedFd mount, bool recursive, in mount_attr attributes)
    {
        byte empty = 0;
        mount_attr copy = attributes;
        nint result = Raw.RawSyscall.Invoke(
            SyscallNumber.mount_setattr,
            mount.Number,
            (nint)(&empty),
            Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0),
            (nint)(&copy),
            sizeof(mount_attr));
        return (int)-result;
    }
}
