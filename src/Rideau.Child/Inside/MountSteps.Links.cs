// RUNS IN: child of clone3, no GC
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

// Links of an image that lead to nothing yet, as /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf: what is missing is made where
// they lead, inside the root, as runc has it.
internal static unsafe partial class MountSteps
{
    private const int LinkLimit = 40; // as the kernel has it

    /// <summary>Makes what is missing where a path with dangling links leads.</summary>
    /// <returns>As <see cref="OpenInRoot"/>; the failure before it where no link is the reason.</returns>
    private static nint MakeBehindLinks(nint root, byte* path, int length, bool file, int mode, ulong flags, nint failure, ChildBoard* board)
    {
        byte* resolved = stackalloc byte[PathLimit];
        int end = Resolve(root, path, length, resolved);
        if (end <= 0)
        {
            return failure;
        }

        nint opened = OpenPlace(root, resolved, end, flags);
        opened = opened == -Errno.ENOENT ? MakeInRoot(root, resolved, end, file, mode, board) : opened;
        return OutsideProc(opened);
    }

    // Name by name, the way a process with that root would go; what is missing is taken as it is written. The result has no link in it,
    // and is not trusted: it is opened inside the root like any other path.
    private static int Resolve(nint root, byte* path, int length, byte* resolved)
    {
        byte* rest = stackalloc byte[PathLimit];
        byte* target = stackalloc byte[PathLimit];
        Move(path, rest, length);
        int at = 0;
        int end = length;
        int have = 0;
        int links = 0;
        while (at < end)
        {
            while (at < end && rest[at] == (byte)'/')
            {
                at++;
            }

            int start = at;
            while (at < end && rest[at] != (byte)'/')
            {
                at++;
            }

            int count = at - start;
            if (count == 0 || (count == 1 && rest[start] == (byte)'.'))
            {
                continue;
            }

            if (count == 2 && rest[start] == (byte)'.' && rest[start + 1] == (byte)'.')
            {
                have = ParentLength(resolved, have);
                continue;
            }

            int before = have;
            if (have + count + 2 > PathLimit)
            {
                return -Errno.ENAMETOOLONG;
            }

            if (have > 0)
            {
                resolved[have++] = (byte)'/';
            }

            Move(rest + start, resolved + have, count);
            have += count;
            resolved[have] = 0;
            nint opened = Open(root, resolved, Place | (ulong)(uint)Fcntl.O_NOFOLLOW, Inside | (ulong)Fcntl.RESOLVE_NO_SYMLINKS);
            if (opened == -Errno.ENOENT)
            {
                continue;
            }

            if (opened < 0)
            {
                return (int)opened;
            }

            bool link = IsLink(opened);
            byte nothing = 0;
            nint size = link ? RawSyscall.Retry(SyscallNumber.readlinkat, opened, (nint)(&nothing), (nint)target, PathLimit) : 0;
            _ = RawSyscall.Invoke(SyscallNumber.close, opened); // ignored: it was open
            if (!link)
            {
                continue;
            }

            int left = end - at;
            if (size <= 0 || ++links > LinkLimit || size + left >= PathLimit)
            {
                return -Errno.ELOOP;
            }

            Move(rest + at, target + size, left);
            Move(target, rest, (int)size + left);
            at = 0;
            end = (int)size + left;
            have = target[0] == (byte)'/' ? 0 : before;
        }

        resolved[have] = 0;
        return have;
    }

    private static void Move(byte* from, byte* to, int count)
    {
        for (int i = 0; i < count; i++)
        {
            to[i] = from[i];
        }
    }

    // The descriptor, or the error that stands in its place; ELOOP where it is of a proc file system.
    private static nint OutsideProc(nint opened)
    {
        if (opened < 0)
        {
            return opened;
        }

        statfs_buffer status;
        nint result = RawSyscall.Retry(SyscallNumber.fstatfs, opened, (nint)(&status));
        return result < 0 ? CloseWith(opened, (int)-result) : status.f_type == Stat.PROC_SUPER_MAGIC ? CloseWith(opened, Errno.ELOOP) : opened;
    }

    private static nint CloseWith(nint descriptor, int errno)
    {
        _ = RawSyscall.Invoke(SyscallNumber.close, descriptor); // ignored: it was open
        return -errno;
    }
}
