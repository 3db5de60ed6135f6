using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>The nodes and links in /dev.</summary>
/// <remarks>spec: config-linux.md#devices, #default-devices, runtime-linux.md#dev-symbolic-links · man: mknod(2)</remarks>
internal static class DevicesPlan
{
    private static readonly Spec.Device[] s_defaults =
    [
        Default("/dev/null", 1, 3), Default("/dev/zero", 1, 5), Default("/dev/full", 1, 7),
        Default("/dev/random", 1, 8), Default("/dev/urandom", 1, 9), Default("/dev/tty", 5, 0),
    ];

    public static void Add(PlanContext context)
    {
        if (IsDevBound(context))
        {
            return;
        }

        ChildPlanBuilder plan = context.Plan;
        Slot dev = OpenDev(context);
        List<Spec.Device> devices = context.Configuration.Linux?.Devices ?? [];
        foreach (Spec.Device device in s_defaults)
        {
            if (!devices.Exists(own => MountTargets.Clean(own.Path) == device.Path))
            {
                AddNode(context, device, dev, isDefault: true);
            }
        }

        foreach (Spec.Device device in devices)
        {
            if (MountTargets.Clean(device.Path) != "/dev/ptmx")
            {
                AddNode(context, device, dev, isDefault: false);
            }
        }

        AddLinks(context, dev);
    }

    /// <summary>Puts the container's terminal on /dev/console.</summary>
    /// <param name="context">The plan.</param>
    /// <param name="terminal">The other end of a terminal, opened by way of its master (TIOCGPTPEER), so that it can be no other file.</param>
    public static void AddConsole(PlanContext context, Slot terminal)
    {
        ChildPlanBuilder plan = context.Plan;
        plan.Begin("mount the terminal on \"/dev/console\"");
        Slot mount = context.Targets.Mount(plan);
        Argument empty = context.Targets.Empty(plan);
        plan.Call(SyscallNumber.open_tree, terminal, empty, Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_EMPTY_PATH).Into(mount);
        MountTarget target = context.Targets.Reach(context, "/dev/console", RootTarget.PresentFile);
        context.Targets.Attach(plan, mount, target);
    }

    private static Spec.Device Default(string path, long major, long minor) =>
        new() { Path = path, Type = "c", Major = major, Minor = minor, FileMode = 0x1b6 };

    // A directory of the machine, bound: what is in it is its owner's.
    private static bool IsDevBound(PlanContext context)
    {
        bool bound = false;
        foreach (Spec.Mount mount in context.Configuration.Mounts)
        {
            if (MountTargets.Clean(mount.Destination) == "/dev")
            {
                bound = mount.Type == "bind" || MountOptions.Parse(mount.Options).IsBind;
            }
        }

        return bound;
    }

    private static Slot OpenDev(PlanContext context)
    {
        (Slot root, string rest, MountContents contents) = context.Targets.Find("/dev");
        if (contents == MountContents.Fresh && rest.Length == 0)
        {
            return root;
        }

        context.Plan.Begin("open \"/dev\"");
        Slot dev = context.Plan.NewSlot("dev");
        context.Plan.OpenInRoot(context.Root, "/dev", RootTarget.Directory).Into(dev);
        return dev;
    }

    private static void AddNode(PlanContext context, Spec.Device device, Slot dev, bool isDefault)
    {
        string path = MountTargets.Clean(device.Path);
        context.Plan.Begin($"make the device \"{path}\"");
        (Argument directory, Argument name) = PlaceOf(context, path, dev);
        int type = device.Type switch
        {
            "c" or "u" => Stat.S_IFCHR,
            "b" => Stat.S_IFBLK,
            "p" => Stat.S_IFIFO,
            _ => throw new ContainerException(
                $"cannot make the device \"{path}\": \"{device.Type}\" is no type of a device", FailureCode.InvalidArgument, "linux.devices[].type is one of c, b, u, p"),
        };
        if (context.IsConfined && type != Stat.S_IFIFO)
        {
            AddBoundNode(context, path, directory, name);
            return;
        }

        int mode = (int)(device.FileMode ?? 0x1b6) & 0xfff;
        long number = type == Stat.S_IFIFO ? 0 : DeviceNumber(device);
        Label there = context.Plan.NewLabel();
        Label exists = isDefault ? there : context.Plan.NewLabel();
        Label made = context.Plan.NewLabel();
        Label refused = context.Plan.NewLabel();
        bool fresh = context.Targets.Find(path).Contents == MountContents.Fresh;
        Step make = context.Plan.Call(SyscallNumber.mknodat, directory, name, type | mode, number).Tolerating(Errno.EEXIST);
        if (fresh)
        {
            make.Tolerating(Errno.EPERM).OtherwiseGoTo(refused);
        }
        else
        {
            make.ThenGoTo(made);
            if (isDefault)
            {
                // Whatever the root file system has in this place is replaced: it could be another device. EBUSY: it is mounted over.
                context.Plan.Call(SyscallNumber.unlinkat, directory, name, 0).Tolerating(Errno.EBUSY).Tolerating(Errno.EROFS).OtherwiseGoTo(there);
                context.Plan.Call(SyscallNumber.mknodat, directory, name, type | mode, number);
            }
            else
            {
                context.Plan.Jump(exists);
            }

            context.Plan.Place(made);
        }

        if ((device.Uid ?? 0) != 0 || (device.Gid ?? 0) != 0)
        {
            context.Plan.Call(SyscallNumber.fchownat, directory, name, (long)(device.Uid ?? 0), (long)(device.Gid ?? 0), Fcntl.AT_SYMLINK_NOFOLLOW);
        }

        if (fresh)
        {
            // EPERM: an outer container forbids it. EEXIST: only a mount of the configuration can be there already, and stays.
            context.Plan.Jump(there);
            context.Plan.Place(refused);
            context.Plan.Call(SyscallNumber.mknodat, directory, name, Stat.S_IFREG, 0).Tolerating(Errno.EEXIST).OtherwiseGoTo(exists);
            AttachNode(context, path, directory, name);
        }

        if (!isDefault)
        {
            // What the configuration names is never replaced: a file that does not match is an error, as the specification has it.
            context.Plan.Jump(there);
            context.Plan.Place(exists);
            context.Plan.CheckNode(directory, name, type, number);
        }

        context.Plan.Place(there);
    }

    // A user namespace may make no device: it gets the machine's node.
    private static void AddBoundNode(PlanContext context, string path, Argument directory, Argument name)
    {
        context.Plan.Call(SyscallNumber.mknodat, directory, name, Stat.S_IFREG, 0).Tolerating(Errno.EEXIST);
        AttachNode(context, path, directory, name);
    }

    private static void AttachNode(PlanContext context, string path, Argument directory, Argument name)
    {
        ChildPlanBuilder plan = context.Plan;
        Slot mount = context.Targets.Mount(plan);
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(path), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC).Into(mount);
        context.Targets.Attach(plan, mount, new MountTarget(directory, name, false));
    }

    private static (Argument Directory, Argument Name) PlaceOf(PlanContext context, string path, Slot dev)
    {
        ChildPlanBuilder plan = context.Plan;
        if (path.StartsWith("/dev/", System.StringComparison.Ordinal) && path.LastIndexOf('/') == 4)
        {
            return (dev, plan.Text(path[5..]));
        }

        string name = path[(path.LastIndexOf('/') + 1)..];
        MountTarget target = context.Targets.Reach(context, path, RootTarget.ParentDirectory);
        return target.IsDescriptor ? (target.Directory, plan.Text(name)) : (target.Directory, target.Path);
    }

    private static void AddLinks(PlanContext context, Slot dev)
    {
        ChildPlanBuilder plan = context.Plan;
        plan.Begin("make the links in \"/dev\"");
        AddLink(plan, dev, "/proc/self/fd", "fd");
        AddLink(plan, dev, "/proc/self/fd/0", "stdin");
        AddLink(plan, dev, "/proc/self/fd/1", "stdout");
        AddLink(plan, dev, "/proc/self/fd/2", "stderr");
        if (context.Machine.TryStatus("/proc/kcore", out _) == 0)
        {
            AddLink(plan, dev, "/proc/kcore", "core");
        }

        // A node of that name belongs to the machine's terminals.
        if (context.Targets.Find("/dev").Contents != MountContents.Fresh)
        {
            plan.Call(SyscallNumber.unlinkat, dev, plan.Text("ptmx"), 0).Tolerating(Errno.ENOENT);
        }

        plan.Call(SyscallNumber.symlinkat, plan.Text("pts/ptmx"), dev, plan.Text("ptmx"));
    }

    private static void AddLink(ChildPlanBuilder plan, Slot dev, string to, string name) =>
        plan.Call(SyscallNumber.symlinkat, plan.Text(to), dev, plan.Text(name)).Tolerating(Errno.EEXIST);

    /// <summary>As the kernel packs it: makedev(3).</summary>
    private static long DeviceNumber(Spec.Device device) =>
        (device.Minor & 0xff) | ((device.Major & 0xfff) << 8) | ((device.Minor & ~0xffL) << 12);
}
