using Rideau.Kernel;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>A call on a file that failed, as an error that a person can act on.</summary>
internal static class FileFailures
{
    internal static NamespaceException Of(string attempt, string operation, int errno, string arguments, string? hint = null) => new(
        $"{attempt}{Reason(errno)}",
        errno switch
        {
            Errno.ENOENT => NamespaceFailure.NotFound,
            Errno.EPERM or Errno.EACCES => NamespaceFailure.NotPermitted,
            Errno.ENOSYS or Errno.EOPNOTSUPP => NamespaceFailure.NotSupported,
            _ => NamespaceFailure.General,
        },
        hint ?? Hint(errno),
        new LinuxException(operation, errno, arguments));

    private static string Reason(int errno) => errno switch
    {
        Errno.ENOENT => ": it is not there",
        Errno.ENOTDIR => ": it is no directory, or something above it is none",
        Errno.ELOOP => ": a symbolic link stands where none is followed",
        Errno.ENOSPC => ": the file system is full",
        Errno.EDQUOT => ": the quota is used up",
        Errno.EROFS => ": it is mounted read-only there",
        _ => "",
    };

    private static string? Hint(int errno) => errno switch
    {
        Errno.ENOSPC or Errno.EDQUOT => "nothing was replaced by a part of a file; what was copied before is complete",
        Errno.EAGAIN => "directories on the way were renamed all the while: try again",
        Errno.ELOOP => "links of /proc lead out of what the target can see, and are never followed",
        Errno.EOVERFLOW => "the ids of the caller are not mapped where the file is to be made",
        Errno.EACCES or Errno.EPERM => "the caller may not do it there; a file system of the target's own user (FUSE) refuses everybody else",
        _ => null,
    };
}
