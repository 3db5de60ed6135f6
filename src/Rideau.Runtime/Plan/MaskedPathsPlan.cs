using System;
using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Masked paths: a file gets the null device over it, a directory an empty read-only tmpfs, one for all.</summary>
/// <remarks>
/// Names in proc and sysfs that every kernel has as the same kind come first, and cost least: a mount that was not used,
/// because the name is missing, serves for the next one. What the others are shows only inside.
/// Before kernel 6.15 a mount that is attached nowhere cannot be cloned, so that the first mount itself is attached,
/// and clones are made of it from then on: the steps of a name are written twice, for before and after that.
/// </remarks>
internal sealed class MaskedPathsPlan
{
    private readonly PlanContext _context;
    private readonly ChildPlanBuilder _plan;
    private readonly Slot _null;
    private readonly Slot _mask;
    private readonly Slot _clone;

    private MaskedPathsPlan(PlanContext context)
    {
        _context = context;
        _plan = context.Plan;
        _null = context.Targets.Null;
        _mask = _plan.NewSlot("mask of directories");
        _clone = _plan.NewSlot("mask");
    }

    private enum Kind
    {
        File,
        Directory,
        Unknown,
    }

    public static void Add(PlanContext context, List<string> paths)
    {
        if (paths.Count == 0)
        {
            return;
        }

        var masks = new MaskedPathsPlan(context);
        var seen = new HashSet<string>(paths.Count);
        List<string> files = [];
        List<string> directories = [];
        List<string> others = [];
        foreach (string given in paths)
        {
            string path = MountTargets.Clean(given);
            if (seen.Add(path))
            {
                Kind kind = masks.KindOf(path);
                (kind == Kind.File ? files : kind == Kind.Directory ? directories : others).Add(path);
            }
        }

        masks.AddChain(files, masks._null);
        if (directories.Count + others.Count > 0)
        {
            masks.AddDirectories(directories);
        }

        foreach (string path in others)
        {
            masks.AddUnknown(path);
        }
    }

    private Kind KindOf(string path)
    {
        (_, string rest, MountContents contents) = _context.Targets.Find(path);
        return (contents, rest) switch
        {
            (MountContents.Proc, "kcore" or "keys" or "latency_stats" or "timer_list" or "timer_stats" or "sched_debug" or "interrupts") => Kind.File,
            (MountContents.Proc, "acpi" or "asound" or "scsi") => Kind.Directory,
            (MountContents.Sysfs, "firmware" or "devices/virtual/powercap") => Kind.Directory,
            (MountContents.Sysfs, _) when rest.EndsWith("/thermal_throttle", StringComparison.Ordinal) => Kind.Directory,
            _ => Kind.Unknown,
        };
    }

    private void AddDirectories(List<string> directories)
    {
        if (directories.Count == 0)
        {
            ForgetMask();
            return;
        }

        _plan.Begin("make the mask of directories");
        AddMask();
        AddChain(directories, _mask);
    }

    // The names one behind the other, in one of three states: the first mount is not attached yet; it is,
    // and a clone has to be made; there is a clone that has not been used.
    private void AddChain(List<string> paths, Slot first)
    {
        if (paths.Count == 0)
        {
            return;
        }

        Label cloning = _plan.NewLabel();
        Label end = _plan.NewLabel();
        var afterFirst = new Label[paths.Count + 1];
        for (int i = 1; i < paths.Count; i++)
        {
            afterFirst[i] = _plan.NewLabel();
        }

        afterFirst[paths.Count] = end;
        for (int i = 0; i < paths.Count; i++)
        {
            _plan.Begin($"mask \"{paths[i]}\"");
            AttachKnown(first, paths[i]).Tolerating(Errno.ENOENT).ThenGoTo(afterFirst[i + 1]);
        }

        if (first == _mask)
        {
            ForgetMask();
        }

        _plan.Jump(end);
        for (int i = 1; i < paths.Count; i++)
        {
            _plan.Begin($"mask \"{paths[i]}\"");
            _plan.Place(afterFirst[i]);
            Clone(first);
            _plan.Place(cloning);
            Label next = i + 1 < paths.Count ? _plan.NewLabel() : end;
            cloning = next;
            AttachKnown(_clone, paths[i]).Tolerating(Errno.ENOENT).OtherwiseGoTo(next);
        }

        _plan.Place(end);
    }

    // No mask is attached: the register holds a negative errno, which is no descriptor.
    private void ForgetMask() => _plan.Call(SyscallNumber.close, -1).Tolerating(Errno.EBADF).Into(_mask);

    // Four calls: it is opened, found to be a directory or not, and the one mask or the other is put on it.
    private void AddUnknown(string path)
    {
        MountTargets targets = _context.Targets;
        Slot place = targets.Place(_plan);
        var target = new MountTarget(place, targets.Empty(_plan), true);
        Label file = _plan.NewLabel();
        Label fresh = _plan.NewLabel();
        Label unattached = _plan.NewLabel();
        Label end = _plan.NewLabel();
        _plan.Begin($"mask \"{path}\"");
        _plan.OpenInRoot(_context.Root, path, RootTarget.MustExist).Into(place).Tolerating(Errno.ENOENT).Tolerating(Errno.ENOTDIR).OtherwiseGoTo(end);
        _plan.Call(SyscallNumber.openat, place, _plan.Text("."), Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0).Tolerating(Errno.ENOTDIR).OtherwiseGoTo(file);
        Clone(_mask).Tolerating(Errno.EBADF).OtherwiseGoTo(fresh);
        targets.Attach(_plan, _clone, target).ThenGoTo(end);
        _plan.Place(fresh);
        AddMask();
        targets.Attach(_plan, _mask, target).ThenGoTo(end);
        _plan.Place(file);
        Clone(_null).Tolerating(Errno.EINVAL).OtherwiseGoTo(unattached);
        targets.Attach(_plan, _clone, target).ThenGoTo(end);
        _plan.Place(unattached);
        targets.Attach(_plan, _null, target);
        _plan.Place(end);
    }

    private Step AttachKnown(Slot mount, string path)
    {
        (Slot root, string rest, _) = _context.Targets.Find(path);
        return _context.Targets.Attach(_plan, mount, new MountTarget(root, _plan.Text(rest), false));
    }

    private Step Clone(Slot from) =>
        _plan.Call(SyscallNumber.open_tree, from, _context.Targets.Empty(_plan), Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | Fcntl.AT_EMPTY_PATH).Into(_clone);

    private void AddMask()
    {
        Slot fileSystem = _context.Targets.FileSystem(_plan);
        _plan.Call(SyscallNumber.fsopen, _plan.Text("tmpfs"), Abi.FSOPEN_CLOEXEC).Into(fileSystem);
        NewFileSystems.Configure(_plan, fileSystem, "nr_blocks", "1");
        NewFileSystems.Configure(_plan, fileSystem, "nr_inodes", "1");
        _plan.Call(SyscallNumber.fsconfig, fileSystem, Abi.FSCONFIG_CMD_CREATE, 0, 0, 0);
        _plan.Call(
            SyscallNumber.fsmount,
            fileSystem,
            Abi.FSMOUNT_CLOEXEC,
            Abi.MOUNT_ATTR_RDONLY | Abi.MOUNT_ATTR_NOSUID | Abi.MOUNT_ATTR_NODEV | Abi.MOUNT_ATTR_NOEXEC).Into(_mask);
    }
}
