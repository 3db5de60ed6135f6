using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>The directory in which this program keeps what outlives a command (--root).</summary>
public static class StateRoot
{
    /// <summary>The directory below it in which named namespaces are kept; no container can have that id.</summary>
    public const string NamesDirectory = "ns";

    /// <summary>Makes the directory, and those above it.</summary>
    /// <returns>0, also where it was there, or the positive errno.</returns>
    public static int TryMake(string path)
    {
        // Below $XDG_RUNTIME_DIR what has no sticky bit may be cleaned away, says its specification.
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        bool mayBeCleaned = (!string.IsNullOrEmpty(runtime) && path == $"{runtime}/rideau") || path.StartsWith("/run/user/", StringComparison.Ordinal);
        int mode = mayBeCleaned ? 0x3c0 : 0x1c0; // 01700, 0700
        int errno = Files.TryMakeDirectory(path, mode);
        if (errno == Errno.ENOENT && path.LastIndexOf('/') is > 0 and int slash)
        {
            errno = TryMake(path[..slash]);
            errno = errno == 0 ? Files.TryMakeDirectory(path, mode) : errno;
        }

        return errno == Errno.EEXIST ? 0 : errno;
    }
}
