using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Looks at files of a tree, and reads them.</summary>
public static class FileLooking
{
    private const int NamesLimitBytes = 1 << 20;
    private const int BufferBytes = 128 << 10;

    /// <summary>What is said of one path.</summary>
    /// <exception cref="NamespaceException">NotFound, NotPermitted.</exception>
    public static FileEntry Find(FileTree tree, string path, bool follow)
    {
        using OwnedFd place = FilePaths.Open(tree, path, follow, $"cannot look at \"{tree.Say(path)}\"");
        return Entry(tree, place, FileName.Of(path));
    }

    /// <summary>What is in a directory, sorted by name; of any other file, the file itself.</summary>
    /// <exception cref="NamespaceException">NotFound, NotPermitted.</exception>
    public static IReadOnlyList<FileEntry> List(FileTree tree, string path)
    {
        string attempt = $"cannot list \"{tree.Say(path)}\"";
        OwnedFd place = FilePaths.Open(tree, path, follow: true, attempt);
        using (place)
        {
            if (!Files.Status(place).IsDirectory)
            {
                return [Find(tree, path, follow: false)];
            }

            using OwnedFd directory = FilePaths.OpenDirectory(place, attempt);
            List<FileEntry> entries = [];
            foreach (FileName name in DirectoryEntries.Read(directory))
            {
                int errno = FilePaths.TryOpenEntry(directory, name, out OwnedFd? entry);
                if (entry is not null)
                {
                    using (entry)
                    {
                        entries.Add(Entry(tree, entry, name));
                    }
                }
                else if (errno != Errno.ENOENT)
                {
                    throw FileFailures.Of(attempt, "openat2", errno, $"\"{name}\", O_PATH");
                }
            }

            return entries;
        }
    }

    /// <summary>Writes a regular file to a descriptor.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">The path.</param>
    /// <param name="descriptor">1 is standard output.</param>
    /// <exception cref="NamespaceException">InvalidArgument: it is no regular file.</exception>
    public static void Send(FileTree tree, string path, int descriptor)
    {
        string attempt = $"cannot read \"{tree.Say(path)}\"";
        using OwnedFd place = FilePaths.Open(tree, path, follow: true, attempt);
        using OwnedFd file = FilePaths.OpenRegular(place, Files.Status(place), attempt);
        long sent;
        do
        {
            sent = FileContents.TrySend(file, descriptor, long.MaxValue);
        }
        while (sent > 0);
        byte[] buffer = new byte[sent == 0 ? 1 : BufferBytes];
        for (int got = sent == 0 ? 0 : 1; got > 0;)
        {
            got = Files.TryReadSome(file.Number, buffer);
            int errno = got > 0 ? StandardStreams.TryWrite(descriptor, buffer.AsSpan(0, got)) : got < 0 && got != -Errno.EAGAIN ? -got : 0;
            if (errno == Errno.EPIPE)
            {
                return;
            }

            if (errno != 0)
            {
                throw FileFailures.Of(attempt, got < 0 ? "read" : "write", errno, got < 0 ? "the file" : $"{descriptor}");
            }
        }
    }

    /// <summary>Names of ids, from etc/passwd and etc/group of the tree; none where they are no files of reasonable size.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="file">"etc/passwd" or "etc/group".</param>
    public static IReadOnlyDictionary<uint, string> Names(FileTree tree, string file)
    {
        Dictionary<uint, string> names = [];
        if (FilePaths.TryOpen(tree, FileName.Of(file), follow: true, out OwnedFd? place) != 0 || place is null)
        {
            return names;
        }

        using (place)
        {
            FileStatus status = Files.Status(place);
            if (!status.IsRegularFile || status.SizeBytes > NamesLimitBytes || NamedFiles.TryReopen(place, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, out OwnedFd? opened) != 0 || opened is null)
            {
                return names;
            }

            using (opened)
            {
                foreach (string line in Encoding.UTF8.GetString(Read(opened)).Split('\n'))
                {
                    string[] fields = line.Split(':');
                    if (fields.Length > 2 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
                    {
                        names.TryAdd(id, FileName.Of(fields[0].Replace("\0", "", StringComparison.Ordinal)).ToString());
                    }
                }
            }
        }

        return names;
    }

    private static byte[] Read(OwnedFd file)
    {
        byte[] bytes = new byte[NamesLimitBytes];
        int length = 0;
        for (int got = 1; got > 0 && length < bytes.Length; length += Math.Max(got, 0))
        {
            got = Files.TryReadSome(file.Number, bytes.AsSpan(length));
        }

        return bytes[..length];
    }

    private static FileEntry Entry(FileTree tree, OwnedFd place, FileName name)
    {
        FileStatus status = Files.Status(place);
        FileName? target = status.IsSymbolicLink && NamedFiles.TryReadLink(place, out FileName read) == 0 ? read : null;
        return new FileEntry(name, status, tree.Ids.UserInside(status.Uid), tree.Ids.GroupInside(status.Gid), target);
    }
}
