using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>What is taken away at the end: writing to the root and to some paths, and the sight of others.</summary>
/// <remarks>
/// To be added after the root has been entered. Order: read-only paths first, because a masked path may be below one.
/// spec: config-linux.md#readonly-paths, #masked-paths, config.md#root
/// </remarks>
internal static class RestrictionsPlan
{
    public static void Add(PlanContext context)
    {
        ChildPlanBuilder plan = context.Plan;
        foreach ((string destination, Slot mount) in context.Targets.ReadonlyAtLast)
        {
            plan.Begin($"make \"{destination}\" read-only");
            SetReadonly(context, mount, context.Targets.Empty(plan), Fcntl.AT_EMPTY_PATH);
        }

        AddReadonlyPaths(context, context.Configuration.Linux?.ReadonlyPaths ?? []);
        MaskedPathsPlan.Add(context, context.Configuration.Linux?.MaskedPaths ?? []);
        if (context.Configuration.Root is { Readonly: true })
        {
            plan.Begin("make the root file system read-only");
            SetReadonly(context, context.Root, context.Targets.Empty(plan), Fcntl.AT_EMPTY_PATH);
        }
    }

    private static void AddReadonlyPaths(PlanContext context, List<string> paths)
    {
        ChildPlanBuilder plan = context.Plan;
        Slot at = Slot.None;
        for (int i = 0; i < paths.Count; i++)
        {
            string path = MountTargets.Clean(paths[i]);
            plan.Begin($"make \"{path}\" read-only");
            (Slot root, string rest, MountContents contents) = context.Targets.Find(path);
            if (contents is (MountContents.Proc or MountContents.Sysfs) && rest.Length > 0)
            {
                // Names in a file system of the kernel, from a working directory that is its root: bound onto themselves.
                if (at != root)
                {
                    plan.Call(SyscallNumber.fchdir, root);
                    at = root;
                }

                AddBound(context, plan.Text(rest));
            }
            else
            {
                AddReadonly(context, path);
            }
        }
    }

    private static void AddBound(PlanContext context, Argument name)
    {
        ChildPlanBuilder plan = context.Plan;
        Label missing = plan.NewLabel();
        plan.Call(SyscallNumber.mount, name, name, 0, Abi.MS_BIND | Abi.MS_REC, 0).Tolerating(Errno.ENOENT).OtherwiseGoTo(missing);
        SetReadonly(context, Fcntl.AT_FDCWD, name, 0);
        plan.Place(missing);
    }

    private static void AddReadonly(PlanContext context, string path)
    {
        ChildPlanBuilder plan = context.Plan;
        Slot place = context.Targets.Place(plan);
        Slot mount = context.Targets.Mount(plan);
        Argument empty = context.Targets.Empty(plan);
        Label missing = plan.NewLabel();
        plan.OpenInRoot(context.Root, path, RootTarget.MustExist).Into(place).Tolerating(Errno.ENOENT).Tolerating(Errno.ENOTDIR).OtherwiseGoTo(missing);
        plan.Call(SyscallNumber.open_tree, place, empty, Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_EMPTY_PATH | Fcntl.AT_RECURSIVE).Into(mount);
        SetReadonly(context, mount, empty, Fcntl.AT_EMPTY_PATH);
        context.Targets.Attach(plan, mount, new MountTarget(place, empty, true));
        plan.Place(missing);
    }

    private static void SetReadonly(PlanContext context, Argument directory, Argument path, int flags)
    {
        ChildPlanBuilder plan = context.Plan;
        plan.Call(
            SyscallNumber.mount_setattr,
            directory,
            path,
            flags,
            context.Targets.Readonly(plan),
            MountsPlan.SizeOfMountAttr);
    }
}
