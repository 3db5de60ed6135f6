using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Mounts that are no bind mounts: proc, sysfs, tmpfs, devpts, mqueue, and whatever else the kernel has.</summary>
/// <remarks>spec: config.md#mounts · man: fsopen(2), fsconfig(2), fsmount(2)</remarks>
internal static class NewFileSystems
{
    /// <summary>strndup_user in fsconfig(2): 256 with the NUL.</summary>
    private const int ValueLimit = 256;

    public static void Add(MountWork work)
    {
        switch (work.Type)
        {
            case "proc":
                AddKernels(work, MountContents.Proc, "/proc");
                break;
            case "sysfs":
                AddKernels(work, MountContents.Sysfs, "/sys");
                break;
            case "mqueue":
                AddKernels(work, MountContents.Unknown, "/dev/mqueue");
                break;
            case "tmpfs":
                AddTmpfs(work);
                break;
            case "none":
                throw work.Refused("it has no type, and neither bind nor rbind among its options");
            default:
                AddOther(work);
                break;
        }
    }

    /// <summary>Makes a file system and a mount of it, attached nowhere.</summary>
    /// <param name="work">The mount.</param>
    /// <param name="type">Of the file system.</param>
    /// <param name="mount">Takes the mount.</param>
    /// <param name="attributes">MOUNT_ATTR_ bits.</param>
    /// <param name="refused">Where to go on where the kernel does not allow it here; null: that is a failure.</param>
    /// <param name="data">The file system's options; the mount's own unless given.</param>
    /// <param name="source">The name that mountinfo shows; the mount's own unless given.</param>
    public static void AddNew(MountWork work, string type, Slot mount, ulong attributes, Label? refused = null, IReadOnlyList<string>? data = null, string? source = null)
    {
        ChildPlanBuilder plan = work.Plan;
        Slot fileSystem = work.Context.Targets.FileSystem(plan);
        Refusable(plan.Call(SyscallNumber.fsopen, plan.Text(type), Abi.FSOPEN_CLOEXEC).Into(fileSystem), refused);
        source ??= work.Mount.Source;
        if (!string.IsNullOrEmpty(source))
        {
            Configure(plan, fileSystem, "source", source);
        }

        AddSuperblockFlags(work, type, fileSystem);
        foreach (string option in data ?? work.Options.Data)
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            Configure(plan, fileSystem, equals < 0 ? option : option[..equals], equals < 0 ? null : option[(equals + 1)..]);
        }

        if (work.Context.Configuration.Linux?.MountLabel is { Length: > 0 } label && TakesLabel(work.Context.Machine, type))
        {
            Configure(plan, fileSystem, Spec.RunOciAnnotations.MountContextType(work.Context.Configuration), label);
        }

        Refusable(plan.Call(SyscallNumber.fsconfig, fileSystem, Abi.FSCONFIG_CMD_CREATE, 0, 0, 0), refused);
        Refusable(plan.Call(SyscallNumber.fsmount, fileSystem, Abi.FSMOUNT_CLOEXEC, (long)attributes).Into(mount), refused);
    }

    /// <summary>Makes an empty tmpfs that is none of the configuration's.</summary>
    public static void AddTmpfs(MountWork work, Slot mount, string source, ulong attributes, string option)
    {
        ChildPlanBuilder plan = work.Plan;
        Slot fileSystem = work.Context.Targets.FileSystem(plan);
        plan.Call(SyscallNumber.fsopen, plan.Text("tmpfs"), Abi.FSOPEN_CLOEXEC).Into(fileSystem);
        Configure(plan, fileSystem, "source", source);
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        Configure(plan, fileSystem, option[..equals], option[(equals + 1)..]);
        plan.Call(SyscallNumber.fsconfig, fileSystem, Abi.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, fileSystem, Abi.FSMOUNT_CLOEXEC, (long)attributes).Into(mount);
    }

    /// <summary>One option of a file system.</summary>
    public static void Configure(ChildPlanBuilder plan, Slot fileSystem, string key, string? value) =>
        plan.Call(
            SyscallNumber.fsconfig,
            fileSystem,
            value is null ? Abi.FSCONFIG_SET_FLAG : Abi.FSCONFIG_SET_STRING,
            plan.Text(key),
            value is null ? 0 : plan.Text(value),
            0);

    // proc, sysfs and mqueue show namespaces. A user namespace that does not own the namespace in question
    // is refused a new one, and gets the machine's: the same things, seen read-only.
    private static void AddKernels(MountWork work, MountContents contents, string place)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        bool exact = contents != MountContents.Unknown;
        MountTarget target = context.Targets.Reach(context, work.Destination, exact ? RootTarget.RealDirectory : RootTarget.Directory);
        Slot mount = exact ? plan.NewSlot(work.Type) : context.Targets.Mount(plan);
        bool mayBeRefused = context.IsConfined;
        Label done = plan.NewLabel();
        Label refused = plan.NewLabel();
        AddNew(work, work.Type, mount, work.Options.NewMountAttributes, mayBeRefused ? refused : null);
        work.FinishDetached(mount);
        Step attach = context.Targets.Attach(plan, mount, target);
        if (mayBeRefused)
        {
            attach.ThenGoTo(done);
            plan.Place(refused);
            plan.Begin($"mount the machine's \"{place}\" on \"{work.Destination}\", which the user namespace may not mount anew because it owns no {Owner(contents)} namespace");
            BindMounts.AddFallback(work, place, mount, target, readOnly: contents == MountContents.Sysfs);
            plan.Place(done);
        }

        context.Targets.Add(work.Destination, exact ? mount : Slot.None, contents);
    }

    private static string Owner(MountContents contents) =>
        contents switch { MountContents.Proc => "pid", MountContents.Sysfs => "network", _ => "ipc" };

    private static void AddTmpfs(MountWork work)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        MountTarget target = context.Targets.Reach(context, work.Destination, RootTarget.Directory);
        Slot mount = plan.NewSlot(work.Destination);
        CopyMode(work);

        // Read-only comes last: places for other mounts, and devices, are still made in it.
        AddNew(work, "tmpfs", mount, work.Options.NewMountAttributes & ~(ulong)Abi.MOUNT_ATTR_RDONLY);
        if (work.Options.CopyUp)
        {
            AddCopyUp(work, mount, target);
        }

        work.FinishDetached(mount);
        context.Targets.Attach(plan, mount, target);
        if (work.Options.IsReadonly)
        {
            context.Targets.ReadonlyAtLast.Add((work.Destination, mount));
        }

        context.Targets.Add(work.Destination, mount, work.Options.CopyUp ? MountContents.Unknown : MountContents.Fresh);
    }

    private static void AddOther(MountWork work)
    {
        PlanContext context = work.Context;
        ChildPlanBuilder plan = context.Plan;
        MountTarget target = context.Targets.Reach(context, work.Destination, RootTarget.Directory);
        if (work.Options.Data.Exists(option => option.Length - option.IndexOf('=', StringComparison.Ordinal) > ValueLimit))
        {
            AddByMount(work, target);
            return;
        }

        Slot mount = context.Targets.Mount(plan);
        ulong attributes = work.Options.NewMountAttributes;
        bool later = work.Destination == "/dev" && work.Options.IsReadonly;
        mount = later ? plan.NewSlot(work.Destination) : mount;
        AddNew(work, work.Type, mount, later ? attributes & ~(ulong)Abi.MOUNT_ATTR_RDONLY : attributes, null, work.Type == "devpts" ? TerminalOptions(work) : null);
        work.FinishDetached(mount);
        context.Targets.Attach(plan, mount, target);
        if (later)
        {
            context.Targets.ReadonlyAtLast.Add((work.Destination, mount));
        }

        context.Targets.Add(work.Destination, Slot.None, MountContents.Unknown);
    }

    // mount(2) takes a page of options, fsconfig(2) 255 bytes of each: an overlay with many layers needs it. The place is the working directory.
    private static void AddByMount(MountWork work, MountTarget target)
    {
        ChildPlanBuilder plan = work.Plan;
        if (!target.IsDescriptor || work.Options.Propagations.Count > 0 || work.Options.RecursiveAttributes is not null)
        {
            throw work.Refused($"an option is longer than {ValueLimit - 1} bytes, and there are options of propagation, or recursive ones, beside it", FailureCode.NotSupported);
        }

        string data = string.Join(',', work.Options.Data);
        string source = string.IsNullOrEmpty(work.Mount.Source) ? work.Type : work.Mount.Source;
        plan.Call(SyscallNumber.fchdir, target.Directory);
        plan.Call(SyscallNumber.mount, plan.Text(source), plan.Text("."), plan.Text(work.Type), work.Options.Set & ~(Abi.MS_BIND | Abi.MS_REC | Abi.MS_REMOUNT), plan.Text(data));
        work.Context.Targets.Add(work.Destination, Slot.None, MountContents.Unknown);
    }

    private static void AddCopyUp(MountWork work, Slot mount, MountTarget target)
    {
        const int EntryLimit = 1 << 20;
        ChildPlanBuilder plan = work.Plan;
        Slot from = plan.NewSlot("copied up");
        plan.Call(
            SyscallNumber.openat,
            target.Directory,
            target.IsDescriptor ? plan.Text(".") : target.Path,
            Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC | Fcntl.O_NOFOLLOW,
            0).Into(from);
        plan.CopyTree(from, mount, EntryLimit);
    }

    // A tmpfs has the mode of the directory that it covers, unless one is given.
    private static void CopyMode(MountWork work)
    {
        if (work.Options.DataValue("mode") is not null)
        {
            return;
        }

        OwnedFd root = work.Context.RootDirectory;
        string below = work.Destination.Length > 1 ? work.Destination[1..] : ".";
        if (Files.TryOpenResolved(root, below, Fcntl.O_PATH | Fcntl.O_DIRECTORY, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? place) != 0)
        {
            return;
        }

        using (place)
        {
            int mode = Files.Status(place!).Mode & 0xfff;
            work.Options.Data.Insert(0, "mode=" + Convert.ToString(mode, 8));
        }
    }

    // Every mount of devpts is a new instance. A group that is not mapped cannot own terminals.
    private static List<string> TerminalOptions(MountWork work)
    {
        var options = new List<string>(work.Options.Data.Count);
        foreach (string option in work.Options.Data)
        {
            bool dropped = option == "newinstance" || (option.StartsWith("gid=", StringComparison.Ordinal) && !IsGroupMapped(work, option[4..]));
            if (!dropped)
            {
                options.Add(option);
            }
        }

        return options;
    }

    private static bool IsGroupMapped(MountWork work, string group)
    {
        List<Spec.IdMapping>? mappings = work.Context.Configuration.Linux?.GidMappings;
        if (!work.Context.InUserNamespace || mappings is null or { Count: 0 }
            || !uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
        {
            return true;
        }

        foreach (Spec.IdMapping mapping in mappings)
        {
            if (id >= mapping.ContainerId && id - mapping.ContainerId < mapping.Size)
            {
                return true;
            }
        }

        work.Context.Log.Debug($"the group {group} is not mapped: terminals in \"{work.Destination}\" get the group of who opens them");
        return false;
    }

    private static void AddSuperblockFlags(MountWork work, string type, Slot fileSystem)
    {
        long set = work.Options.Set;
        if ((set & Abi.MS_RDONLY) != 0 && !IsShared(type))
        {
            Configure(work.Plan, fileSystem, "ro", null);
        }

        ReadOnlySpan<(long Flag, string Name)> flags =
        [
            (Abi.MS_SYNCHRONOUS, "sync"), (Abi.MS_DIRSYNC, "dirsync"), (Abi.MS_LAZYTIME, "lazytime"), (Abi.MS_MANDLOCK, "mand"),
        ];
        foreach ((long flag, string name) in flags)
        {
            if ((set & flag) != 0)
            {
                Configure(work.Plan, fileSystem, name, null);
            }
        }
    }

    // One file system with many mounts, or one that is still to be filled: read-only is said of the mount alone.
    private static bool IsShared(string type) => type is "proc" or "sysfs" or "tmpfs" or "ramfs" or "devpts" or "mqueue" or "cgroup" or "cgroup2";

    private static bool TakesLabel(MachineView machine, string type) =>
        type is not ("proc" or "sysfs" or "mqueue" or "cgroup" or "cgroup2")
        && machine.TryStatus("/sys/fs/selinux/enforce", out _) == 0;

    private static void Refusable(Step step, Label? refused)
    {
        if (refused is { } label)
        {
            step.Tolerating(Errno.EPERM).OtherwiseGoTo(label);
        }
    }
}
