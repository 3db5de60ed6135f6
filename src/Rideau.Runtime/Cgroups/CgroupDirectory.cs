using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Runtime.Cgroups;

/// <summary>The container's group in one hierarchy. Holds nothing open.</summary>
internal sealed class CgroupDirectory(CgroupHierarchy hierarchy, string path)
{
    private const int LimitBytes = 16 << 20;
    private const int LimitDepth = 64;

    internal CgroupHierarchy Hierarchy { get; } = hierarchy;

    /// <summary>Below the mount point.</summary>
    internal string Path { get; } = path;

    /// <summary>From the root of the file system.</summary>
    internal string FullPath { get; } = hierarchy.MountPoint + (path == "/" ? "" : path);

    internal bool IsUnified => Hierarchy.IsUnified;

    internal bool Exists => Files.TryStatus(FullPath, out _) == 0;

    internal string FileOf(string name) => $"{FullPath}/{name}";

    /// <summary>Where set: what was in a file before each write goes there.</summary>
    internal UndoStack? Undo { get; set; }

    internal int TryWrite(string file, string value)
    {
        string path = FileOf(file);
        string? before = Undo is null ? null : PreviousValue.Of(path, value);
        int errno = Files.TryWriteText(path, value);
        if (errno == 0 && before is not null && before != value)
        {
            Undo!.Push($"set \"{path}\" back to \"{before}\"", () => SetBack(path, before));
        }

        return errno;
    }

    internal OwnedFd Open() => Files.Open(FullPath, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);

    /// <summary>A short file's text without the newline at its end, or null where there is no such file, or it may not be read.</summary>
    /// <exception cref="LinuxException">Reading failed for a reason that has nothing to do with the file, and says nothing of it.</exception>
    internal string? Read(string file)
    {
        Span<byte> buffer = stackalloc byte[4096];
        int length = Cgroupfs.TryReadOnce(FileOf(file), buffer);
        if (-length is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EIO)
        {
            throw new LinuxException("read", -length, $"\"{FileOf(file)}\"");
        }

        return length < 0 ? null : Encoding.UTF8.GetString(buffer[..length]).TrimEnd('\n');
    }

    /// <summary>Makes the directory and what is missing above it.</summary>
    /// <returns>0, EEXIST where it is there already, or another errno; <paramref name="made"/> has each directory that was made, outermost first.</returns>
    internal int TryMake(List<string> made)
    {
        int errno = Files.TryMakeDirectory(FullPath, 0x1ED);
        if (errno == Errno.ENOENT)
        {
            for (int slash = FullPath.IndexOf('/', Hierarchy.MountPoint.Length + 1); slash > 0; slash = FullPath.IndexOf('/', slash + 1))
            {
                int above = Files.TryMakeDirectory(FullPath[..slash], 0x1ED);
                if (above == 0)
                {
                    made.Add(FullPath[..slash]);
                }
                else if (above != Errno.EEXIST)
                {
                    return above;
                }
            }

            errno = Files.TryMakeDirectory(FullPath, 0x1ED);
        }

        if (errno == 0)
        {
            made.Add(FullPath);
        }

        return errno;
    }

    /// <summary>Adds the pids of the group and of those in it. A group that is gone has none.</summary>
    internal void CollectProcesses(SortedSet<int> pids) => CollectProcesses(FullPath, pids, 0);

    /// <summary>Removes the group unless a process or a group is in it (EBUSY, ENOTEMPTY).</summary>
    internal int TryRemoveEmpty() => Files.TryRemove(FullPath, null, Fcntl.AT_REMOVEDIR);

    /// <summary>Removes the group and those in it, the innermost first.</summary>
    /// <returns>0, or the errno of the last failure: EBUSY while processes are in it.</returns>
    internal int TryRemove()
    {
        int errno = TryRemoveEmpty();
        return errno is 0 or Errno.ENOENT ? 0 : errno == Errno.EBUSY || errno == Errno.ENOTEMPTY ? RemoveTree(FullPath, 0) : errno;
    }

    private static void SetBack(string path, string value)
    {
        int errno = Files.TryWriteText(path, value);
        if (errno != 0)
        {
            throw new LinuxException("write", errno, $"\"{path}\", \"{value}\"");
        }
    }

    private static void CollectProcesses(string directory, SortedSet<int> pids, int depth)
    {
        if (depth > LimitDepth)
        {
            return;
        }

        ReadPids(directory, pids);
        foreach (string name in Children(directory))
        {
            CollectProcesses($"{directory}/{name}", pids, depth + 1);
        }
    }

    private static void ReadPids(string directory, SortedSet<int> pids)
    {
        byte[] bytes;
        try
        {
            bytes = Files.ReadAll(directory + "/cgroup.procs", LimitBytes);
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENODEV or Errno.EOPNOTSUPP)
        {
            // Gone meanwhile; or a threaded group of v2, whose processes the group above it has.
            return;
        }

        ReadOnlySpan<byte> rest = bytes;
        while (Utf8Parser.TryParse(rest, out int pid, out int used))
        {
            // 0: a process of a pid namespace that this one cannot see.
            if (pid > 0)
            {
                pids.Add(pid);
            }

            rest = rest[Math.Min(used + 1, rest.Length)..];
        }
    }

    // The link count of a cgroup's directory says nothing of its subdirectories on every kernel, so it is listed.
    private static List<string> Children(string directory)
    {
        var children = new List<string>();
        try
        {
            foreach (string name in DirectoryListing.Names(directory))
            {
                // Every file of a cgroup has a dot in its name but the two oldest of v1; a group may have one too.
                if (name is not ("tasks" or "notify_on_release")
                    && Files.TryStatus($"{directory}/{name}", out FileStatus status, null, Fcntl.AT_SYMLINK_NOFOLLOW) == 0
                    && status.IsDirectory)
                {
                    children.Add(name);
                }
            }
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Gone meanwhile.
        }

        return children;
    }

    private static int RemoveTree(string directory, int depth)
    {
        if (depth > LimitDepth)
        {
            return Errno.ELOOP;
        }

        foreach (string name in Children(directory))
        {
            _ = RemoveTree($"{directory}/{name}", depth + 1); // ignored: then the directory itself is EBUSY
        }

        int errno = Files.TryRemove(directory, null, Fcntl.AT_REMOVEDIR);
        return errno == Errno.ENOENT ? 0 : errno;
    }
}
