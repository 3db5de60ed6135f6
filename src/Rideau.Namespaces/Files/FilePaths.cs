using System;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>From a path in a tree to descriptors, once; what follows goes by those.</summary>
public static class FilePaths
{
    private const int LinksLimit = 40; // as the kernel's

    /// <summary>What a path leads to, open with O_PATH: nothing has been opened that could notice it.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">Slashes at its end ask for a directory.</param>
    /// <param name="follow">Follow a symbolic link in the last place.</param>
    /// <param name="attempt">"cannot read \"web:/etc/passwd\"", for the error.</param>
    /// <exception cref="NamespaceException">NotFound, NotPermitted, General.</exception>
    public static OwnedFd Open(FileTree tree, string path, bool follow, string attempt)
    {
        int errno = TryOpen(tree, FileName.Of(path.Length == 0 ? "." : path), follow, out OwnedFd? fd);
        return fd ?? throw FileFailures.Of(attempt, "openat2", errno, $"\"{tree.Say(path)}\", O_PATH");
    }

    /// <summary>The same, where failure is an answer.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TryOpen(FileTree tree, FileName path, bool follow, out OwnedFd? fd)
    {
        tree.Act();
        return NamedFiles.TryOpen(tree.Root, path, Fcntl.O_PATH | (follow ? 0 : Fcntl.O_NOFOLLOW), tree.Resolve, out fd);
    }

    /// <summary>The entry of an open directory, open with O_PATH; a symbolic link itself.</summary>
    /// <returns>0, or the positive errno.</returns>
    internal static int TryOpenEntry(OwnedFd directory, FileName name, out OwnedFd? fd) =>
        NamedFiles.TryOpen(directory, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_MAGICLINKS, out fd);

    /// <summary>A directory that is open with O_PATH, for reading what is in it.</summary>
    internal static OwnedFd OpenDirectory(OwnedFd place, string attempt)
    {
        int errno = NamedFiles.TryOpen(place, FileName.Of("."), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0, out OwnedFd? fd);
        return fd ?? throw FileFailures.Of(attempt, "openat2", errno, "the directory");
    }

    /// <summary>A regular file that is open with O_PATH, for reading. No other kind is opened: to open a device or a FIFO can be enough to set it off.</summary>
    /// <exception cref="NamespaceException">InvalidArgument: it is no regular file; NotPermitted.</exception>
    internal static OwnedFd OpenRegular(OwnedFd place, FileStatus status, string attempt, int access = Fcntl.O_RDONLY)
    {
        if (!status.IsRegularFile)
        {
            throw new NamespaceException($"{attempt}: it is a {FileKind.Of(status.Mode)}", NamespaceFailure.InvalidArgument, "only regular files are read and written: others can block, or do something, when they are opened");
        }

        int errno = NamedFiles.TryReopen(place, access | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, out OwnedFd? fd);
        return fd ?? throw FileFailures.Of(attempt, "openat", errno, "the file");
    }

    /// <summary>Where a path leads that need not be there yet: the directory, and the name in it. Links in the last place are followed, as the tree's own root would.</summary>
    /// <exception cref="NamespaceException">The directory is not there.</exception>
    internal static (OwnedFd Directory, FileName Name) Locate(FileTree tree, string path, string attempt)
    {
        tree.Act();
        FileName whole = FileName.Of(path);
        for (int i = 0; i < LinksLimit; i++)
        {
            (FileName parent, FileName name) = Split(whole);
            int errno = NamedFiles.TryOpen(tree.Root, parent, Fcntl.O_PATH | Fcntl.O_DIRECTORY, tree.Resolve, out OwnedFd? directory);
            if (directory is null)
            {
                throw FileFailures.Of(attempt, "openat2", errno, $"\"{tree.Say(parent.ToString())}\", O_DIRECTORY", errno == Errno.ENOENT ? "the directory that it is to be in is not there: make it first" : null);
            }

            errno = TryOpenEntry(directory, name, out OwnedFd? entry);
            if (errno == Errno.ENOENT)
            {
                return (directory, name);
            }

            if (entry is null)
            {
                directory.Dispose();
                throw FileFailures.Of(attempt, "openat2", errno, $"\"{tree.Say(whole.ToString())}\", O_PATH");
            }

            using (entry)
            {
                if (!Files.Status(entry).IsSymbolicLink || NamedFiles.TryReadLink(entry, out FileName target) != 0)
                {
                    return (directory, name);
                }

                directory.Dispose();
                whole = target.Bytes[0] == (byte)'/' ? target : parent.Join(target);
            }
        }

        throw FileFailures.Of(attempt, "openat2", Errno.ELOOP, $"\"{tree.Say(path)}\"");
    }

    /// <summary>The last name of a path, and what is before it ("." or "/" where there is nothing).</summary>
    internal static (FileName Parent, FileName Name) Split(FileName path)
    {
        ReadOnlySpan<byte> bytes = path.Bytes.TrimEnd((byte)'/');
        int slash = bytes.LastIndexOf((byte)'/');
        FileName parent = slash < 0 ? FileName.Of(".") : slash == 0 ? FileName.Of("/") : new FileName(bytes[..slash]);
        return (parent, new FileName(bytes[(slash + 1)..]));
    }

    /// <summary>A path's last name as text, or empty for the root, "." and "..".</summary>
    internal static FileName BaseName(string path)
    {
        (_, FileName name) = Split(new FileName(Encoding.UTF8.GetBytes(path)));
        return name.IsEntry ? name : default;
    }
}
