using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Namespaces that have names and need no process: made, found, renamed, removed.</summary>
/// <remarks>
/// DIR/ns/NAME/TYPE is a bind mount of the kernel's file where the caller may mount, and otherwise a symbolic link to
/// a descriptor of a keeper. Either is accepted by nsenter(1), ip-link(8) and OCI configurations. man: namespaces(7)
/// </remarks>
/// <param name="root">Where they are kept (--root), absolute.</param>
public sealed class NamedNamespaces(string root)
{
    private readonly NameDirectory _names = new(root);

    /// <summary>Where they are kept (--root).</summary>
    public string Root => _names.Root;

    /// <summary>Makes namespaces, or names ones that exist.</summary>
    /// <param name="name">The name, free until now.</param>
    /// <param name="options">What is to be made.</param>
    /// <param name="notes">What went otherwise than asked, as sentences.</param>
    /// <exception cref="NamespaceException">AlreadyExists, InvalidArgument, NotPermitted. Nothing is left behind.</exception>
    public NamedNamespace Create(string name, CreateOptions options, out IReadOnlyList<string> notes)
    {
        NameDirectory.CheckName(name);
        string attempt = $"cannot create \"{name}\"";
        CreateRules.Check(attempt, options);
        using NameLock held = _names.Lock(make: true);
        if (Files.TryStatus(_names.Of(name), out _) == 0)
        {
            throw new NamespaceException($"{attempt}: the name is taken", NamespaceFailure.AlreadyExists, $"\"rideau ns show {name}\" says what has it, \"rideau ns remove {name}\" frees it");
        }

        using var work = new NameBirth(_names, attempt, name, options);
        notes = work.Perform();
        return new NamedNamespace(_names.Of(name), _names.TryLoad(name)!);
    }

    /// <summary>All names, in order.</summary>
    public IReadOnlyList<NamedNamespace> List()
    {
        List<NamedNamespace> found = [];
        foreach (string name in _names.Names())
        {
            if (_names.TryLoad(name) is { } record)
            {
                found.Add(new NamedNamespace(_names.Of(name), record));
            }
        }

        return found;
    }

    /// <summary>The names alone, in order; what they stand for is not looked at.</summary>
    public IReadOnlyList<string> ListNames() => _names.Names();

    /// <summary>The directory in which the files of a name are, whether it is there or not.</summary>
    public string DirectoryOf(string name) => _names.Of(name);

    /// <summary>What has that name, or null.</summary>
    public NamedNamespace? TryFind(string name) =>
        name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && !name.StartsWith('.') && _names.TryLoad(name) is { } record ? new NamedNamespace(_names.Of(name), record) : null;

    /// <summary>What has that name.</summary>
    /// <exception cref="NamespaceException">NotFound.</exception>
    public NamedNamespace Find(string name)
    {
        if (TryFind(name) is { } named)
        {
            return named;
        }

        bool isDamaged = name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && !name.StartsWith('.') && Files.TryStatus(_names.Of(name), out _) == 0;
        throw isDamaged
            ? new NamespaceException($"what has the name \"{name}\" has no record that can be read, in \"{_names.Of(name)}\"", NamespaceFailure.NotFound, $"\"rideau ns remove {name}\" takes away what is there")
            : new NamespaceException($"no namespace has the name \"{name}\"", NamespaceFailure.NotFound, "\"rideau ns list --named\" shows the names below this --root");
    }

    /// <summary>Gives another name. The namespaces are not touched; paths with the old name lead nowhere.</summary>
    /// <exception cref="NamespaceException">NotFound, AlreadyExists.</exception>
    public void Rename(string name, string newName)
    {
        NameDirectory.CheckName(newName);
        string attempt = $"cannot rename \"{name}\" to \"{newName}\"";
        using NameLock held = _names.Lock(make: false);
        NamedNamespace named = Find(name);
        if (Files.TryStatus(_names.Of(newName), out _) == 0)
        {
            throw new NamespaceException($"{attempt}: the name is taken", NamespaceFailure.AlreadyExists, $"\"rideau ns remove {newName}\" frees it");
        }

        NamespaceIdentity? network = named.Record.Of(NamespaceType.Network);
        if (named.Record.IpNetns)
        {
            using OwnedFd fd = named.Open(NamespaceType.Network);
            IpNetns.Add(attempt, newName, fd);
        }

        int errno = Files.TryRename(_names.Of(name), _names.Of(newName));
        if (errno != 0)
        {
            IpNetns.Remove(newName, network);
            throw new NamespaceException(attempt, NamespaceFailure.General, null, new LinuxException("renameat2", errno, $"\"{_names.Of(name)}\", \"{_names.Of(newName)}\""));
        }

        if (named.Record.IpNetns)
        {
            IpNetns.Remove(name, network);
        }

        _names.Save(_names.Of(newName), named.Record with { Name = newName });
    }

    /// <summary>Takes a name away, with the processes of ours that held what it stood for. The namespaces go when nobody else holds them.</summary>
    /// <exception cref="NamespaceException">NotFound.</exception>
    public void Remove(string name)
    {
        using NameLock held = _names.Lock(make: false);
        if (name.Contains('/', StringComparison.Ordinal) || name.StartsWith('.') || Files.TryStatus(_names.Of(name), out _) != 0)
        {
            _ = Find(name); // says that there is none
        }

        // Without a record it is what a killed command left, or what somebody else put there: the files go all the same.
        NameRecord? record = _names.TryLoad(name);
        // Held before the name goes: who could not be ended then would be found by nobody.
        using OwnedFd? init = record?.Init?.Hold();
        using OwnedFd? keeper = record?.Keeper?.Hold();
        if (record is { IpNetns: true })
        {
            IpNetns.Remove(name, record.Of(NamespaceType.Network));
        }

        HeldProcess.End(init);
        _names.RemoveOne(name);
        HeldProcess.End(keeper);
        _names.Tidy();
    }

    /// <summary>Resolves what a person may write for a namespace: a name, a pid, or a path.</summary>
    /// <param name="text">"lab", "1234", "/proc/1234/ns/net".</param>
    /// <param name="type">Of which type.</param>
    public string PathOf(string text, NamespaceType type) =>
        TryFind(text) is { } named ? named.PathOf(type)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? $"/proc/{pid}/ns/{type.Name}"
        : text.Contains('/', StringComparison.Ordinal) ? text
        : throw new NamespaceException($"no namespace has the name \"{text}\"", NamespaceFailure.NotFound, "give a name of \"rideau ns list --named\", a pid, or a path with a slash");
}
