using Rideau.Child.Before;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Plan;

/// <summary>What a plan depends on beside the configuration: all that its sections ask the machine while they write it.</summary>
/// <remarks>
/// In one place, so that explain can have a plan for which nothing is made (<see cref="LookingView"/>), and the golden
/// plans one for a machine that is described rather than found (tests/fixtures/plans).
/// </remarks>
internal class MachineView
{
    internal static MachineView Real { get; } = new();

    /// <summary>The caller's user.</summary>
    internal virtual uint EffectiveUid => Privilege.EffectiveUid;

    /// <summary>The caller's group.</summary>
    internal virtual uint EffectiveGid => Credentials.EffectiveGid;

    /// <summary>The caller is not the root of the machine.</summary>
    internal virtual bool IsUnprivileged => Privilege.IsUnprivileged;

    /// <summary>The capabilities that the caller has, as bits.</summary>
    internal virtual ulong PermittedCapabilities => Credentials.PermittedCapabilities;

    /// <summary>What the caller's limit of open files was before the runtime raised it; null where that is not known.</summary>
    internal virtual rlimit64? OpenFiles =>
        Inherited.IsKnown ? new rlimit64 { rlim_cur = Inherited.OpenFilesSoft, rlim_max = Inherited.OpenFilesHard } : null;

    /// <summary>The hierarchies of cgroups.</summary>
    internal virtual CgroupLayout Cgroups() => CgroupLayout.Detect();

    /// <summary>What a path of the machine leads to; 0 or an errno.</summary>
    internal virtual int TryStatus(string path, out FileStatus status) => Files.TryStatus(path, out status);

    /// <summary>What one of the caller's own descriptors is.</summary>
    internal virtual bool TryDescriptorStatus(int descriptor, out FileStatus status) => Files.TryDescriptorStatus(descriptor, out status);

    /// <summary>The magic number of the file system that a path is on.</summary>
    internal virtual long FileSystemType(string path) => Files.FileSystemType(path);

    /// <summary>Opens a path of the machine; 0 or an errno.</summary>
    internal virtual int TryOpen(string path, int flags, out OwnedFd? descriptor) => Files.TryOpen(path, flags, out descriptor);

    /// <summary>The kernel's own words for where a directory is: links resolved.</summary>
    internal virtual string PathOf(OwnedFd directory, string given) => Files.ReadLink($"/proc/self/fd/{directory.Number}") ?? given;

    /// <summary>What stands for the sealed program and for the plan's file in a plan that is only shown; null for one that is carried out.</summary>
    internal virtual (OwnedFd Program, OwnedFd Plan)? ShownImage(PlanContext context) => null;

    /// <summary>A clone of a mount's source with its mapping of ids. Makes a user namespace, and a mount that is attached nowhere.</summary>
    internal virtual OwnedFd CloneMapped(MountWork work) => IdMappedMounts.Clone(work);

    /// <summary>A user namespace with the mapping that a mount is to have; made by a process that ends at once.</summary>
    internal virtual OwnedFd OpenMapping(MountWork work) => IdMappedMounts.OpenMapping(work);
}
