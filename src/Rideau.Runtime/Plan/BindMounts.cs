using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Bind mounts: a clone of a mount, or of a tree of them, in another place.</summary>
/// <remarks>spec: config.md#mounts · man: open_tree(2), mount_setattr(2)</remarks>
internal static class BindMounts
{
    public static void Add(MountWork work)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        bool isDirectory = IsDirectory(work);
        MountTarget target = context.Targets.Reach(context, work.Destination, isDirectory ? RootTarget.Directory : RootTarget.File);
        Slot mount = context.Targets.Mount(plan);
        if (IdMappedMounts.IsWanted(work) && context.HasHelp)
        {
            context.OutsideMounts.Ask(context, IdMappedMounts.Describe(work), mount);
        }
        else if (IdMappedMounts.IsWanted(work))
        {
            OwnedFd mapped = IdMappedMounts.CloneFor(work);
            plan.Name(mapped.Number, "clone with its mapping of ids");
            plan.Call(SyscallNumber.fcntl, mapped, Fcntl.F_DUPFD_CLOEXEC, 3).Into(mount);
        }
        else
        {
            AddClone(work, mount);
        }

        AddAttributes(work, mount);
        work.FinishDetached(mount);
        context.Targets.Attach(plan, mount, target);
        context.Targets.Add(work.Destination, Slot.None, MountContents.Unknown);
    }

    /// <summary>A clone of a path of the machine where a new file system cannot be had.</summary>
    public static void AddFallback(MountWork work, string source, Slot mount, MountTarget target, bool readOnly)
    {
        PlanContext context = work.Context;
        work.Clone(source, recursive: true).Into(mount);
        ulong set = work.Options.NewMountAttributes & ~(ulong)Abi.MOUNT_ATTR__ATIME;
        set |= readOnly ? (ulong)Abi.MOUNT_ATTR_RDONLY : 0;
        if (set != 0)
        {
            work.SetAttributes(mount, new mount_attr { attr_set = set }, recursive: true);
        }

        context.Targets.Attach(context.Plan, mount, target);
    }

    private static void AddClone(MountWork work, Slot mount)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        Step open = work.Clone(work.Source, work.Options.IsRecursive).Into(mount);
        if (!context.HasHelp)
        {
            return;
        }

        // EACCES: the ids of the user namespace cannot reach the source.
        Label cloned = plan.NewLabel();
        open.Tolerating(Errno.EACCES).ThenGoTo(cloned);
        context.OutsideMounts.Ask(context, new OutsideMount(work.Source, work.Options.IsRecursive), mount);
        plan.Place(cloned);
    }

    internal static void AddAttributes(MountWork work, Slot mount)
    {
        MountOptions options = work.Options;
        if (!options.MentionsAttributes)
        {
            return;
        }

        bool remount = (options.Set & Abi.MS_REMOUNT) != 0;
        mount_attr wanted = options.BindAttributes(keepOthers: remount);
        mount_attr atLeast = options.BindAttributes(keepOthers: true);
        if (wanted.attr_set == 0 && wanted.attr_clr == 0)
        {
            return;
        }

        Step step = work.SetAttributes(mount, wanted);
        if (work.Context.IsConfined && !remount)
        {
            // EPERM: the source has flags that are locked. They stay, unless it was asked for them to go: then this fails.
            Label done = work.Plan.NewLabel();
            step.Tolerating(Errno.EPERM).ThenGoTo(done);
            if (atLeast.attr_set != 0 || atLeast.attr_clr != 0)
            {
                work.SetAttributes(mount, atLeast);
            }

            work.Plan.Place(done);
        }
    }

    private static bool IsDirectory(MountWork work)
    {
        if (work.Source.Length == 0)
        {
            throw work.Refused("a bind mount needs a source");
        }

        int errno = work.Context.Machine.TryStatus(work.Source, out FileStatus status);
        return errno switch
        {
            0 => status.IsDirectory,
            Errno.EACCES => true,
            _ => throw work.Refused($"source: {LowerCase(Errno.Text(errno))}"),
        };
    }

    private static string LowerCase(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
