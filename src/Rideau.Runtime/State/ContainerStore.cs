using System;
using System.Collections.Generic;

namespace Rideau.Runtime.State;

/// <summary>The containers below one --root.</summary>
public sealed class ContainerStore(string root)
{
    /// <summary>The directory, absolute.</summary>
    public string Root { get; } = root;

    /// <summary>The record of a container.</summary>
    /// <exception cref="ContainerException">NotFound: "container does not exist".</exception>
    public ContainerRecord Load(string id) => throw new NotSupportedException();

    /// <summary>Where the container is in its life, now.</summary>
    public ContainerStatus StatusOf(ContainerRecord record) => throw new NotSupportedException();

    /// <summary>All containers, by id.</summary>
    public IReadOnlyList<ContainerRecord> List() => throw new NotSupportedException();

    /// <summary>The pids of all processes in the container's cgroup, ascending.</summary>
    public IReadOnlyList<int> Processes(ContainerRecord record) => throw new NotSupportedException();
}
