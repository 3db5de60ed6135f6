using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Runtime.State;

/// <summary>The containers below one --root: a directory each, with state.json, a copy of config.json, the gate's FIFOs and the lock.</summary>
/// <remarks>
/// state.json is written to a file beside it and renamed, so that a reader sees the old or the new one. No
/// fsync: --root is on a tmpfs, and after a crash of the machine there is no container left to describe.
/// </remarks>
public sealed class ContainerStore(string root)
{
    private const int StateLimitBytes = 4 << 20;
    private const int IdLimit = 1024;
    private const string State = "state.json";
    private const string ConfigurationFile = "config.json";

    /// <summary>The directory, absolute.</summary>
    public string Root { get; } = root;

    /// <summary>The directory of one container.</summary>
    public string DirectoryOf(string id) => $"{Root}/{id}";

    /// <summary>Letters, digits and _ + - . make an id; "." and ".." are none.</summary>
    /// <exception cref="ContainerException">InvalidArgument.</exception>
    public static void CheckId(string id)
    {
        bool valid = id.Length is > 0 and <= IdLimit && id is not ("." or "..");
        foreach (char letter in id)
        {
            valid &= char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '.';
        }

        if (id == StateRoot.NamesDirectory)
        {
            throw new ContainerException($"invalid id \"{id}\"", FailureCode.InvalidArgument, "named namespaces are kept in the directory of that name below --root");
        }

        if (!valid)
        {
            throw new ContainerException($"invalid id \"{id}\"", FailureCode.InvalidArgument, "an id is made of letters, digits and _ + - .");
        }
    }

    /// <summary>Makes the container's directory and locks it for as long as the result is not disposed of.</summary>
    /// <exception cref="ContainerException">AlreadyExists.</exception>
    public ContainerLock CreateContainerDirectory(string id)
    {
        CheckId(id);
        int errno = Files.TryMakeDirectory(DirectoryOf(id), 0x1c9); // 0711
        if (errno == Errno.ENOENT)
        {
            MakeRoot(Root);
            errno = Files.TryMakeDirectory(DirectoryOf(id), 0x1c9);
        }

        return errno switch
        {
            0 => LockNew(id),
            Errno.EEXIST => throw AlreadyExists(id),
            _ => throw new ContainerException($"cannot create container \"{id}\": cannot make its directory below --root", FailureCode.General, ErrorHints.Find("mkdirat", errno), new LinuxException("mkdirat", errno, $"\"{DirectoryOf(id)}\"")),
        };
    }

    private static ContainerException AlreadyExists(string id) =>
        new($"cannot create container \"{id}\": container with given ID already exists", FailureCode.AlreadyExists, $"choose another id, or \"rideau delete {id}\" first");

    private ContainerLock LockNew(string id)
    {
        ContainerLock held;
        try
        {
            held = TryLock(id) ?? throw new ContainerException($"cannot create container \"{id}\": somebody deleted it while it was made", FailureCode.General);
        }
        catch
        {
            _ = Files.TryRemove(DirectoryOf(id), null, Fcntl.AT_REMOVEDIR); // ignored: the error is the one to be told
            throw;
        }

        // Between the making and the locking somebody may have deleted it, and a third have made it anew.
        if (Files.TryStatus($"{DirectoryOf(id)}/{State}", out _) == 0)
        {
            held.Dispose();
            throw AlreadyExists(id);
        }

        return held;
    }

    /// <summary>Removes the container's directory and what this program put there.</summary>
    public void RemoveContainerDirectory(string id)
    {
        string directory = DirectoryOf(id);

        // The record goes last: a delete that is killed before that can be asked again.
        foreach (string name in (ReadOnlySpan<string>)[ConfigurationFile, GateFiles.Gate, GateFiles.Report, State])
        {
            int removed = Files.TryRemove($"{directory}/{name}");
            if (removed is not (0 or Errno.ENOENT or Errno.ENOTDIR))
            {
                throw new LinuxException("unlinkat", removed, $"\"{directory}/{name}\"");
            }
        }

        int errno = Files.TryRemove(directory, null, Fcntl.AT_REMOVEDIR);
        if (errno is Errno.ENOTEMPTY or Errno.EEXIST)
        {
            RemoveOthers(directory);
            errno = Files.TryRemove(directory, null, Fcntl.AT_REMOVEDIR);
        }

        if (errno is not (0 or Errno.ENOENT))
        {
            throw new LinuxException("unlinkat", errno, $"\"{directory}\", AT_REMOVEDIR");
        }
    }

    /// <summary>One command at a time changes a container. The kernel frees the lock of a command that dies.</summary>
    /// <exception cref="ContainerException">NotFound.</exception>
    public ContainerLock Lock(string id) => TryLock(id) ?? throw NotFound(id);

    /// <summary>The same; null where there is no such container.</summary>
    public ContainerLock? TryLock(string id)
    {
        CheckId(id);
        while (true)
        {
            int opened = Files.TryOpen(DirectoryOf(id), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, out OwnedFd? directory);
            if (directory is null)
            {
                return opened is Errno.ENOENT or Errno.ENOTDIR ? null : throw new LinuxException("openat", opened, $"\"{DirectoryOf(id)}\"");
            }

            int errno = Files.TryLock(directory, Fcntl.LOCK_EX);
            if (errno == 0 && Files.Status(directory).Links > 0)
            {
                return new ContainerLock(directory);
            }

            // Without a link: the container was deleted while this waited, and its name may be another's by now.
            directory.Dispose();
            if (errno != 0)
            {
                throw new LinuxException("flock", errno, $"\"{DirectoryOf(id)}\", LOCK_EX");
            }
        }
    }

    /// <summary>True where the container has a directory, whatever is in it.</summary>
    public bool Exists(string id)
    {
        CheckId(id);
        int errno = Files.TryStatus(DirectoryOf(id), out _);
        return errno is 0 or Errno.ENOENT or Errno.ENOTDIR ? errno == 0 : throw new LinuxException("statx", errno, $"\"{DirectoryOf(id)}\"");
    }

    /// <summary>Writes the record, whole or not at all.</summary>
    public void Save(ContainerRecord record) => Write(record.Id, State, StateJson.WriteRecord(record));

    /// <summary>Writes the record beside its place; <see cref="Commit"/> puts it there.</summary>
    public void Prepare(ContainerRecord record) => WriteBeside(record.Id, State, StateJson.WriteRecord(record));

    /// <summary>The record that was prepared counts from now on.</summary>
    public void Commit(string id) => Rename(id, State);

    /// <summary>Keeps the configuration that later commands need. Its record comes after it, so nobody reads half of it.</summary>
    public void SaveConfiguration(string id, ReadOnlySpan<byte> bytes) => WriteFile(id, ConfigurationFile, ConfigurationFile, bytes);

    /// <summary>The configuration that the container was made from.</summary>
    public byte[] LoadConfiguration(string id) => Files.ReadAll($"{DirectoryOf(id)}/{ConfigurationFile}", BundleReader.LimitBytes);

    /// <summary>The record of a container.</summary>
    /// <exception cref="ContainerException">NotFound: "container does not exist". WrongState: its create was killed before it wrote one.</exception>
    public ContainerRecord Load(string id) => TryLoad(id) ?? (Exists(id)
        ? throw new ContainerException($"container \"{id}\" does not exist: it is half made, as its create was killed, or still runs", FailureCode.WrongState, $"\"rideau delete --force {id}\" removes what is there")
        : throw NotFound(id));

    /// <summary>The record, or null where there is none, or none that can be read.</summary>
    public ContainerRecord? TryLoad(string id)
    {
        CheckId(id);
        int errno = Files.TryOpen($"{DirectoryOf(id)}/{State}", Fcntl.O_RDONLY, out OwnedFd? file);
        if (file is null)
        {
            return errno is Errno.ENOENT or Errno.ENOTDIR ? null : throw new LinuxException("openat", errno, $"\"{DirectoryOf(id)}/{State}\"");
        }

        using (file)
        {
            byte[] bytes = Files.ReadAll(file, StateLimitBytes, State);
            return bytes.Length == 0 ? null : OwnRecord(id, bytes);
        }
    }

    // Other runtimes call their files so too; what is of another container would be removed in its place.
    private static ContainerRecord OwnRecord(string id, byte[] bytes)
    {
        ContainerRecord record;
        try
        {
            record = StateJson.ReadRecord(bytes);
        }
        catch (ContainerException unreadable)
        {
            throw new ContainerException($"cannot use container \"{id}\": {unreadable.Message}", FailureCode.General, "if nothing of it runs any more, remove its directory below --root by hand", unreadable);
        }

        return record.Bundle.Length > 0 && record.Id == id
            ? record
            : throw new ContainerException($"cannot use container \"{id}\": its state is not of this program", FailureCode.WrongState, "use the runtime that made it, or give another --root");
    }

    /// <summary>Where the container is in its life, now.</summary>
    public ContainerStatus StatusOf(ContainerRecord record)
    {
        if (record.InitPid == 0)
        {
            return ContainerStatus.Creating;
        }

        return ProcessIdentity.IsAlive(record) ? StatusOfLiving(record) : ContainerStatus.Stopped;
    }

    /// <summary>The same of one whose init is known to run.</summary>
    internal ContainerStatus StatusOfLiving(ContainerRecord record)
    {
        bool held = GateFiles.IsHeld(DirectoryOf(record.Id));
        if (held && !record.Complete)
        {
            return ContainerStatus.Creating;
        }

        if (ContainerCgroup.OfRecord(record).IsFrozen())
        {
            return ContainerStatus.Paused;
        }

        return held ? ContainerStatus.Created : ContainerStatus.Running;
    }

    /// <summary>All containers, by id.</summary>
    /// <param name="passedOver">Is told what cannot be read; null: it is passed over in silence.</param>
    public IReadOnlyList<ContainerRecord> List(Action<string>? passedOver = null)
    {
        var records = new List<ContainerRecord>();
        foreach (string name in DirectoryListing.Names(Root))
        {
            try
            {
                if (!name.StartsWith('.') && name != StateRoot.NamesDirectory && TryLoad(name) is { } record)
                {
                    records.Add(record);
                }
            }
            catch (ContainerException unreadable)
            {
                passedOver?.Invoke(unreadable.Message);
            }
        }

        records.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return records;
    }

    /// <summary>The pids of all processes in the container's cgroup, ascending.</summary>
    public IReadOnlyList<int> Processes(ContainerRecord record) => ContainerCgroup.OfRecord(record).Processes();

    private static ContainerException NotFound(string id) =>
        new($"cannot find container \"{id}\": container does not exist", FailureCode.NotFound, "\"rideau list\" shows what there is below this --root");

    private void Write(string id, string name, ReadOnlySpan<byte> bytes)
    {
        WriteBeside(id, name, bytes);
        Rename(id, name);
    }

    private void WriteBeside(string id, string name, ReadOnlySpan<byte> bytes) => WriteFile(id, name, "." + name, bytes);

    private void WriteFile(string id, string name, string place, ReadOnlySpan<byte> bytes)
    {
        int errno;
        using (OwnedFd file = Files.Open($"{DirectoryOf(id)}/{place}", Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0x180)) // 0600
        {
            errno = Files.TryWriteAll(file, bytes);
        }

        Check(id, name, errno);
    }

    private void Rename(string id, string name) => Check(id, name, Files.TryRename($"{DirectoryOf(id)}/.{name}", $"{DirectoryOf(id)}/{name}"));

    private void Check(string id, string name, int errno)
    {
        if (errno != 0)
        {
            _ = Files.TryRemove($"{DirectoryOf(id)}/.{name}"); // ignored: the error below is the one to be told
            string path = $"{DirectoryOf(id)}/{name}";
            throw new ContainerException($"cannot write \"{path}\"", FailureCode.General, ErrorHints.Find("write", errno), new LinuxException("write", errno, $"\"{path}\""));
        }
    }

    private static void RemoveOthers(string directory)
    {
        NotifySocket.Remove(directory);
        foreach (string name in DirectoryListing.Names(directory))
        {
            int removed = Files.TryRemove($"{directory}/{name}");
            removed = removed == Errno.EISDIR ? Files.TryRemove($"{directory}/{name}", null, Fcntl.AT_REMOVEDIR) : removed;
            if (removed is not (0 or Errno.ENOENT))
            {
                throw new LinuxException("unlinkat", removed, $"\"{directory}/{name}\"");
            }
        }
    }

    private static void MakeRoot(string path)
    {
        int errno = StateRoot.TryMake(path);
        if (errno != 0)
        {
            throw new ContainerException($"cannot make --root \"{path}\"", FailureCode.General, ErrorHints.Find("mkdirat", errno), new LinuxException("mkdirat", errno, $"\"{path}\", 0700"));
        }
    }
}
