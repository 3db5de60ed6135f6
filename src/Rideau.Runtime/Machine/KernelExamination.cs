using System;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Spec;
using Mount = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Machine;

/// <summary>The system calls that containers are made with.</summary>
internal static class KernelExamination
{
    private const string NewerKernel = "a newer kernel has it; within a container, its seccomp filter may forbid it: take a newer profile";

    internal static void Run(Examination examination)
    {
        examination.Group = "kernel";
        Version(examination);
        examination.Tried("clone3", Trial.Run(0, static _ => { }), "makes a process with all its namespaces at once", NewerKernel, required: true);
        CloneIntoCgroup(examination);
        long own = examination.UserNamespace | Sched.CLONE_NEWNS;
        examination.Tried("new mounts", Trial.Run(own, AddMount), "fsopen, fsconfig, fsmount and mount_setattr work", NewerKernel, required: true);
        examination.Tried("mount trees", Trial.Run(own, AddTree), "open_tree clones the mounts that bind mounts are made of", NewerKernel, required: true);
        IdMappedMounts(examination);
        examination.Tried("openat2", Trial.Run(0, AddOpen), "paths in a root file system cannot lead out of it", NewerKernel, required: true);
        examination.Tried("pidfd", Trial.Run(0, AddPidfd), "processes are held by descriptors, not by numbers that come again", NewerKernel, required: true);
        examination.Tried("seccomp", Trial.Run(0, plan => AddSeccomp(plan, 0)), "filters can be set", "the kernel needs CONFIG_SECCOMP_FILTER");
        examination.Tried("seccomp notify", Trial.Run(0, plan => AddSeccomp(plan, 8)), "a filter can ask a supervisor", "the kernel needs 5.0, and an outer filter must not have a listener itself"); // SECCOMP_FILTER_FLAG_NEW_LISTENER
    }

    private static void Version(Examination examination)
    {
        string release = KernelFile.Text("/proc/sys/kernel/osrelease") ?? "unknown";
        string[] parts = release.Split('.', '-', '+');
        bool known = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major) & int.TryParse(parts.Length > 1 ? parts[1] : "", NumberStyles.None, CultureInfo.InvariantCulture, out int minor);
        if (known && (major < 5 || (major == 5 && minor < 12)))
        {
            examination.Warning("version", $"Linux {release}", "5.12 is the first with all that is tried below");
        }
        else
        {
            examination.Ok("version", $"Linux {release}");
        }
    }

    private static void CloneIntoCgroup(Examination examination)
    {
        const string Name = "CLONE_INTO_CGROUP";
        if (CgroupLayout.Detect().Unified is not { } unified)
        {
            examination.Warning(Name, "cgroup v2 is not mounted; processes are moved into their groups after their birth");
            return;
        }

        string path = unified.MountPoint + unified.OwnPath;
        if (Files.TryOpen(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out OwnedFd? directory) != 0 || directory is null)
        {
            examination.Warning(Name, $"the own group {path} cannot be opened");
            return;
        }

        using (directory)
        {
            TrialResult result = Trial.Run(0, static _ => { }, directory);
            if (result.Errno is Errno.EACCES or Errno.EPERM or Errno.EBUSY)
            {
                examination.Ok(Name, "the kernel has it; the own group takes no processes of this caller, others may");
                return;
            }

            examination.Tried(Name, result, "processes are born in their cgroup", "kernel 5.7 has it; without it they are moved");
        }
    }

    private static void IdMappedMounts(Examination examination)
    {
        const string Name = "idmapped mounts";
        if (examination.UserNamespace != 0)
        {
            examination.Warning(Name, "for root only", "leave idmap out of mounts, or run as root");
            return;
        }

        try
        {
            using OwnedFd mapping = Trial.OpenUserNamespace(new IdMapping(0, 100000, 65536));
            int errno = Mounts.TryClone("/", false, out OwnedFd? clone);
            using (clone)
            {
                errno = clone is null ? errno : Mounts.TrySetAttributes(clone, false, new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_IDMAP, userns_fd = (ulong)mapping.Number });
            }

            TrialResult result = errno == 0 ? new TrialResult(0, "") : new TrialResult(errno, $"mount_setattr(MOUNT_ATTR_IDMAP) failed with {Errno.Describe(errno)} on the file system of /");
            examination.Tried(Name, result, "the file system of / takes them", "each file system learned it in another release, ext4 and xfs first, in 5.12; overlay in 5.19, tmpfs in 6.3");
        }
        catch (Exception exception) when (exception is LinuxException or ContainerException)
        {
            examination.MissingForSome(Name, exception.Message, "they need a user namespace to take the mapping from");
        }
    }

    private static void AddMount(ChildPlanBuilder plan)
    {
        plan.Begin("make a tmpfs");
        Slot tmpfs = plan.NewSlot("tmpfs");
        plan.Call(SyscallNumber.fsopen, plan.Text("tmpfs"), Mount.FSOPEN_CLOEXEC).Into(tmpfs);
        plan.Call(SyscallNumber.fsconfig, tmpfs, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, tmpfs, Mount.FSMOUNT_CLOEXEC, 0).Into(tmpfs);
        plan.Call(SyscallNumber.mount_setattr, tmpfs, plan.Text(""), Fcntl.AT_EMPTY_PATH, plan.Data(new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY }), 32);
    }

    private static void AddTree(ChildPlanBuilder plan)
    {
        plan.Begin("clone the tree of mounts");
        plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text("/"), Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC | Fcntl.AT_RECURSIVE);
    }

    private static void AddOpen(ChildPlanBuilder plan)
    {
        plan.Begin("open / as a root");
        plan.Call(SyscallNumber.openat2, Fcntl.AT_FDCWD, plan.Text("/"), plan.Data(new open_how { flags = Fcntl.O_PATH | Fcntl.O_CLOEXEC, resolve = Fcntl.RESOLVE_IN_ROOT }), 24);
    }

    private static void AddPidfd(ChildPlanBuilder plan)
    {
        plan.Begin("hold the own process");
        Slot pid = plan.NewSlot("pid");
        Slot descriptor = plan.NewSlot("pidfd");
        plan.Call(SyscallNumber.getpid).Into(pid);
        plan.Call(SyscallNumber.pidfd_open, pid, 0).Into(descriptor);
        plan.Call(SyscallNumber.pidfd_send_signal, descriptor, 0, 0, 0);
    }

    private static void AddSeccomp(ChildPlanBuilder plan, int flags)
    {
        // BPF_RET | BPF_K, SECCOMP_RET_ALLOW.
        ReadOnlySpan<byte> allow = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f];
        plan.Begin("set a filter that allows everything");
        plan.Call(SyscallNumber.prctl, Prctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        plan.Call(SyscallNumber.seccomp, 1, flags, plan.Data(new sock_fprog { len = 1, filter = plan.Bytes(allow).Value })); // SECCOMP_SET_MODE_FILTER
    }
}
