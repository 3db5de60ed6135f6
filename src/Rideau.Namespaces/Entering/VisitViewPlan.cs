using System;
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

    /// <summary>Says what a tree of tools lacks, before anything is made.</summary>
    internal static void CheckTools(string attempt, string directory)
    {
        int errno = Files.TryStatus(directory, out FileStatus status);
        if (errno != 0 || !status.IsDirectory)
        {
            throw new NamespaceException($"{attempt}: the tree of tools \"{directory}\" is no directory{(errno == 0 ? "" : $": {Errno.Describe(errno)}")}", NamespaceFailure.InvalidArgument, "give the root of a tree with bin, lib and what the tools need");
        }

        string[] missing = Array.FindAll([Place, "proc"], name => Files.TryStatus($"{directory}/{name}", out FileStatus place) != 0 || !place.IsDirectory);
        if (missing.Length > 0)
        {
            throw new NamespaceException($"{attempt}: \"{directory}\" has no directory \"{missing[0]}\", in which the visited {(missing[0] == Place ? "files" : "processes")} would be", NamespaceFailure.InvalidArgument, $"mkdir {string.Join(' ', Array.ConvertAll(missing, name => $"{directory}/{name}"))}");
        }

        errno = Mounts.TryClone(directory, recursive: false, out OwnedFd? tree);
        using (tree ?? throw new NamespaceException(
            $"{attempt}: cannot take the tools of \"{directory}\" along",
            NamespaceFailure.NotPermitted,
            errno == Errno.EPERM ? "a tree of tools can be brought by root only" : null,
            new LinuxException("open_tree", errno, $"\"{directory}\", OPEN_TREE_CLONE")))
        {
        }
    }

    /// <summary>A copy of the tree of tools, with all that is mounted in it, made while the machine's mounts are in reach.</summary>
    /// <remarks>Of a mount namespace of its own: in that the kernel leaves out the files of other mount namespaces, which it lets nobody put into a tree (ELOOP).</remarks>
    internal static Argument CopyTools(ChildPlanBuilder plan, string directory)
    {
        Slot tools = plan.NewSlot("tools");
        plan.Begin("copy the tree of tools");
        plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWNS);
        plan.Call(SyscallNumber.mount, 0, plan.Text("/"), 0, Mount.MS_REC | Mount.MS_PRIVATE, 0);
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(directory), Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE).Into(tools);
        return tools;
    }

    /// <summary>The machine's devices for a tree of tools that is not the machine's own: without /dev/null few tools work.</summary>
    internal static OwnedFd? CloneDevices(string directory)
    {
        OwnedFd? devices = null;
        _ = directory == "/" ? 0 : Mounts.TryClone("/dev", recursive: true, out devices); // ignored: then the tree's own /dev is seen
        return devices;
    }

    internal static void Add(ChildPlanBuilder plan, JoinPlan join, VisitView view, Argument? tools, OwnedFd? devices)
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
            AddTools(plan, tools!.Value, devices);
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
    private static void AddTools(ChildPlanBuilder plan, Argument tools, OwnedFd? devices)
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
        if (devices is not null)
        {
            plan.Begin("show the machine's devices to the tools");
            plan.Call(SyscallNumber.move_mount, devices, empty, Fcntl.AT_FDCWD, plan.Text("/dev"), Mount.MOVE_MOUNT_F_EMPTY_PATH).Tolerating(Errno.ENOENT).Tolerating(Errno.ENOTDIR);
        }

        plan.Begin("give the tools a /tmp of their own");
        plan.Call(SyscallNumber.mount, plan.Text("tmpfs"), plan.Text("/tmp"), plan.Text("tmpfs"), Mount.MS_NOSUID | Mount.MS_NODEV, plan.Text("mode=1777")).Tolerating(Errno.ENOENT).Tolerating(Errno.ENOTDIR);
        plan.Begin($"go to /{Place}");
        plan.Call(SyscallNumber.chdir, plan.Text($"/{Place}"));
    }

    private static void AddReadonly(ChildPlanBuilder plan, Argument directory, string path) =>
        plan.Call(SyscallNumber.mount_setattr, directory, plan.Text(path), Fcntl.AT_RECURSIVE, plan.Data(new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY }), MountAttrBytes);

    private const int MountAttrBytes = 32; // sizeof(struct mount_attr)
}
