// RUNS IN: child of clone3, no GC
using System.Runtime.CompilerServices;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>Paths inside a root that somebody else may have filled with links.</summary>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe partial class MountSteps
{
    private const int PathLimit = 4096;
    private const int RaceLimit = 128;
    private const int DirectoryMode = 0x1ed; // 0755: above a file
    private const ulong Place = (ulong)(uint)(Fcntl.O_PATH | Fcntl.O_CLOEXEC);
    private const ulong Inside = (ulong)(Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS);

    /// <summary>Opens a path inside a root, making what is missing if asked.</summary>
    /// <param name="path">Without "." and ".." and doubled slashes: the caller has cleaned it.</param>
    /// <returns>
    /// An O_PATH descriptor. ELOOP where a symbolic link leads into a proc file system: what is mounted there
    /// could stand in for a file that the program, or a label, is written to (CVE-2025-52881).
    /// ENOTDIR where a file is in the place of a directory.
    /// Detail: how many bytes of the path are there.
    /// </returns>
    internal static nint OpenInRoot(nint root, byte* path, int target, int mode, ChildBoard* board)
    {
        board->Detail = 0;
        bool parent = target == (int)RootTarget.ParentDirectory;
        bool file = target == (int)RootTarget.File || target == (int)RootTarget.PresentFile;
        bool makes = parent || file || target == (int)RootTarget.Directory || target == (int)RootTarget.RealDirectory;
        ulong flags = Place;
        if (target == (int)RootTarget.RealDirectory)
        {
            flags |= (ulong)(uint)(Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW);
        }
        else if (target == (int)RootTarget.MustExistNoFollow)
        {
            flags |= (ulong)(uint)Fcntl.O_NOFOLLOW;
        }

        while (*path == (byte)'/')
        {
            path++;
        }

        byte* copy = stackalloc byte[PathLimit];
        int length = Copy(path, copy);
        if (length < 0)
        {
            return -Errno.ENAMETOOLONG;
        }

        length = parent ? ParentLength(copy, length) : length;
        copy[length] = 0;
        nint opened = OpenPlace(root, copy, length, parent ? flags | (ulong)(uint)Fcntl.O_DIRECTORY : flags);
        if (opened != -Errno.ENOENT || !makes)
        {
            return opened;
        }

        nint made = MakeInRoot(root, copy, length, file, mode, board);
        return (made == -Errno.ELOOP || made == -Errno.ENOTDIR) && target != (int)RootTarget.RealDirectory && target != (int)RootTarget.PresentFile
            ? MakeBehindLinks(root, copy, length, file, mode, parent ? flags | (ulong)(uint)Fcntl.O_DIRECTORY : flags, made, board)
            : made;
    }

    // The part that is there is found from the end; what is behind it is made name by name below its
    // descriptor, so that nothing that appears meanwhile is followed.
    private static nint MakeInRoot(nint root, byte* path, int length, bool file, int mode, ChildBoard* board)
    {
        int end = length;
        nint directory;
        do
        {
            end = ParentLength(path, end);
            byte kept = path[end];
            path[end] = 0;
            directory = OpenPlace(root, path, end, Place | (ulong)(uint)Fcntl.O_DIRECTORY);
            path[end] = kept;
        }
        while (directory == -Errno.ENOENT && end > 0);
        while (directory >= 0 && end < length)
        {
            int start = end;
            while (path[start] == (byte)'/')
            {
                start++;
            }

            board->Detail = start;
            end = start;
            while (end < length && path[end] != (byte)'/')
            {
                end++;
            }

            byte kept = path[end];
            path[end] = 0;
            bool asFile = file && end == length;
            nint next = MakeOne(directory, path + start, asFile, asFile || !file ? mode : DirectoryMode);
            path[end] = kept;
            _ = RawSyscall.Invoke(SyscallNumber.close, directory); // ignored: it was open
            directory = next;
        }

        return directory;
    }

    private static nint MakeOne(nint directory, byte* name, bool file, int mode)
    {
        nint made = file
            ? RawSyscall.Retry(SyscallNumber.mknodat, directory, (nint)name, Stat.S_IFREG | mode, 0)
            : RawSyscall.Retry(SyscallNumber.mkdirat, directory, (nint)name, mode);
        if (made < 0 && made != -Errno.EEXIST)
        {
            return made;
        }

        // EEXIST with nothing behind it is a dangling link: opened without following, it is no directory.
        int flags = Fcntl.O_PATH | Fcntl.O_CLOEXEC | Fcntl.O_NOFOLLOW | (file ? 0 : Fcntl.O_DIRECTORY);
        nint opened = RawSyscall.Retry(SyscallNumber.openat, directory, (nint)name, flags, 0);
        if (opened >= 0 && file && made < 0 && IsLink(opened))
        {
            return CloseWith(opened, Errno.ELOOP);
        }

        return opened;
    }

    // First without any link, which is what nearly always works, and then the path is what it says. With
    // links, the end must not be in a proc file system.
    private static nint OpenPlace(nint root, byte* path, int length, ulong flags)
    {
        byte dot = (byte)'.';
        byte* name = path;
        short here = dot;
        if (length == 0)
        {
            name = (byte*)&here;
        }

        nint opened = Open(root, name, flags, Inside | (ulong)Fcntl.RESOLVE_NO_SYMLINKS);
        if (opened != -Errno.ELOOP)
        {
            return opened;
        }

        return OutsideProc(Open(root, name, flags, Inside));
    }

    private static nint Open(nint root, byte* name, ulong flags, ulong resolve)
    {
        open_how how;
        how.flags = flags;
        how.mode = 0;
        how.resolve = resolve;
        nint result;
        int tries = 0;
        do
        {
            // EAGAIN: a rename anywhere raced with the walk.
            result = RawSyscall.Invoke(SyscallNumber.openat2, root, (nint)name, (nint)(&how), sizeof(open_how));
            tries++;
        }
        while (result == -Errno.EINTR || (result == -Errno.EAGAIN && tries < RaceLimit));
        return result;
    }

    private static bool IsLink(nint descriptor)
    {
        statx_buffer status;
        byte empty = 0;
        nint result = RawSyscall.Retry(SyscallNumber.statx, descriptor, (nint)(&empty), Fcntl.AT_EMPTY_PATH, 1, (nint)(&status));
        return result < 0 || (status.stx_mode & Stat.S_IFMT) == Stat.S_IFLNK;
    }

    private static int Copy(byte* from, byte* to)
    {
        for (int i = 0; i < PathLimit; i++)
        {
            to[i] = from[i];
            if (from[i] == 0)
            {
                return i;
            }
        }

        return -1;
    }

    // "a/b/c" has the parent "a/b", "a" has "".
    private static int ParentLength(byte* path, int length)
    {
        while (length > 0 && path[length - 1] == (byte)'/')
        {
            length--;
        }

        while (length > 0 && path[length - 1] != (byte)'/')
        {
            length--;
        }

        while (length > 0 && path[length - 1] == (byte)'/')
        {
            length--;
        }

        return length;
    }
}
