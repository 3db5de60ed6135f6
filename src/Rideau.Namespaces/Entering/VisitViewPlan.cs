using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>The steps that give a visitor a view of its own of files, in a mount namespace that only it is in.</summary>
internal static class VisitViewPlan
{
    private const string Place = "mnt";

    /// <summary>A copy of the tree of tools, with all that is mounted in it, made while the machine's mounts are in reach.</summary>
    internal static OwnedFd CloneTools(string attempt, string directory)
    {
        if (Files.TryStatus($"{directory}/{Place}", out FileStatus status) != 0 || !status.IsDirectory)
        {
            throw new NamespaceException($"{attempt}: \"{directory}\" has no directory \"{Place}\", in which the visited files would be", NamespaceFailure.InvalidArgument, $"mkdir {directory}/{Place}");
        }

        int errno = Mounts.TryClone(directory, recursive: true, out OwnedFd? tree);
        return tree ?? throw new NamespaceException(
            $"{attempt}: cannot take the tools of \"{directory}\" along",
            NamespaceFailure.NotPermitted,
            errno == Errno.EPERM ? "a tree of tools can be brought by root only" : null,
            new LinuxException("open_tree", errno, $"\"{directory}\", OPEN_TREE_CLONE|AT_RECURSIVE"));
    }

    internal static void Add(ChildPlanBuilder plan, JoinPlan join, VisitView view, OwnedFd? tools)
    {
        if (view == VisitView.Callers)
        {
            return;
        }

        plan.Begin("make a mount namespace for this visit");
        plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWNS);
        plan.Call(SyscallNumber.mount, 0, plan.Text("/"), 0, Mount.MS_REC | Mount.MS_SLAVE, 0);
        if (view == VisitView.Monitor)
        {
            AddMonitor(plan, join);
        }
        else
        {
            AddTools(plan, tools!);
        }
    }

    private static void AddMonitor(ChildPlanBuilder plan, JoinPlan join)
    {
        const long Flags = Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_NOEXEC | Mount.MS_RDONLY;
        if ((join.Types & Sched.CLONE_NEWPID) != 0)
        {
            plan.Begin("mount a /proc that shows the processes that are visited");
            plan.Call(SyscallNumber.mount, plan.Text("proc"), plan.Text("/proc"), plan.Text("proc"), Flags, 0);
        }

        if ((join.Types & Sched.CLONE_NEWNET) != 0)
        {
            plan.Begin("mount a /sys that shows the network that is visited");
            plan.Call(SyscallNumber.mount, plan.Text("sysfs"), plan.Text("/sys"), plan.Text("sysfs"), Flags, 0);
        }

        plan.Begin("make all files read-only");
        AddReadonly(plan, Fcntl.AT_FDCWD, "/");
    }

    // The tools become the root, and what was the root is at /mnt, with its own mounts.
    private static void AddTools(ChildPlanBuilder plan, OwnedFd tools)
    {
        Argument empty = plan.Text("");
        Slot visited = plan.NewSlot("visited files");
        plan.Begin("copy the view of the files that are visited");
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text("/"), Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE).Into(visited);
        plan.Begin("make the tools read-only");
        plan.Call(SyscallNumber.mount_setattr, tools, empty, Fcntl.AT_EMPTY_PATH | Fcntl.AT_RECURSIVE, plan.Data(new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY, propagation = (ulong)Mount.MS_PRIVATE }), MountAttrBytes);
        plan.Begin("put the tools in the place of the root");
        plan.Call(SyscallNumber.move_mount, tools, empty, Fcntl.AT_FDCWD, plan.Text("/"), Mount.MOVE_MOUNT_F_EMPTY_PATH);
        plan.Call(SyscallNumber.fchdir, tools);
        plan.Call(SyscallNumber.chroot, plan.Text("."));
        plan.Begin($"put the files that are visited at /{Place}");
        plan.Call(SyscallNumber.move_mount, visited, empty, Fcntl.AT_FDCWD, plan.Text($"/{Place}"), Mount.MOVE_MOUNT_F_EMPTY_PATH);
        plan.Begin("show the processes that are visited");
        plan.Call(SyscallNumber.mount, plan.Text("proc"), plan.Text("/proc"), plan.Text("proc"), Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_NOEXEC, 0);
        plan.Begin($"go to /{Place}");
        plan.Call(SyscallNumber.chdir, plan.Text($"/{Place}"));
    }

    private static void AddReadonly(ChildPlanBuilder plan, Argument directory, string path) =>
        plan.Call(SyscallNumber.mount_setattr, directory, plan.Text(path), Fcntl.AT_RECURSIVE, plan.Data(new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY }), MountAttrBytes);

    private const int MountAttrBytes = 32; // sizeof(struct mount_attr)
}
