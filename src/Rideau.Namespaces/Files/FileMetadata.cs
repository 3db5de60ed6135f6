using System;
using System.Buffers.Binary;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Owner, extended attributes, mode and times of a copy, in this order: a change of owner takes set-id bits and capabilities away.</summary>
internal static class FileMetadata
{
    private const int Permissions = 0x1ff;
    private const int Sticky = 0x200;

    /// <summary>Gives a copy the attributes of its source.</summary>
    /// <param name="from">The source's tree.</param>
    /// <param name="source">The source, open for reading; null where it cannot be opened (links, nodes).</param>
    /// <param name="status">Its status.</param>
    /// <param name="to">The copy's tree.</param>
    /// <param name="copy">The copy: open for reading or writing, or with O_PATH where <paramref name="source"/> is null.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="attempt">For errors.</param>
    internal static void Apply(FileTree from, OwnedFd? source, FileStatus status, FileTree to, OwnedFd copy, FileCopyOptions options, string attempt)
    {
        if (options.Archive)
        {
            SetOwner(to, copy, from.Ids.UserInside(status.Uid), from.Ids.GroupInside(status.Gid), attempt);
        }
        else if (to.Ids.IsNeeded)
        {
            SetOwner(to, copy, 0, 0, attempt);
        }

        if (source is not null)
        {
            CopyExtended(from, source, to, copy, options);
        }

        int mode = status.Mode & (options.Archive ? 0xfff : Permissions | Sticky);
        if (!status.IsSymbolicLink)
        {
            int errno = source is null ? FileAttributes.TrySetModeOfPath(copy, mode) : FileAttributes.TrySetMode(copy, mode);
            if (errno != 0)
            {
                throw FileFailures.Of(attempt, "fchmod", errno, Convert.ToString(mode, 8));
            }
        }

        _ = FileAttributes.TrySetTimes(copy, status.ModifiedSeconds, status.ModifiedNanoseconds, status.ReadSeconds, status.ReadNanoseconds); // ignored: a file system without times
    }

    /// <summary>Sets owner and group, as the tree numbers them.</summary>
    internal static void SetOwner(FileTree tree, OwnedFd file, uint uid, uint gid, string attempt)
    {
        if (tree.Ids.UserOutside(uid) is not { } user || tree.Ids.GroupOutside(gid) is not { } group)
        {
            throw NotMapped(tree, uid, gid, attempt, null);
        }

        int errno = FileAttributes.TrySetOwner(file, user, group);
        if (errno == Errno.EINVAL)
        {
            throw NotMapped(tree, uid, gid, attempt, new LinuxException("fchownat", errno, $"{user}, {group}"));
        }

        if (errno != 0)
        {
            throw FileFailures.Of(attempt, "fchownat", errno, $"{user}, {group}", errno == Errno.EPERM ? "without --archive, and with --no-same-owner of tar, the copies belong to whoever makes them" : null);
        }
    }

    private static NamespaceException NotMapped(FileTree tree, uint uid, uint gid, string attempt, Exception? inner) => new(
        $"{attempt}: user {uid} or group {gid} is not mapped in the user namespace of {(tree.IsMachine ? "this command" : tree.Words)}",
        NamespaceFailure.General,
        "without --archive, and with --no-same-owner of tar, the copies belong to whoever makes them",
        inner);

    // "user." is for people; the others say who may do what, and go with the owner.
    private static void CopyExtended(FileTree from, OwnedFd source, FileTree to, OwnedFd copy, FileCopyOptions options)
    {
        foreach (FileName name in FileAttributes.Names(source))
        {
            bool isAcl = name.Bytes.StartsWith("system.posix_acl_"u8);
            if (!name.Bytes.StartsWith("user."u8) && !(options.Archive && (isAcl || name.Bytes.SequenceEqual("security.capability"u8))))
            {
                continue;
            }

            if (FileAttributes.TryGet(source, name, out byte[] value) != 0 || (isAcl && !TranslateAcl(from, to, value)))
            {
                options.Note?.Invoke($"the attribute {name} is left out");
                continue;
            }

            int errno = FileAttributes.TrySet(copy, name, value);
            if (errno != 0)
            {
                options.Note?.Invoke($"the attribute {name} is left out: {Errno.Describe(errno)}");
            }
        }
    }

    // struct posix_acl_xattr_header (version 2), and entries of tag 2, permissions 2, id 4 bytes. uapi: linux/posix_acl_xattr.h
    private static bool TranslateAcl(FileTree from, FileTree to, Span<byte> acl)
    {
        const ushort User = 2;
        const ushort Group = 8;
        if (acl.Length < 4 || (acl.Length - 4) % 8 != 0 || BinaryPrimitives.ReadUInt32LittleEndian(acl) != 2)
        {
            return false;
        }

        for (int at = 4; at < acl.Length; at += 8)
        {
            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(acl[at..]);
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(acl[(at + 4)..]);
            uint? translated = tag == User ? to.Ids.UserOutside(from.Ids.UserInside(id)) : tag == Group ? to.Ids.GroupOutside(from.Ids.GroupInside(id)) : id;
            if (translated is not { } there)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt32LittleEndian(acl[(at + 4)..], there);
        }

        return true;
    }
}
