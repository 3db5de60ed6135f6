using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>The mount of type "cgroup": what the machine has, seen from the container's own groups.</summary>
/// <remarks>spec: config-linux.md#default-filesystems · man: cgroups(7), cgroup_namespaces(7)</remarks>
internal static class CgroupMountsPlan
{
    private const string MountPoint = "/sys/fs/cgroup";
    private const ulong Restrictions = (ulong)(Abi.MOUNT_ATTR_NOSUID | Abi.MOUNT_ATTR_NODEV | Abi.MOUNT_ATTR_NOEXEC);

    public static void Add(MountWork work)
    {
        bool unified = IsUnified(work.Context.Machine);
        if (work.Type == "cgroup2" || unified)
        {
            AddUnified(work, unified ? MountPoint : UnifiedBesideVersion1(work.Context));
        }
        else
        {
            AddControllers(work);
        }
    }

    /// <summary>A tmpfs with systemd's own hierarchy of v1 in it, for an old systemd inside; the machine must have it mounted.</summary>
    public static void AddSystemdHierarchy(MountWork work)
    {
        foreach (string place in work.Context.CgroupPaths.Keys)
        {
            if (NameOf(place) == "systemd")
            {
                AddControllers(work, only: "systemd");
                return;
            }
        }

        throw work.Refused(
            "annotation run.oci.systemd.force_cgroup_v1: the machine has no such hierarchy",
            FailureCode.NotSupported,
            "mkdir /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd,xattr cgroup /sys/fs/cgroup/systemd");
    }

    private static string NameOf(string place) => place[(place.LastIndexOf('/') + 1)..];

    private static bool IsUnified(MachineView machine)
    {
        try
        {
            return machine.FileSystemType(MountPoint) == Stat.CGROUP2_SUPER_MAGIC;
        }
        catch (Kernel.LinuxException)
        {
            return false;
        }
    }

    // Where the container's groups say.
    private static string UnifiedBesideVersion1(PlanContext context)
    {
        foreach (string place in context.CgroupPaths.Keys)
        {
            if (context.Machine.FileSystemType(place) == Stat.CGROUP2_SUPER_MAGIC)
            {
                return place;
            }
        }

        return MountPoint;
    }

    // Without a cgroup namespace of its own a new mount would change the options of the machine's: it is cloned instead.
    private static void AddUnified(MountWork work, string mountPoint)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        Slot mount = plan.NewSlot("cgroup2");
        MountTarget target = context.Targets.Reach(context, work.Destination, RootTarget.Directory);
        Label done = plan.NewLabel();
        bool own = HasCgroupNamespace(context);
        if (own)
        {
            Label fallback = plan.NewLabel();
            NewFileSystems.AddNew(work, "cgroup2", mount, work.Options.NewMountAttributes, context.IsConfined ? fallback : null);
            work.FinishDetached(mount);
            context.Targets.Attach(plan, mount, target).ThenGoTo(done);
            plan.Place(fallback);
        }

        if (!own || context.IsConfined)
        {
            string source = mountPoint;
            if (own && context.CgroupPaths.TryGetValue(source, out string? below))
            {
                source = MountTargets.Clean($"{source}/{below}");
            }

            BindMounts.AddFallback(work, source, mount, target, work.Options.IsReadonly);
        }

        plan.Place(done);
        context.Targets.Add(work.Destination, Slot.None, MountContents.Unknown);
    }

    // A tmpfs with the hierarchies of v1 in it. The tmpfs itself stays writable where "ro" is asked, and a v2 tree
    // beside v1 is not shown: so the field's runtimes have it, and programs inside rely on it.
    private static void AddControllers(MountWork work, string? only = null)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        Slot top = plan.NewSlot("cgroup");
        MountTarget target = context.Targets.Reach(context, work.Destination, RootTarget.Directory);
        NewFileSystems.AddTmpfs(work, top, "tmpfs", Restrictions, "mode=755");
        context.Targets.Attach(plan, top, target);
        Slot mount = plan.NewSlot("controller");
        var links = new List<(string Link, string To)>();
        foreach (KeyValuePair<string, string> group in context.CgroupPaths)
        {
            string name = NameOf(group.Key);
            if ((only is not null && name != only) || context.Machine.FileSystemType(group.Key) == Stat.CGROUP2_SUPER_MAGIC)
            {
                continue;
            }

            plan.Begin($"mount the cgroup controller {name} on \"{work.Destination}/{name}\"");
            plan.Call(SyscallNumber.mkdirat, top, plan.Text(name), 0x1ed).Tolerating(Errno.EEXIST);
            AddController(work, name, MountTargets.Clean($"{group.Key}/{group.Value}"), mount);
            context.Targets.Attach(plan, mount, new MountTarget(top, plan.Text(name), false));
            if (name.Contains(','))
            {
                foreach (string single in name.Split(','))
                {
                    links.Add((single, name));
                }
            }
        }

        plan.Begin($"mount cgroup on \"{work.Destination}\"");
        foreach ((string link, string to) in links)
        {
            plan.Call(SyscallNumber.symlinkat, plan.Text(to), top, plan.Text(link)).Tolerating(Errno.EEXIST);
        }

        // runc leaves the directory of the hierarchies writable; "ro" is taken at its word here.
        if ((work.Options.NewMountAttributes & (ulong)Abi.MOUNT_ATTR_RDONLY) != 0)
        {
            work.SetAttributes(top, new mount_attr { attr_set = (ulong)Abi.MOUNT_ATTR_RDONLY }, recursive: false);
        }

        work.FinishDetached(top);
        context.Targets.Add(work.Destination, Slot.None, MountContents.Unknown);
    }

    private static void AddController(MountWork work, string name, string source, Slot mount)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        ulong attributes = work.Options.NewMountAttributes | Restrictions;
        Label done = plan.NewLabel();
        bool own = HasCgroupNamespace(context);
        if (own)
        {
            Label fallback = plan.NewLabel();
            bool systemd = name == "systemd";
            string[] data = systemd ? ["name=systemd"] : name.Split(',');
            NewFileSystems.AddNew(work, "cgroup", mount, attributes, context.IsConfined ? fallback : null, data, systemd ? name : "cgroup");
            plan.Jump(done);
            plan.Place(fallback);
        }

        if (!own || context.IsConfined)
        {
            work.Clone(source, recursive: true).Into(mount);
            work.SetAttributes(mount, new mount_attr { attr_set = attributes & ~(ulong)Abi.MOUNT_ATTR__ATIME }, recursive: true);
        }

        plan.Place(done);
    }

    private static bool HasCgroupNamespace(PlanContext context)
    {
        if (context.IsNew(Sched.CLONE_NEWCGROUP))
        {
            return true;
        }

        foreach (Spec.Namespace entry in context.Configuration.Linux?.Namespaces ?? [])
        {
            if (entry.Type == "cgroup")
            {
                return true;
            }
        }

        return false;
    }
}
