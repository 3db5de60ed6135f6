using System;
using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Plan;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Criu;

/// <summary>What CRIU finds when it restores: the root file system mounted at a place of its own, with a place in it for each mount.</summary>
/// <remarks>
/// In a mount namespace that ends with CRIU: on the machine nothing of it is ever seen, and nothing is left of a restore that was
/// killed. Its mounts follow the machine's, so that what is bound from them still does. The places are made where create makes
/// them, bind mounts included, because a mount may lie inside another; then those binds are taken off again, all at once.
/// man: mount_namespaces(7), open_tree(2), move_mount(2)
/// </remarks>
internal static class RestoreMountsPlan
{
    /// <summary>Adds the steps.</summary>
    /// <param name="plan">Its child has a mount namespace of its own.</param>
    /// <param name="mounts">Of the configuration.</param>
    /// <param name="bundle">Where relative sources begin.</param>
    /// <param name="rootPath">The root file system.</param>
    /// <param name="place">An empty directory, which it is mounted on.</param>
    internal static void Add(ChildPlanBuilder plan, IReadOnlyList<Spec.Mount> mounts, string bundle, string rootPath, string place)
    {
        plan.Begin("keep the mounts of a restore apart from the machine's");
        plan.Call(SyscallNumber.mount, 0, plan.Text("/"), 0, Abi.MS_REC | Abi.MS_SLAVE, 0);
        Slot root = plan.NewSlot("root");
        Slot source = plan.NewSlot("source");
        Slot target = plan.NewSlot("target");
        Argument empty = plan.Text("");
        AttachRoot(plan, rootPath, place, root, empty);
        foreach (Spec.Mount mount in mounts)
        {
            if (!NeedsPlace(mount, mounts))
            {
                continue;
            }

            plan.Begin($"make the place of the mount \"{mount.Destination}\"");
            bool isBind = ExternalMounts.IsBind(mount);
            string from = isBind ? ExternalMounts.SourceOf(mount, bundle) : "";
            bool isFile = isBind && Files.TryStatus(from, out FileStatus status) == 0 && !status.IsDirectory;
            plan.OpenInRoot(root, MountTargets.Clean(mount.Destination), isFile ? RootTarget.File : RootTarget.Directory).Into(target);
            if (isBind)
            {
                plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(from), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE).Into(source);
                plan.Call(SyscallNumber.move_mount, source, empty, target, empty, Abi.MOVE_MOUNT_F_EMPTY_PATH | Abi.MOVE_MOUNT_T_EMPTY_PATH);
                plan.Call(SyscallNumber.close, source);
            }

            plan.Call(SyscallNumber.close, target);
        }

        plan.Begin("take the mounts off again, of which only the places were wanted");
        plan.Call(SyscallNumber.close, root);
        plan.Call(SyscallNumber.umount2, plan.Text(place), Abi.MNT_DETACH);
        AttachRoot(plan, rootPath, place, root, empty);
        plan.Call(SyscallNumber.close, root);
    }

    private static void AttachRoot(ChildPlanBuilder plan, string rootPath, string place, Slot root, Argument empty)
    {
        plan.Begin($"mount the root file system \"{rootPath}\" for CRIU");
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(rootPath), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE).Into(root);
        plan.Call(SyscallNumber.move_mount, root, empty, Fcntl.AT_FDCWD, plan.Text(place), Abi.MOVE_MOUNT_F_EMPTY_PATH);
    }

    // What lies in a file system that CRIU makes has its place there; cgroups lie in one always.
    private static bool NeedsPlace(Spec.Mount mount, IReadOnlyList<Spec.Mount> mounts)
    {
        string destination = MountTargets.Clean(mount.Destination);
        if (destination == "/" || mount.Type is "cgroup" or "cgroup2")
        {
            return false;
        }

        foreach (Spec.Mount other in mounts)
        {
            string above = MountTargets.Clean(other.Destination);
            if (!ExternalMounts.IsBind(other) && above.Length < destination.Length && destination.StartsWith(above == "/" ? above : above + "/", StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
