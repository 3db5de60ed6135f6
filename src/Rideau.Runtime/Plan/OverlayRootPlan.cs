using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Plan;

/// <summary>A root file system that is laid over another tree, which stays as it is; what the container changes lives in memory and goes with it.</summary>
/// <remarks>man: mount(8), overlay · kernel 5.11+ in a user namespace</remarks>
internal static class OverlayRootPlan
{
    /// <param name="context">Its RootPath is an empty directory that the overlay is mounted on.</param>
    /// <param name="lower">The tree below; absolute.</param>
    internal static void Add(PlanContext context, string lower)
    {
        ChildPlanBuilder plan = context.Plan;
        Argument rootPath = plan.Text(context.RootPath);
        plan.Begin("keep the container's mounts from the host");
        plan.Call(SyscallNumber.mount_setattr, Fcntl.AT_FDCWD, plan.Text("/"), Fcntl.AT_RECURSIVE, plan.Data(new mount_attr { propagation = (ulong)Mount.MS_SLAVE }), 32);

        plan.Begin("make room in memory for what the container changes");
        Slot tmpfs = plan.NewSlot("upper layer");
        plan.Call(SyscallNumber.fsopen, plan.Text("tmpfs"), Mount.FSOPEN_CLOEXEC).Into(tmpfs);
        Set(plan, tmpfs, "mode", "0755");
        plan.Call(SyscallNumber.fsconfig, tmpfs, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, tmpfs, Mount.FSMOUNT_CLOEXEC, Mount.MOUNT_ATTR_NODEV).Into(tmpfs);
        plan.Call(SyscallNumber.mkdirat, tmpfs, plan.Text("upper"), 0x1ed);
        plan.Call(SyscallNumber.mkdirat, tmpfs, plan.Text("work"), 0x1ed);
        plan.Call(SyscallNumber.move_mount, tmpfs, plan.Text(""), Fcntl.AT_FDCWD, rootPath, Mount.MOVE_MOUNT_F_EMPTY_PATH);

        plan.Begin($"lay the container's root over \"{lower}\"");
        Slot overlay = plan.NewSlot("overlay");
        plan.Call(SyscallNumber.fsopen, plan.Text("overlay"), Mount.FSOPEN_CLOEXEC).Into(overlay);
        Set(plan, overlay, "lowerdir", lower);
        Set(plan, overlay, "upperdir", context.RootPath + "/upper");
        Set(plan, overlay, "workdir", context.RootPath + "/work");
        if (context.IsConfined)
        {
            plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_SET_FLAG, plan.Text("userxattr"), 0, 0);
        }

        plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, overlay, Mount.FSMOUNT_CLOEXEC, 0).Into(overlay);
        plan.Call(SyscallNumber.move_mount, overlay, plan.Text(""), Fcntl.AT_FDCWD, rootPath, Mount.MOVE_MOUNT_F_EMPTY_PATH);
    }

    private static void Set(ChildPlanBuilder plan, Slot fileSystem, string key, string value) =>
        plan.Call(SyscallNumber.fsconfig, fileSystem, Mount.FSCONFIG_SET_STRING, plan.Text(key), plan.Text(value), 0);
}
