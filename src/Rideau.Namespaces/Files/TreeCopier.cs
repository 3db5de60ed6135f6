using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Walks a tree by descriptors: each entry is opened once, looked at, and copied from what was opened.</summary>
internal sealed class TreeCopier(FileTree from, FileTree to, FileCopyOptions options, string attempt)
{
    private const int DepthLimit = 1000;
    private const int LinksLimit = 1_000_000;
    private readonly Dictionary<(uint, uint, ulong), FileName> _links = [];
    private OwnedFd? _top;
    private (uint, uint, ulong) _topIdentity;
    private long _bytes;
    private long _files;

    /// <summary>Copies an entry to a name in a directory.</summary>
    internal void CopyEntry(OwnedFd place, FileStatus status, OwnedFd directory, FileName name)
    {
        _top = directory;
        _topIdentity = status.IsDirectory ? default : Identity(Files.Status(directory));
        Copy(place, status, name, directory, name, name, 0);
    }

    /// <summary>Copies what is in a directory into another.</summary>
    internal void CopyContents(OwnedFd place, FileStatus status, OwnedFd target)
    {
        _top = target;
        _topIdentity = Identity(Files.Status(target));
        if (!status.IsDirectory)
        {
            throw new NamespaceException($"{attempt}: it is no directory", NamespaceFailure.InvalidArgument);
        }

        using OwnedFd source = FilePaths.OpenDirectory(place, attempt);
        CopyNames(source, status, target, default, 0);
    }

    private static (uint, uint, ulong) Identity(FileStatus status) => (status.DeviceMajor, status.DeviceMinor, status.Inode);

    // path: for messages; relative: from the top of the destination.
    private void Copy(OwnedFd place, FileStatus status, FileName path, OwnedFd directory, FileName name, FileName relative, int depth)
    {
        if (!status.IsDirectory && status.Links > 1 && TryLink(status, directory, name))
        {
            return;
        }

        switch (status.Mode & Stat.S_IFMT)
        {
            case Stat.S_IFDIR:
                CopyDirectory(place, status, path, directory, name, relative, depth);
                return;
            case Stat.S_IFREG:
                CopyFile(place, status, path, directory, name);
                break;
            case Stat.S_IFLNK:
                CopyLink(place, status, directory, name);
                break;
            case Stat.S_IFIFO:
            case Stat.S_IFCHR or Stat.S_IFBLK when options.Devices:
                NewFile.Make(to, directory, name, Attempt(path), "mknodat", made => NamedFiles.TryMakeNode(directory, made, (status.Mode & Stat.S_IFMT) | 0x180, status.SpecialMajor, status.SpecialMinor), copy => FileMetadata.Apply(from, null, status, to, copy, options, Attempt(path)), status.Mode & Stat.S_IFMT);
                break;
            default:
                options.Note?.Invoke($"left out: \"{path}\" is a {FileKind.Of(status.Mode)}{(status.IsSocket ? "" : "; --devices makes such a node")}");
                return;
        }

        if (status.Links > 1 && _links.Count < LinksLimit)
        {
            _links[Identity(status)] = relative;
        }

        options.Progress?.Invoke(_bytes, ++_files);
    }

    private void CopyDirectory(OwnedFd place, FileStatus status, FileName path, OwnedFd directory, FileName name, FileName relative, int depth)
    {
        if (depth >= DepthLimit)
        {
            throw new NamespaceException($"{attempt}: \"{path}\" is deeper than {DepthLimit} directories", NamespaceFailure.General);
        }

        NewFile.RefuseKernels(directory, attempt);
        (OwnedFd target, bool isNew) = NewFile.Directory(to, directory, name, Attempt(path));
        using (target)
        {
            if (depth == 0)
            {
                _topIdentity = Identity(Files.Status(target));
            }

            from.Act();
            using OwnedFd source = FilePaths.OpenDirectory(place, Attempt(path));
            if (depth > 0 && KernelFileSystems.Find(source) is { } kind)
            {
                options.Note?.Invoke($"left out: what is in \"{path}\", where {kind} is mounted");
            }
            else
            {
                CopyNames(source, status, target, relative, depth + 1);
            }

            if (isNew || options.Archive)
            {
                to.Act();
                FileMetadata.Apply(from, source, status, to, target, options, Attempt(path));
            }
        }
    }

    private void CopyNames(OwnedFd source, FileStatus sourceStatus, OwnedFd target, FileName relative, int depth)
    {
        NewFile.RefuseKernels(target, attempt);
        foreach (FileName name in DirectoryEntries.Read(source))
        {
            from.Act();
            FileName path = relative.Length == 0 ? name : relative.Join(name);
            int errno = FilePaths.TryOpenEntry(source, name, out OwnedFd? place);
            if (place is null)
            {
                options.Note?.Invoke(errno == Errno.ENOENT ? $"left out: \"{path}\" was removed meanwhile" : throw FileFailures.Of(Attempt(path), "openat2", errno, $"\"{name}\", O_PATH"));
                continue;
            }

            using (place)
            {
                FileStatus status = Files.Status(place);
                if (status.IsDirectory && Identity(status) == _topIdentity && Identity(status) != Identity(sourceStatus))
                {
                    options.Note?.Invoke($"left out: \"{path}\" is where the copy is made");
                    continue;
                }

                Copy(place, status, path, target, name, path, depth);
            }
        }
    }

    private void CopyFile(OwnedFd place, FileStatus status, FileName path, OwnedFd directory, FileName name)
    {
        from.Act();
        using OwnedFd source = FilePaths.OpenRegular(place, status, Attempt(path));
        NewFile.Write(to, directory, name, Attempt(path), copy =>
        {
            (int errno, string call) = FileData.Copy(source, status, copy, Count);
            if (errno != 0)
            {
                throw FileFailures.Of(Attempt(path), call, errno, $"{status.SizeBytes} bytes");
            }

            FileMetadata.Apply(from, source, status, to, copy, options, Attempt(path));
        });
    }

    private void CopyLink(OwnedFd place, FileStatus status, OwnedFd directory, FileName name)
    {
        int errno = NamedFiles.TryReadLink(place, out FileName target);
        if (errno != 0)
        {
            throw FileFailures.Of(Attempt(name), "readlinkat", errno, $"\"{name}\"");
        }

        NewFile.Make(to, directory, name, Attempt(name), "symlinkat", made => NamedFiles.TryMakeLink(target, directory, made), copy => FileMetadata.Apply(from, null, status, to, copy, options, Attempt(name)), Stat.S_IFLNK);
    }

    // Another name of a file that was copied under one name already.
    private bool TryLink(FileStatus status, OwnedFd directory, FileName name)
    {
        if (!_links.TryGetValue(Identity(status), out FileName earlier))
        {
            return false;
        }

        to.Act();
        (FileName parent, FileName first) = FilePaths.Split(earlier);
        if (NamedFiles.TryOpen(_top!, parent, Fcntl.O_PATH | Fcntl.O_DIRECTORY, Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS, out OwnedFd? place) != 0 || place is null)
        {
            return false;
        }

        using (place)
        {
            NewFile.Make(to, directory, name, Attempt(name), "linkat", made => NamedFiles.TryLink(place, first, directory, made));
            options.Progress?.Invoke(_bytes, ++_files);
            return true;
        }
    }

    private void Count(long bytes)
    {
        _bytes += bytes;
        options.Progress?.Invoke(_bytes, _files);
    }

    private string Attempt(FileName path) => $"{attempt}: \"{path}\"";
}
