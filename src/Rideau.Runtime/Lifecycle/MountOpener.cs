using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Plan;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Opens a mount in the mount namespace of a child, with the caller's privilege. A process of its own does it, because a process with threads cannot change its mount namespace.</summary>
/// <remarks>man: setns(2), open_tree(2), mount_setattr(2)</remarks>
internal static class MountOpener
{
    /// <returns>The mount, attached nowhere.</returns>
    /// <exception cref="ContainerException">It is not there, or does not take the mapping.</exception>
    internal static OwnedFd Open(string attempt, int child, OutsideMount mount)
    {
        using OwnedFd mountNamespace = Files.Open($"/proc/{child}/ns/mnt", Fcntl.O_RDONLY);
        using var channel = new ChildChannel();
        using var plan = new ChildPlanBuilder();
        WritePlan(plan, mountNamespace, channel.Child, mount);
        using ChildProcess opener = ChildProcess.Start(plan, 0);
        channel.Child.Dispose();
        _ = channel.Receive(out OwnedFd? descriptor);
        opener.KillAndWait();
        return descriptor ?? throw (plan.Failure is { } failure
            ? ChildFailures.Describe(attempt, plan, failure)
            : new ContainerException($"{attempt}: the process that was to open \"{mount.Path}\" was killed"));
    }

    private static void WritePlan(ChildPlanBuilder plan, OwnedFd mountNamespace, OwnedFd channel, OutsideMount mount)
    {
        plan.Begin($"mount \"{mount.Path}\", opened for a user namespace that cannot reach it");
        plan.Call(SyscallNumber.setns, mountNamespace, Sched.CLONE_NEWNS);
        Slot tree = plan.NewSlot("mount");
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(mount.Path), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | (mount.Recursive ? Fcntl.AT_RECURSIVE : 0)).Into(tree);
        if (mount.Mapping is { } mapping)
        {
            plan.Begin($"mount \"{mount.Path}\" with a mapping of ids (idmap)");
            plan.Call(
                SyscallNumber.mount_setattr,
                tree,
                plan.Text(""),
                Fcntl.AT_EMPTY_PATH | (mount.MapsRecursively ? Fcntl.AT_RECURSIVE : 0),
                plan.Data(new mount_attr { attr_set = (ulong)Abi.MOUNT_ATTR_IDMAP, userns_fd = (ulong)mapping.Number }),
                MountsPlan.SizeOfMountAttr);
        }

        plan.SendDescriptor(channel, tree, "m");
    }
}
