using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Plan;

/// <summary>A mount that the caller, who has the privilege of the machine, is to open for the child.</summary>
/// <param name="Path">In the child's mount namespace, where the machine's mounts have the same places.</param>
/// <param name="Recursive">With all mounts below.</param>
/// <param name="Mapping">A user namespace whose ids the mount is to have; null for none.</param>
/// <param name="MapsRecursively">All mounts below are mapped too.</param>
internal sealed record OutsideMount(string Path, bool Recursive, OwnedFd? Mapping = null, bool MapsRecursively = false);

/// <summary>What a child in a user namespace asks its caller for: sources that its ids cannot reach, and mappings of ids, which it may not set.</summary>
/// <remarks>
/// The caller does not clone in its own mount namespace: only mounts of the child's have their flags locked (read-only,
/// nosuid and so on), and hold what is mounted over them, so that root in the container cannot undo either.
/// man: mount_namespaces(7)
/// </remarks>
internal sealed class OutsideMounts
{
    private readonly Dictionary<int, OutsideMount> _wanted = [];

    /// <summary>True where the child asks for one.</summary>
    internal bool Any => _wanted.Count > 0;

    /// <summary>Adds the steps that ask for a mount and take its descriptor.</summary>
    internal void Ask(PlanContext context, OutsideMount mount, Slot into)
    {
        _wanted[context.Plan.Count] = mount;
        context.Plan.Send(context.Channel, Protocol.MountWanted);
        context.Plan.ReceiveDescriptor(context.Channel).Into(into);
    }

    /// <summary>What a child asks for that has come to a step: the one that asks, or already the one that waits.</summary>
    internal OutsideMount? At(int step) => _wanted.GetValueOrDefault(step) ?? _wanted.GetValueOrDefault(step - 1);
}
