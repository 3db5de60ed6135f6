using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A name, and what it stands for now.</summary>
public sealed class NamedNamespace
{
    private readonly string _directory;

    internal NamedNamespace(string directory, NameRecord record)
    {
        _directory = directory;
        Record = record;
        List<NamedEntry> entries = [];
        foreach (NamespaceIdentity identity in record.Namespaces)
        {
            string path = PathOf(identity.Type);
            entries.Add(new NamedEntry(identity, path, Examine(identity, path)));
        }

        Entries = entries;
    }

    /// <summary>The name.</summary>
    public string Name => Record.Name;

    /// <summary>What was written down when it was made.</summary>
    public NameRecord Record { get; }

    /// <summary>Its namespaces.</summary>
    public IReadOnlyList<NamedEntry> Entries { get; }

    /// <summary>True where every namespace is what it was.</summary>
    public bool IsValid
    {
        get
        {
            foreach (NamedEntry entry in Entries)
            {
                if (entry.Condition != NameCondition.Valid)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The file of a type, whether it is there or not.</summary>
    public string PathOf(NamespaceType type) => $"{_directory}/{type.Name}";

    /// <summary>Opens one of its namespaces.</summary>
    /// <exception cref="NamespaceException">NotFound: no namespace of that type. Stale: it is not any more what it was.</exception>
    public OwnedFd Open(NamespaceType type)
    {
        foreach (NamedEntry entry in Entries)
        {
            if (entry.Identity.Type == type)
            {
                return Open(entry);
            }
        }

        throw new NamespaceException($"\"{Name}\" has no {type.Word} namespace", NamespaceFailure.NotFound, $"it has {string.Join(", ", Words())}");
    }

    /// <summary>A condition as a sentence about the namespace.</summary>
    public static string Describe(NameCondition condition) => condition switch
    {
        NameCondition.Valid => "valid",
        NameCondition.Elsewhere => "it lives, but is not mounted in this mount namespace",
        NameCondition.Dead => "it has died",
        NameCondition.Missing => "nothing is there any more",
        NameCondition.Replaced => "another one has taken its place",
        NameCondition.Hidden => "it may not be looked at from here",
        _ => "its init has ended, it takes no more processes",
    };

    private IEnumerable<string> Words()
    {
        foreach (NamedEntry entry in Entries)
        {
            yield return entry.Identity.Type.Word;
        }
    }

    private OwnedFd Open(NamedEntry entry)
    {
        OwnedFd? fd = null;
        if (entry.Condition == NameCondition.Valid)
        {
            int errno = Files.TryOpen(entry.Path, Fcntl.O_RDONLY, out fd);
            fd = fd ?? throw new NamespaceException($"cannot open the {entry.Identity.Type.Word} namespace of \"{Name}\": {Errno.Describe(errno)}", NamespaceFailure.NotPermitted);
        }
        else if (entry.Condition == NameCondition.Elsewhere)
        {
            _ = entry.Identity.TryReopen(out fd); // ignored: the check says it
        }

        // Once more on what is open now: the file may have changed since it was looked at.
        if (fd is not null && NamespaceIdentity.TryOf(fd) is { } found && found.IsSame(entry.Identity))
        {
            return fd;
        }

        fd?.Dispose();
        if (entry.Condition == NameCondition.Hidden)
        {
            throw new NamespaceException($"cannot open the {entry.Identity.Type.Word} namespace of \"{Name}\": {Describe(entry.Condition)}", NamespaceFailure.NotPermitted, "do it in the user namespace in which the name was given");
        }

        throw new NamespaceException(
            $"the {entry.Identity.Type.Word} namespace of \"{Name}\" is not what it was: {Describe(entry.Condition == NameCondition.Valid ? NameCondition.Replaced : entry.Condition)}",
            NamespaceFailure.Stale,
            $"\"rideau ns remove {Name}\" takes the name away");
    }

    private NameCondition Examine(NamespaceIdentity identity, string path)
    {
        NamespaceIdentity? found = NamespaceIdentity.TryOf(path, out int opening);
        if (found is not null && found.IsSame(identity))
        {
            return identity.Type == NamespaceType.Pid && Record.Init is { IsAlive: false } ? NameCondition.WithoutInit : NameCondition.Valid;
        }

        int errno = identity.TryReopen(out OwnedFd? alive);
        alive?.Dispose();
        if (Errno.IsScarcity(opening) || Errno.IsScarcity(errno))
        {
            throw new LinuxException("open", Errno.IsScarcity(opening) ? opening : errno, $"\"{path}\"");
        }

        return found is not null ? NameCondition.Replaced
            : errno == 0 ? NameCondition.Elsewhere
            : opening is Errno.EACCES or Errno.EPERM && Record.Keeper is not { IsAlive: false } ? NameCondition.Hidden // ESTALE is said of those too that are not shown to the caller
            : errno == Errno.ESTALE ? NameCondition.Dead
            : NameCondition.Missing;
    }
}
