using System;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A file appears whole, or not at all: it is written without a name, and gets one when it is done.</summary>
/// <remarks>Where the file system has no files without names it has one of ours until then. man: open(2) O_TMPFILE, rename(2)</remarks>
internal static class NewFile
{
    private const int Beneath = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;

    /// <summary>Writes a file in the place of what has the name now; of a link, the link is replaced.</summary>
    /// <param name="tree">Whose file it will be.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="attempt">For errors.</param>
    /// <param name="fill">Writes contents and attributes; open for reading and writing.</param>
    internal static void Write(FileTree tree, OwnedFd directory, FileName name, string attempt, Action<OwnedFd> fill)
    {
        RefuseKernels(directory, attempt);
        tree.Act();
        int errno = NamedFiles.TryOpenUnnamed(directory, out OwnedFd? file);
        FileName? temporary = null;
        if (file is null)
        {
            temporary = FreshName();
            errno = NamedFiles.TryOpen(directory, temporary.Value, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, Beneath, out file, 0x180);
        }

        if (file is null)
        {
            InPlace(directory, name, attempt, errno, fill);
            return;
        }

        try
        {
            fill(file);
            tree.Act();
            if (IsMountPoint(directory, name, attempt))
            {
                // As /etc/hosts of many containers: a rename from outside would take the mount away. What is whole by now goes into the file that is mounted there.
                InPlace(directory, name, attempt, Errno.EBUSY, old => Copy(file, old, attempt));
                return;
            }

            if (temporary is null)
            {
                errno = NamedFiles.TryName(file, directory, name);
                if (errno == 0)
                {
                    return;
                }

                temporary = FreshName();
                errno = errno == Errno.EEXIST ? NamedFiles.TryName(file, directory, temporary.Value) : errno;
            }
            else
            {
                errno = 0;
            }

            errno = errno == 0 ? NamedFiles.TryRename(directory, temporary.Value, name) : errno;
            if (errno == 0)
            {
                temporary = null;
                return;
            }

            throw FileFailures.Of(attempt, "renameat2", errno, $"\"{name}\"", errno == Errno.EISDIR ? "a directory has that name" : null);
        }
        finally
        {
            file.Dispose();
            if (temporary is { } left)
            {
                _ = NamedFiles.TryRemove(directory, left); // ignored: it may never have been there
            }
        }
    }

    /// <summary>Makes something that is no regular file under a name of ours, and then gives it the name.</summary>
    internal static void Make(FileTree tree, OwnedFd directory, FileName name, string attempt, string call, Func<FileName, int> make, Action<OwnedFd>? attributes = null, int type = 0)
    {
        RefuseKernels(directory, attempt);
        tree.Act();
        FileName temporary = FreshName();
        int errno = make(temporary);
        if (errno != 0)
        {
            throw FileFailures.Of(attempt, call, errno, $"\"{name}\"");
        }

        try
        {
            if (attributes is not null)
            {
                SetAttributes(directory, temporary, attempt, type, attributes);
            }

            tree.Act();
            errno = IsMountPoint(directory, name, attempt) ? Errno.EBUSY : NamedFiles.TryRename(directory, temporary, name);
            if (errno != 0)
            {
                throw FileFailures.Of(attempt, "renameat2", errno, $"\"{name}\"", errno == Errno.EISDIR ? "a directory has that name" : null);
            }
        }
        finally
        {
            _ = NamedFiles.TryRemove(directory, temporary); // ignored: it is gone where all went well, and two names of one file are not renamed over each other
        }
    }

    /// <summary>Makes a directory, or opens the one that is there; a link to one is none.</summary>
    /// <returns>Open for reading, and whether it was made.</returns>
    internal static (OwnedFd Directory, bool IsNew) Directory(FileTree tree, OwnedFd parent, FileName name, string attempt)
    {
        tree.Act();
        int errno = NamedFiles.TryMakeDirectory(parent, name, 0x1c0);
        bool made = errno == 0;
        if (made || errno == Errno.EEXIST)
        {
            errno = NamedFiles.TryOpen(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, Beneath, out OwnedFd? opened);
            if (opened is not null)
            {
                return (opened, made);
            }
        }

        throw FileFailures.Of(attempt, "mkdirat", errno, $"\"{name}\"", errno is Errno.ENOTDIR or Errno.ELOOP ? "something that is no directory has that name, and is not replaced by one" : null);
    }

    internal static void RefuseKernels(OwnedFd place, string attempt)
    {
        if (KernelFileSystems.Find(place) is { } kind)
        {
            throw new NamespaceException($"{attempt}: it would be on {kind}, whose files are the kernel's", NamespaceFailure.NotPermitted, "settings of a target's kernel are made from within it: rideau enter");
        }
    }

    // The kernel refuses (EBUSY) to rename over mount points of the caller's own mount namespace alone; those of others it takes away.
    private static bool IsMountPoint(OwnedFd directory, FileName name, string attempt)
    {
        int errno = FilePaths.TryOpenEntry(directory, name, out OwnedFd? entry);
        if (entry is null)
        {
            return errno == Errno.ENOENT ? false : throw FileFailures.Of(attempt, "openat2", errno, $"\"{name}\", O_PATH");
        }

        using (entry)
        {
            return (Files.Status(entry).Attributes & (ulong)Stat.STATX_ATTR_MOUNT_ROOT) != 0;
        }
    }

    private static FileName FreshName() => FileName.Of($".rideau-{RandomBytes.Hexadecimal()}");

    // What is made has a name for a moment, so it may be another thing by now, with other owners to lose.
    private static void SetAttributes(OwnedFd directory, FileName name, string attempt, int type, Action<OwnedFd> attributes)
    {
        int errno = FilePaths.TryOpenEntry(directory, name, out OwnedFd? made);
        using (made ?? throw FileFailures.Of(attempt, "openat2", errno, $"\"{name}\""))
        {
            FileStatus status = Files.Status(made);
            if ((status.Mode & Stat.S_IFMT) != type || status.Links != 1)
            {
                throw new NamespaceException($"{attempt}: somebody put another file in its place meanwhile", NamespaceFailure.General);
            }

            attributes(made);
        }
    }

    // A single file may be writable where its directory is not.
    private static void InPlace(OwnedFd directory, FileName name, string attempt, int reason, Action<OwnedFd> fill)
    {
        if (reason is not (Errno.EROFS or Errno.EACCES or Errno.EPERM or Errno.EBUSY) || FilePaths.TryOpenEntry(directory, name, out OwnedFd? place) != 0 || place is null)
        {
            throw FileFailures.Of(attempt, "openat2", reason, $"\"{name}\", O_CREAT");
        }

        using (place)
        {
            FileStatus status = Files.Status(place);
            RefuseKernels(place, attempt);
            if (!status.IsRegularFile)
            {
                throw FileFailures.Of(attempt, "openat2", reason, $"\"{name}\", O_CREAT");
            }

            using OwnedFd old = FilePaths.OpenRegular(place, status, attempt, Fcntl.O_RDWR);
            fill(Emptied(old, attempt));
        }
    }

    private static OwnedFd Emptied(OwnedFd file, string attempt)
    {
        int errno = FileContents.TrySetLength(file, 0);
        return errno == 0 ? file : throw FileFailures.Of(attempt, "ftruncate", errno, "0");
    }

    private static void Copy(OwnedFd from, OwnedFd to, string attempt)
    {
        (int errno, string call) = FileData.Copy(from, Files.Status(from), to, static _ => { });
        if (errno != 0)
        {
            throw FileFailures.Of(attempt, call, errno, "the file that is mounted there");
        }
    }
}
