using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>The directory of names below one --root: a directory each, in it a file for each type, and record.json.</summary>
/// <remarks>
/// Where the caller may mount, the directory is a mount of its own that is private, and the files are bind
/// mounts of the kernel's own: private, because a mount namespace cannot be bound on a shared mount, and so that
/// what is taken away here is not held by a copy elsewhere. Mount namespaces that are made later have copies; they go
/// when the file they are on is removed (kernel 3.18). docs/decisions/0008-the-keeper.md.
/// One command at a time changes it, by a lock of --root itself. man: flock(2)
/// </remarks>
internal sealed class NameDirectory(string root)
{
    internal const string RecordFile = "record.json";
    private const int RecordLimitBytes = 1 << 20;
    private const int NameLimit = 200;
    private const string Machine = "host"; // the machine's own network, for "net" and sockets
    private const int PrivateMode = 0x1c0; // 0700

    internal string Root { get; } = root;

    internal string Path { get; } = $"{root}/{StateRoot.NamesDirectory}";

    internal string Of(string name) => $"{Path}/{name}";

    internal static void CheckName(string name)
    {
        bool valid = name.Length is > 0 and <= NameLimit && char.IsAsciiLetterOrDigit(name[0]) && !IsNumber(name) && name != Machine;
        foreach (char letter in name)
        {
            valid &= char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '.';
        }

        if (!valid)
        {
            throw new NamespaceException($"invalid name \"{name}\"", NamespaceFailure.InvalidArgument, "a name begins with a letter or digit, is made of letters, digits and _ + - ., and is neither a number, which would be a pid, nor \"host\", which is the machine");
        }
    }

    /// <summary>Makes --root if it is missing, and locks it.</summary>
    internal NameLock Lock(bool make)
    {
        int errno = make ? StateRoot.TryMake(Root) : 0;
        if (errno != 0)
        {
            throw new NamespaceException(
                $"cannot make --root \"{Root}\"",
                NamespaceFailure.NotPermitted,
                errno is Errno.EACCES or Errno.EPERM or Errno.EROFS ? "set XDG_RUNTIME_DIR to a directory of your own (\"/run/user/UID\"), or give --root" : null,
                new LinuxException("mkdirat", errno, $"\"{Root}\", 0700"));
        }

        return NameLock.Take(Root);
    }

    internal IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        foreach (string name in DirectoryListing.Names(Path))
        {
            if (!name.StartsWith('.'))
            {
                names.Add(name);
            }
        }

        names.Sort(string.CompareOrdinal);
        return names;
    }

    /// <summary>The record of a name; null where there is none, or none that can be read.</summary>
    internal NameRecord? TryLoad(string name)
    {
        int errno = Files.TryOpen($"{Of(name)}/{RecordFile}", Fcntl.O_RDONLY, out OwnedFd? file);
        if (file is null)
        {
            return errno is Errno.ENOENT or Errno.ENOTDIR ? null : throw new LinuxException("openat", errno, $"\"{Of(name)}/{RecordFile}\"");
        }

        using (file)
        {
            // What the directory is called is the name: a rename that was killed leaves the old one in the record.
            return NameRecord.Read(Files.ReadAll(file, RecordLimitBytes, RecordFile)) is { } record ? record with { Name = name } : null;
        }
    }

    internal void Save(string directory, NameRecord record)
    {
        string beside = $"{directory}/.{RecordFile}";
        int errno;
        using (OwnedFd file = Files.Open(beside, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0x180)) // 0600
        {
            errno = Files.TryWriteAll(file, record.Write());
        }

        errno = errno == 0 ? Files.TryRename(beside, $"{directory}/{RecordFile}") : errno;
        if (errno != 0)
        {
            throw new LinuxException("write", errno, $"\"{directory}/{RecordFile}\"");
        }
    }

    /// <summary>Makes the directory.</summary>
    /// <param name="wantsMount">Make it a private mount of its own; false where the caller may not mount anyway.</param>
    /// <returns>True where it is one.</returns>
    internal bool Ensure(bool wantsMount)
    {
        int errno = Files.TryMakeDirectory(Path, PrivateMode);
        if (errno is not (0 or Errno.EEXIST))
        {
            throw new LinuxException("mkdirat", errno, $"\"{Path}\", 0700");
        }

        if (!wantsMount || IsMount())
        {
            return wantsMount;
        }

        using OwnedFd directory = Files.Open(Path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW);
        errno = Mounts.TryBind(directory, directory);
        if (errno is Errno.EPERM or Errno.EACCES)
        {
            return false; // root of a user namespace in a mount namespace that is not its own
        }

        errno = errno == 0 ? Mounts.TrySetPropagation(Path, Mount.MS_PRIVATE) : errno;
        return errno == 0 ? true : throw new LinuxException("mount", errno, $"\"{Path}\", \"{Path}\", MS_BIND, MS_PRIVATE");
    }

    /// <summary>Takes everything of one name away, whatever is there of it.</summary>
    internal void RemoveOne(string name)
    {
        string directory = Of(name);
        foreach (string file in DirectoryListing.Names(directory))
        {
            string path = $"{directory}/{file}";
            // A bind mount of it in another mount namespace goes with the file.
            for (int layers = 0; layers < 64 && Mounts.TryDetach(path) == 0; layers++)
            {
            }

            _ = Files.TryRemove(path); // ignored: the removal of the directory says it
        }

        int errno = Files.TryRemove(directory, null, Fcntl.AT_REMOVEDIR);
        if (errno is not (0 or Errno.ENOENT))
        {
            throw new LinuxException("unlinkat", errno, $"\"{directory}\", AT_REMOVEDIR");
        }
    }

    /// <summary>Takes the directory itself away where no name is left.</summary>
    internal void Tidy()
    {
        if (DirectoryListing.Names(Path).Count > 0)
        {
            return;
        }

        if (IsMount())
        {
            _ = Mounts.TryDetach(Path); // ignored: the next line fails then, and nothing is lost
        }

        _ = Files.TryRemove(Path, null, Fcntl.AT_REMOVEDIR); // ignored: a directory that stays is used again
    }

    private bool IsMount() =>
        Files.TryStatus(Path, out FileStatus own) == 0 && Files.TryStatus(Root, out FileStatus above) == 0 && own.MountId != above.MountId;

    private static bool IsNumber(string name)
    {
        foreach (char letter in name)
        {
            if (!char.IsAsciiDigit(letter))
            {
                return false;
            }
        }

        return true;
    }
}
