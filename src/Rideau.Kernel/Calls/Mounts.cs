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
            nint result = Syscalls.Retry(SyscallNumber.open_tree, Files.At(directory), (nint)pointer, flags);
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
        nint result = Syscalls.Retry(
            SyscallNumber.mount_setattr,
            mount.Number,
            (nint)(&empty),
            Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0),
            (nint)(&copy),
            sizeof(mount_attr));
        return (int)-result;
    }

    /// <summary>Binds what a descriptor leads to on what another leads to.</summary>
    /// <returns>0, or the positive errno: EPERM without CAP_SYS_ADMIN in the mount namespace; EINVAL for a mount namespace that would hold itself, or on a shared mount.</returns>
    public static int TryBind(OwnedFd source, OwnedFd target)
    {
        using var from = new Utf8Path($"/proc/self/fd/{source.Number}", stackalloc byte[64]);
        using var to = new Utf8Path($"/proc/self/fd/{target.Number}", stackalloc byte[64]);
        fixed (byte* sourcePath = from)
        fixed (byte* targetPath = to)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mount, (nint)sourcePath, (nint)targetPath, 0, (nint)Mount.MS_BIND, 0);
        }
    }

    /// <summary>Mounts a file system.</summary>
    /// <param name="source">What the mount table calls the source.</param>
    /// <param name="target">The directory.</param>
    /// <param name="type">The type of file system.</param>
    /// <param name="flags">MS_ flags.</param>
    /// <param name="options">The file system's own options.</param>
    /// <returns>0, or the positive errno: EPERM without CAP_SYS_ADMIN in the mount namespace, ENODEV where the kernel has no such type.</returns>
    public static int TryMount(string source, string target, string type, long flags, string options)
    {
        using var sourceName = new Utf8Path(source, stackalloc byte[64]);
        using var targetName = new Utf8Path(target, stackalloc byte[256]);
        using var typeName = new Utf8Path(type, stackalloc byte[64]);
        using var data = new Utf8Path(options, stackalloc byte[256]);
        fixed (byte* sourcePointer = sourceName)
        fixed (byte* targetPointer = targetName)
        fixed (byte* typePointer = typeName)
        fixed (byte* dataPointer = data)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mount, (nint)sourcePointer, (nint)targetPointer, (nint)typePointer, (nint)flags, (nint)dataPointer);
        }
    }

    /// <summary>Sets how the mount that is on a path shares what is mounted below it: MS_PRIVATE, MS_SHARED, MS_SLAVE.</summary>
    /// <returns>0, or the positive errno: EINVAL where the path is no mount.</returns>
    public static int TrySetPropagation(string path, long propagation)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.mount, 0, (nint)pointer, 0, (nint)propagation, 0);
        }
    }

    /// <summary>Takes the uppermost mount off a path, also while it is in use.</summary>
    /// <returns>0, or the positive errno: EINVAL where the path is no mount.</returns>
    public static int TryDetach(string path) => TryUnmount(path, Mount.MNT_DETACH);

    /// <summary>Takes the uppermost mount off a path.</summary>
    /// <param name="path">Where it is mounted; the last component is not followed.</param>
    /// <param name="flags">MNT_ flags.</param>
    /// <returns>0, or the positive errno: EINVAL where the path is no mount, EBUSY where it is in use.</returns>
    public static int TryUnmount(string path, int flags)
    {
        using var name = new Utf8Path(path, stackalloc byte[256]);
        fixed (byte* pointer = name)
        {
            return (int)-Syscalls.Retry(SyscallNumber.umount2, (nint)pointer, flags | Mount.UMOUNT_NOFOLLOW);
        }
    }
}
