using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>The root of the container's mounts: attached first, entered last.</summary>
/// <remarks>spec: config-linux.md#rootfs-mount-propagation · man: pivot_root(2), open_tree(2)</remarks>
internal static class RootfsPlan
{
    /// <summary>Cuts the mount namespace off from the machine's, and attaches the root file system as a mount of its own.</summary>
    public static void Prepare(PlanContext context)
    {
        ChildPlanBuilder plan = context.Plan;
        Propagation asked = AskedPropagation(context) ?? new Propagation(Abi.MS_SLAVE, true);

        // The kernel makes the mounts of a namespace that another user namespace owns slaves by itself.
        if (!context.IsNew(Sched.CLONE_NEWUSER) || asked.Kind != Abi.MS_SLAVE)
        {
            // What is unbindable cannot be cloned: the root is made so at the end.
            plan.Begin("set the propagation of \"/\" in the new mount namespace");
            SetPropagation(plan, Fcntl.AT_FDCWD, plan.Text("/"), asked.Kind == Abi.MS_UNBINDABLE ? asked with { Kind = Abi.MS_PRIVATE } : asked, 0);
        }

        if (asked.Kind == Abi.MS_SHARED || !asked.Recursive)
        {
            // What is mounted on a shared mount appears on the machine, and pivot_root refuses it: without "r" only the
            // mount of "/" was changed, and the root file system may lie on another.
            plan.Begin("make the mount that holds the root file system private");
            SetPropagation(plan, Fcntl.AT_FDCWD, plan.Text(MountPointOf(context.Machine, context.RootPath)), new Propagation(Abi.MS_PRIVATE, false), 0);
        }

        plan.Begin("keep /dev/null of the machine for masking");
        AddNull(context);

        plan.Begin($"attach the root file system \"{context.RootPath}\"");
        context.Root = plan.NewSlot("root");
        Argument path = plan.Text(context.RootPath);
        Argument empty = context.Targets.Empty(plan);
        Label attach = plan.NewLabel();
        Label attached = plan.NewLabel();
        Step open = plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, path, Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE).Into(context.Root);
        if (context.HasHelp)
        {
            // The way to it may be closed to the ids of the user namespace.
            open.Tolerating(Errno.EACCES).ThenGoTo(attach);
            context.OutsideMounts.Ask(context, new OutsideMount(context.RootPath, Recursive: true), context.Root);
            plan.Place(attach);
        }

        // pivot_root wants no shared mount there, and a mount on the machine is not to appear in the container's root.
        SetPropagation(plan, context.Root, empty, new Propagation(Abi.MS_PRIVATE, false), Fcntl.AT_EMPTY_PATH);
        Step move = plan.Call(SyscallNumber.move_mount, context.Root, empty, Fcntl.AT_FDCWD, path, Abi.MOVE_MOUNT_F_EMPTY_PATH | Abi.MOVE_MOUNT_T_SYMLINKS);
        if (context.HasHelp)
        {
            move.Tolerating(Errno.EACCES).ThenGoTo(attached);
            plan.Call(SyscallNumber.move_mount, context.Root, empty, Fcntl.AT_FDCWD, plan.Text("/"), Abi.MOVE_MOUNT_F_EMPTY_PATH);
            plan.Place(attached);
        }
    }

    /// <summary>Makes the container's root the root, and leaves nothing of the old one.</summary>
    public static void Enter(PlanContext context)
    {
        ChildPlanBuilder plan = context.Plan;
        Propagation? asked = AskedPropagation(context);
        plan.Begin("enter the root file system");
        if (context.NoPivot)
        {
            EnterByMoving(context);
        }
        else
        {
            EnterByPivoting(context, asked);
        }

        if (asked is { } propagation && propagation.Kind != Abi.MS_PRIVATE)
        {
            plan.Begin($"set the root file system's propagation to \"{context.Configuration.Linux?.RootfsPropagation}\"");
            SetPropagation(plan, context.Root, context.Targets.Empty(plan), propagation, Fcntl.AT_EMPTY_PATH);
        }
    }

    /// <summary>Changes propagation, of a mount or of a tree of mounts.</summary>
    public static Step SetPropagation(ChildPlanBuilder plan, Argument directory, Argument path, Propagation propagation, int flags) =>
        plan.Call(
            SyscallNumber.mount_setattr,
            directory,
            path,
            flags | (propagation.Recursive ? Fcntl.AT_RECURSIVE : 0),
            plan.Data(new mount_attr { propagation = (ulong)propagation.Kind }),
            MountsPlan.SizeOfMountAttr);

    private static void EnterByPivoting(PlanContext context, Propagation? asked)
    {
        ChildPlanBuilder plan = context.Plan;
        Argument here = plan.Text(".");
        // Without "r" only the mount of "/" was changed, and those below it may be shared with the machine still.
        bool shared = asked is { } propagation && (propagation.Kind == Abi.MS_SHARED || !propagation.Recursive);
        Slot old = Slot.None;
        if (shared)
        {
            old = plan.NewSlot("old root");
            plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/"), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0).Into(old);
        }

        // The old root lies on top of the new one after this, and is what "." then unmounts.
        plan.Call(SyscallNumber.fchdir, context.Root);
        plan.Call(SyscallNumber.pivot_root, here, here);
        if (shared)
        {
            // Else the machine's own mounts would be unmounted with it.
            SetPropagation(plan, old, context.Targets.Empty(plan), new Propagation(Abi.MS_SLAVE, true), Fcntl.AT_EMPTY_PATH);
        }

        plan.Call(SyscallNumber.umount2, here, Abi.MNT_DETACH);
    }

    private static void EnterByMoving(PlanContext context)
    {
        ChildPlanBuilder plan = context.Plan;
        plan.Call(SyscallNumber.fchdir, context.Root);
        plan.Call(SyscallNumber.move_mount, context.Root, context.Targets.Empty(plan), Fcntl.AT_FDCWD, plan.Text("/"), Abi.MOVE_MOUNT_F_EMPTY_PATH);
        plan.Call(SyscallNumber.chroot, plan.Text("."));
        plan.Call(SyscallNumber.chdir, plan.Text("/"));
    }

    private static void AddNull(PlanContext context)
    {
        if (context.Configuration.Linux is not { MaskedPaths.Count: > 0 })
        {
            return;
        }

        const string Path = "/dev/null";
        int errno = context.Machine.TryStatus(Path, out FileStatus status);
        if (errno != 0 || !status.IsCharacterDevice || status.SpecialMajor != 1 || status.SpecialMinor != 3)
        {
            throw new ContainerException(
                $"cannot mask paths: the machine's \"{Path}\" is not the null device",
                FailureCode.NotSupported,
                "a character device 1:3 is needed there: mknod -m 666 /dev/null c 1 3",
                errno == 0 ? null : new LinuxException("statx", errno, $"\"{Path}\""));
        }

        context.Targets.Null = context.Plan.NewSlot("null");
        context.Plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, context.Plan.Text(Path), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC)
            .Into(context.Targets.Null);
    }

    private static string MountPointOf(MachineView machine, string path)
    {
        while (path.Length > 1
            && (machine.TryStatus(path, out FileStatus status) != 0 || (status.Attributes & (ulong)Stat.STATX_ATTR_MOUNT_ROOT) == 0))
        {
            int slash = path.LastIndexOf('/');
            path = slash <= 0 ? "/" : path[..slash];
        }

        return path;
    }

    private static Propagation? AskedPropagation(PlanContext context)
    {
        string? text = context.Configuration.Linux?.RootfsPropagation;
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return MountOptions.TryParsePropagation(text) ?? throw new ContainerException(
            $"cannot set the root file system's propagation: \"{text}\" is unknown",
            FailureCode.InvalidArgument,
            "linux.rootfsPropagation is one of private, slave, shared, unbindable, each also with an r before it");
    }
}
