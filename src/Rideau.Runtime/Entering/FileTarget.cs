using System;
using System.Collections.Generic;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>A path on a command line: "web:/etc/passwd", or a file of the machine.</summary>
/// <param name="Target">What stands before the colon; null for a file of the machine.</param>
/// <param name="Path">The path.</param>
public sealed record FileTarget(string? Target, string Path)
{
    /// <summary>Splits a word. A word that begins with "/" or "." is a file of the machine, unless a namespace or a cgroup is what stands before a colon and a slash in it.</summary>
    public static FileTarget Of(string word)
    {
        int colon = word is ['/' or '.', ..] ? word.IndexOf(":/", StringComparison.Ordinal) : word.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || (word.AsSpan(0, colon).Contains('/') && !IsTarget(word[..colon])))
        {
            return new FileTarget(null, word);
        }

        return new FileTarget(word[..colon], colon + 1 == word.Length ? "/" : word[(colon + 1)..]);
    }

    /// <summary>Opens the tree that the target sees; of a container that has stopped, its root file system.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="alone">No file of the machine is opened afterwards.</param>
    /// <exception cref="ContainerException">NotFound.</exception>
    /// <exception cref="NamespaceException">Its files cannot be reached.</exception>
    public FileTree Open(RuntimeContext context, bool alone)
    {
        string target = Target ?? throw new InvalidOperationException("a file of the machine");
        var store = new ContainerStore(context.Root);
        if (!target.Contains('/', StringComparison.Ordinal) && target != StateRoot.NamesDirectory && EnterTarget.IsId(target) && store.TryLoad(target) is { } record)
        {
            using OwnedFd? init = ProcessIdentity.OpenInit(record);
            return init is null ? OfStopped(store, record) : FileTree.OfProcess(record.InitPid, target, alone);
        }

        EnterTarget found = EnterTarget.Find(context, target);
        return found.Pid == 0 ? FileTree.OfNamespaces(found.Paths, target, alone) : FileTree.OfProcess(found.Pid, target, alone);
    }

    private static bool IsTarget(string path) =>
        Files.TryStatus($"{path}/cgroup.procs", out _) == 0 || NamespaceIdentity.TryOf(path) is not null;

    private static FileTree OfStopped(ContainerStore store, ContainerRecord record)
    {
        Configuration configuration = ConfigurationReader.Read(store.LoadConfiguration(record.Id));
        string path = configuration.Root?.Path ?? throw new ContainerException($"cannot reach the files of container \"{record.Id}\": its config.json names no root file system", FailureCode.InvalidArgument);
        return FileTree.OfDirectory(path.StartsWith('/') ? path : $"{record.Bundle}/{path}", record.Id, Ranges(configuration.Linux?.UidMappings), Ranges(configuration.Linux?.GidMappings));
    }

    private static List<IdRange> Ranges(List<IdMapping>? mappings)
    {
        List<IdRange> ranges = [];
        foreach (IdMapping mapping in mappings ?? [])
        {
            ranges.Add(new IdRange(mapping.ContainerId, mapping.HostId, mapping.Size));
        }

        return ranges;
    }
}
