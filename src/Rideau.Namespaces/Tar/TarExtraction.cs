using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Unpacks an archive in a directory of a tree.</summary>
/// <remarks>
/// Names are walked a directory at a time from the descriptor of the destination. Links that were there before are followed within
/// the tree, as in a chroot ("/var/run" is one in most images); links that the archive itself has made are not. What
/// changes meanwhile leads at worst to another file of the tree.
/// </remarks>
internal sealed class TarExtraction(FileTree tree, string destination, FileCopyOptions options, string attempt)
{
    private const int DirectoriesLimit = 1_000_000;
    private const int Beneath = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;
    private readonly HashSet<(uint, uint, ulong)> _madeLinks = [];
    private readonly List<TarMember> _directories = [];
    private readonly byte[] _buffer = new byte[256 << 10];
    private OwnedFd _top = null!;
    private long _bytes;
    private long _files;

    internal int Unpack(TarReader reader)
    {
        using OwnedFd place = FilePaths.Open(tree, destination, follow: true, attempt);
        if (!Files.Status(place).IsDirectory)
        {
            throw new NamespaceException($"{attempt}: it is no directory", NamespaceFailure.InvalidArgument);
        }

        _top = place;
        int refused = 0;
        while (reader.Next() is { } member)
        {
            if (Path(member.Name) is not { } path)
            {
                options.Note?.Invoke($"refused: \"{member.Name}\" leads out of the directory");
                refused++;
                continue;
            }

            Unpack(reader, member with { Name = path });
            options.Progress?.Invoke(_bytes, ++_files);
        }

        // Last, and from the innermost out: a directory may forbid what was still to be made in it, and its time changes with each.
        for (int i = _directories.Count - 1; i >= 0; i--)
        {
            FinishDirectory(_directories[i]);
        }

        return refused;
    }

    // Without a slash at the beginning and without "."; null where there is a "..".
    private static FileName? Path(FileName name)
    {
        List<byte> path = [];
        ReadOnlySpan<byte> bytes = name.Bytes;
        foreach (Range range in bytes.Split((byte)'/'))
        {
            ReadOnlySpan<byte> part = bytes[range];
            if (part.SequenceEqual(".."u8))
            {
                return null;
            }

            if (part.Length > 0 && !part.SequenceEqual("."u8))
            {
                path.AddRange(path.Count > 0 ? "/"u8 : default);
                path.AddRange(part);
            }
        }

        return new FileName(path.ToArray());
    }

    private void Unpack(TarReader reader, TarMember member)
    {
        tree.Act();
        if (member.Name.Length == 0)
        {
            if (member.Type == TarMember.Directory)
            {
                Remember(member);
            }

            return;
        }

        (FileName parentPath, FileName name) = FilePaths.Split(member.Name);
        using OwnedFd parent = OpenParent(parentPath);
        string what = Attempt(member.Name);
        switch (member.Type)
        {
            case TarMember.Directory:
                UnpackDirectory(parent, name, member);
                break;
            case TarMember.File:
                NewFile.Write(tree, parent, name, what, file => Fill(reader, member, file));
                break;
            case TarMember.SymbolicLink:
                NewFile.Make(tree, parent, name, what, "symlinkat", made => NamedFiles.TryMakeLink(member.Target, parent, made), link => FinishLink(member, link), Stat.S_IFLNK);
                break;
            case TarMember.HardLink:
                Link(parent, name, member);
                break;
            case TarMember.Fifo:
                MakeNode(parent, name, member, Stat.S_IFIFO);
                break;
            case TarMember.CharacterDevice or TarMember.BlockDevice when options.Devices:
                MakeNode(parent, name, member, member.Type == TarMember.CharacterDevice ? Stat.S_IFCHR : Stat.S_IFBLK);
                break;
            case TarMember.CharacterDevice or TarMember.BlockDevice:
                options.Note?.Invoke($"left out: \"{member.Name}\" is a device; --devices makes such a node");
                break;
            default:
                options.Note?.Invoke($"left out: \"{member.Name}\" is of the unknown type {member.Type}");
                break;
        }
    }

    private OwnedFd OpenParent(FileName path)
    {
        if (NamedFiles.TryOpen(_top, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, Beneath, out OwnedFd? whole) == 0 && whole is not null)
        {
            return whole;
        }

        OwnedFd at = Duplicate(_top);
        try
        {
            ReadOnlySpan<byte> bytes = path.Bytes;
            foreach (Range range in bytes.Split((byte)'/'))
            {
                OwnedFd next = Step(at, new FileName(bytes[range]), new FileName(bytes[..range.End]));
                at.Dispose();
                at = next;
            }

            return at;
        }
        catch
        {
            at.Dispose();
            throw;
        }
    }

    // One directory further down: made where it is missing, through a link where one was there before.
    private OwnedFd Step(OwnedFd at, FileName name, FileName path)
    {
        if (name.Bytes.SequenceEqual("."u8))
        {
            return Duplicate(at);
        }

        int errno = FilePaths.TryOpenEntry(at, name, out OwnedFd? entry);
        if (entry is null)
        {
            if (errno != Errno.ENOENT)
            {
                throw FileFailures.Of(Attempt(path), "openat2", errno, $"\"{name}\"");
            }

            NewFile.RefuseKernels(at, Attempt(path));
            (OwnedFd made, _) = NewFile.Directory(tree, at, name, Attempt(path));
            if (tree.Ids.IsNeeded)
            {
                FileMetadata.SetOwner(tree, made, 0, 0, Attempt(path));
            }

            _ = FileAttributes.TrySetMode(made, 0x1ed); // ignored: 0755 is a default, and 0700 is safe
            return made;
        }

        FileStatus status = Files.Status(entry);
        if (!status.IsSymbolicLink)
        {
            return status.IsDirectory ? entry : throw Closed(entry, FileFailures.Of(Attempt(path), "openat2", Errno.ENOTDIR, $"\"{name}\""));
        }

        using (entry)
        {
            if (_madeLinks.Contains((status.DeviceMajor, status.DeviceMinor, status.Inode)) || NamedFiles.TryReadLink(entry, out FileName target) != 0)
            {
                throw new NamespaceException($"{Attempt(path)}: the archive leads through a symbolic link that it has made itself", NamespaceFailure.InvalidArgument, "no archive of a tree as it was needs that: do not trust it");
            }

            // The tree's root is the kernel's root for the walk, and where a relative link begins is known by its path alone.
            FileName start = FileName.Of(destination);
            (FileName parent, _) = FilePaths.Split(path);
            FileName whole = target.Bytes[0] == (byte)'/' ? target : start.Join(parent).Join(target);
            errno = NamedFiles.TryOpen(tree.Root, whole, Fcntl.O_PATH | Fcntl.O_DIRECTORY, tree.Resolve, out OwnedFd? led);
            return led ?? throw FileFailures.Of(Attempt(path), "openat2", errno, $"\"{whole}\"");
        }
    }

    private static NamespaceException Closed(OwnedFd fd, NamespaceException failure)
    {
        fd.Dispose();
        return failure;
    }

    private static OwnedFd Duplicate(OwnedFd directory)
    {
        int errno = NamedFiles.TryOpen(directory, FileName.Of("."), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0, out OwnedFd? same);
        return same ?? throw new LinuxException("openat2", errno, "\".\", O_PATH");
    }

    private void UnpackDirectory(OwnedFd parent, FileName name, TarMember member)
    {
        // A directory of the archive where the tree has a link to one: what follows goes through the link, as Step has it.
        if (FilePaths.TryOpenEntry(parent, name, out OwnedFd? there) == 0 && there is not null)
        {
            using (there)
            {
                FileStatus status = Files.Status(there);
                if (status.IsSymbolicLink && !_madeLinks.Contains((status.DeviceMajor, status.DeviceMinor, status.Inode)))
                {
                    return;
                }
            }
        }

        NewFile.RefuseKernels(parent, Attempt(member.Name));
        (OwnedFd directory, _) = NewFile.Directory(tree, parent, name, Attempt(member.Name));
        directory.Dispose();
        Remember(member);
    }

    private void Remember(TarMember member)
    {
        if (_directories.Count < DirectoriesLimit)
        {
            _directories.Add(member);
        }
    }

    private void FinishDirectory(TarMember member)
    {
        FileName path = member.Name.Length == 0 ? FileName.Of(".") : member.Name;
        int errno = NamedFiles.TryOpen(_top, path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, Beneath, out OwnedFd? directory);
        if (directory is null)
        {
            options.Note?.Invoke($"owner and mode of \"{member.Name}\" are left out: {Errno.Describe(errno)}");
            return;
        }

        using (directory)
        {
            Finish(member, directory);
        }
    }

    private void Fill(TarReader reader, TarMember member, OwnedFd file)
    {
        foreach ((long offset, long count) in member.Segments ?? [(0, member.SizeBytes)])
        {
            for (long done = 0; done < count;)
            {
                int got = reader.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, count - done)));
                int errno = FileContents.TryWrite(file, _buffer.AsSpan(0, got), offset + done);
                if (errno != 0)
                {
                    throw FileFailures.Of(Attempt(member.Name), "pwrite", errno, $"{member.SizeBytes} bytes");
                }

                done += got;
                _bytes += got;
                options.Progress?.Invoke(_bytes, _files);
            }
        }

        int failed = FileContents.TrySetLength(file, member.SizeBytes);
        if (failed != 0)
        {
            throw FileFailures.Of(Attempt(member.Name), "ftruncate", failed, $"{member.SizeBytes} bytes");
        }

        Finish(member, file);
    }

    // Owner, attributes, mode, time.
    private void Finish(TarMember member, OwnedFd file)
    {
        SetOwner(member, file);
        foreach ((FileName name, byte[] value) in member.Attributes)
        {
            if (name.Bytes.StartsWith("user."u8) || (options.Archive && name.Bytes.SequenceEqual("security.capability"u8)))
            {
                int failed = FileAttributes.TrySet(file, name, value);
                if (failed != 0)
                {
                    options.Note?.Invoke($"the attribute {name} of \"{member.Name}\" is left out: {Errno.Describe(failed)}");
                }
            }
        }

        int errno = FileAttributes.TrySetMode(file, member.Mode & (options.Archive ? 0xfff : 0x3ff));
        if (errno != 0)
        {
            throw FileFailures.Of(Attempt(member.Name), "fchmod", errno, Convert.ToString(member.Mode, 8));
        }

        SetTimes(member, file);
    }

    private static void SetTimes(TarMember member, OwnedFd file) =>
        _ = FileAttributes.TrySetTimes(file, member.ModifiedSeconds, 0, member.ModifiedSeconds, 0); // ignored: a file system without times

    private void FinishLink(TarMember member, OwnedFd link)
    {
        FileStatus status = Files.Status(link);
        _madeLinks.Add((status.DeviceMajor, status.DeviceMinor, status.Inode));
        SetOwner(member, link);
        SetTimes(member, link);
    }

    private void SetOwner(TarMember member, OwnedFd file)
    {
        if (options.Archive)
        {
            FileMetadata.SetOwner(tree, file, member.Uid, member.Gid, Attempt(member.Name));
        }
        else if (tree.Ids.IsNeeded)
        {
            FileMetadata.SetOwner(tree, file, 0, 0, Attempt(member.Name));
        }
    }

    // The other name is one of this archive, and is walked as such.
    private void Link(OwnedFd parent, FileName name, TarMember member)
    {
        if (Path(member.Target) is not { Length: > 0 } target)
        {
            throw new NamespaceException($"{Attempt(member.Name)}: its other name \"{member.Target}\" leads out of the directory", NamespaceFailure.InvalidArgument, "do not trust this archive");
        }

        (FileName otherPath, FileName other) = FilePaths.Split(target);
        using OwnedFd directory = OpenParent(otherPath);
        NewFile.Make(tree, parent, name, Attempt(member.Name), "linkat", made => NamedFiles.TryLink(directory, other, parent, made));
    }

    private void MakeNode(OwnedFd parent, FileName name, TarMember member, int type) =>
        NewFile.Make(
            tree,
            parent,
            name,
            Attempt(member.Name),
            "mknodat",
            made => NamedFiles.TryMakeNode(parent, made, type | 0x180, member.Major, member.Minor),
            node =>
            {
                SetOwner(member, node);
                _ = FileAttributes.TrySetModeOfPath(node, member.Mode & 0x3ff); // ignored: 0600 is safe
                SetTimes(member, node);
            },
            type);

    private string Attempt(FileName path) => $"{attempt}: \"{path}\"";
}
