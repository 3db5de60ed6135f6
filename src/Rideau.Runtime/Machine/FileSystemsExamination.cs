using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;
using Mount = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Machine;

/// <summary>The file systems of a container, each mounted once where nobody sees it.</summary>
internal static class FileSystemsExamination
{
    internal static void Run(Examination examination)
    {
        examination.Group = "file systems";
        long own = examination.UserNamespace | Sched.CLONE_NEWNS;
        examination.Tried("proc", Trial.Run(own | Sched.CLONE_NEWPID, static plan => AddNew(plan, "proc")), "can be mounted in a new pid namespace", ErrorHints.Find("fsconfig", Errno.EPERM, "proc"), required: true);
        examination.Tried("sysfs", Trial.Run(own | Sched.CLONE_NEWNET, static plan => AddNew(plan, "sysfs")), "can be mounted in a new network namespace", "bind /sys instead, or run the outer container with its paths unmasked");
        examination.Tried("devpts", Trial.Run(own, static plan => AddNew(plan, "devpts")), "terminals of the container's own", "containers with a terminal need it");
        examination.Tried("mqueue", Trial.Run(own | Sched.CLONE_NEWIPC, static plan => AddNew(plan, "mqueue")), "message queues of the container's own", "take the mount of type mqueue out of config.json where a container does not use it");
        examination.Tried("overlay", Trial.Run(own, AddOverlay), examination.UserNamespace == 0 ? "images can be laid over each other" : "images can be laid over each other, without privilege too", "modprobe overlay as root; without privilege it needs kernel 5.11");
        if (examination.UserNamespace == 0)
        {
            examination.Tried("overlay, unprivileged", Trial.Run(own | Sched.CLONE_NEWUSER, AddOverlay), "images can be laid over each other in a user namespace too", "kernel 5.11 has it; an outer container may forbid it");
        }

        Fuse(examination);
        Root(examination);
    }

    private static void AddNew(ChildPlanBuilder plan, string type)
    {
        plan.Begin($"mount a new {type}");
        Slot fileSystem = plan.NewSlot(type);
        plan.Call(SyscallNumber.fsopen, plan.Text(type), Mount.FSOPEN_CLOEXEC).Into(fileSystem);
        plan.Call(SyscallNumber.fsconfig, fileSystem, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, fileSystem, Mount.FSMOUNT_CLOEXEC, Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NOEXEC | Mount.MOUNT_ATTR_NODEV);
    }

    // In a mount namespace of its own, a tmpfs over /tmp holds the layers.
    private static void AddOverlay(ChildPlanBuilder plan)
    {
        plan.Begin("keep the trial's mounts from the machine");
        plan.Call(SyscallNumber.mount_setattr, Fcntl.AT_FDCWD, plan.Text("/"), Fcntl.AT_RECURSIVE, plan.Data(new mount_attr { propagation = (ulong)Mount.MS_PRIVATE }), 32);
        plan.Begin("make room for the layers");
        plan.Call(SyscallNumber.mount, plan.Text("tmpfs"), plan.Text("/tmp"), plan.Text("tmpfs"), 0, 0);
        foreach (string layer in (string[])["/tmp/lower", "/tmp/upper", "/tmp/work"])
        {
            plan.Call(SyscallNumber.mkdirat, Fcntl.AT_FDCWD, plan.Text(layer), 0x1ed);
        }

        plan.Begin("mount an overlay");
        Slot overlay = plan.NewSlot("overlay");
        plan.Call(SyscallNumber.fsopen, plan.Text("overlay"), Mount.FSOPEN_CLOEXEC).Into(overlay);
        plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_SET_STRING, plan.Text("lowerdir"), plan.Text("/tmp/lower"), 0);
        plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_SET_STRING, plan.Text("upperdir"), plan.Text("/tmp/upper"), 0);
        plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_SET_STRING, plan.Text("workdir"), plan.Text("/tmp/work"), 0);
        plan.Call(SyscallNumber.fsconfig, overlay, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, overlay, Mount.FSMOUNT_CLOEXEC, 0);
    }

    private static void Fuse(Examination examination)
    {
        int errno = Files.TryOpen("/dev/fuse", Fcntl.O_RDWR, out OwnedFd? device);
        device?.Dispose();
        if (errno == 0)
        {
            examination.Ok("/dev/fuse", "can be opened");
        }
        else
        {
            examination.Warning("/dev/fuse", $"cannot be opened: {Errno.Describe(errno)}", errno == Errno.EACCES ? "chmod 666 /dev/fuse as root" : "modprobe fuse as root; only containers with FUSE file systems need it");
        }
    }

    private static void Root(Examination examination)
    {
        var mounts = new MountInfo(Files.ReadAll("/proc/self/mountinfo", 16 << 20));
        bool initial = false;
        while (mounts.MoveNext())
        {
            if (mounts.MountPoint.SequenceEqual("/"u8))
            {
                initial = mounts.FileSystemType.SequenceEqual("rootfs"u8);
            }
        }

        if (initial)
        {
            examination.Warning("/", "is the initial ramfs, which pivot_root cannot leave", "give --no-pivot to create and run");
        }
        else
        {
            examination.Ok("/", "is no initial ramfs: pivot_root works");
        }
    }
}
