using System;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;

namespace Rideau.Runtime;

/// <summary>What to do about a failed system call: operation, errno and a fact that is looked up become a sentence.</summary>
/// <remarks>docs/errors.md lists them; each has a test.</remarks>
internal static class ErrorHints
{
    /// <summary>The sentence, or null where nothing better than the errno is known.</summary>
    internal static string? Find(string operation, int errno, string purpose = "") => (operation, errno) switch
    {
        ("clone3", Errno.EPERM) => NewNamespaceRefused(),
        ("clone3" or "unshare" or "clone_onward", Errno.ENOSPC) => "a limit of /proc/sys/user/max_*_namespaces is reached, or namespaces are nested deeper than 32; see namespaces(7)",
        ("clone3" or "clone_onward", Errno.EAGAIN) => "the limit of processes is reached: RLIMIT_NPROC, pids.max of the cgroup, or /proc/sys/kernel/pid_max",
        ("clone3", Errno.EBUSY) => "the cgroup has controllers enabled for its children, so it can hold no process itself; name another in linux.cgroupsPath",
        ("clone3", Errno.EOPNOTSUPP) => "the cgroup is below a threaded one, or is one, and so takes no whole process (cgroup.type); name another in linux.cgroupsPath",
        ("setns", Errno.EPERM) => "joining a namespace needs CAP_SYS_ADMIN in the user namespace that owns it; join that user namespace too",
        ("setns", Errno.EINVAL) => "the path leads to a namespace of another type, or the process is in it already (user namespaces)",
        ("fsmount" or "fsconfig", Errno.EPERM) when Has(purpose, "proc") => "an outer container masks parts of /proc, and the kernel then refuses a new one; give this container the outer one's pid namespace and bind /proc, or run the outer one with unmasked paths; see docs/errors.md#masked-proc",
        ("fsmount" or "fsconfig", Errno.EPERM) when Has(purpose, "sysfs") => "sysfs shows a network namespace, and this one is not owned by the container's user namespace; give the container its own network namespace, or bind /sys; see docs/errors.md#sysfs",
        ("fsconfig", Errno.EINVAL) => "the file system does not know one of the mount options; the kernel's log (dmesg) names it",
        ("fsopen", Errno.ENODEV) => "this kernel has no such file system; the module may have to be loaded, or mounts[].type is misspelt",
        ("fsmount" or "fsconfig", Errno.EPERM) => "this file system may be mounted by the host's root only, not from within a user namespace",
        ("mount_setattr", Errno.EPERM) => "in a user namespace the flags that the mount had outside are locked; ask for at least these (nosuid, nodev, noexec, ro)",
        ("mount_setattr", Errno.EINVAL) when Has(purpose, "idmap") => "this file system cannot be id-mapped on this kernel",
        ("open_tree", Errno.ENOENT) or ("openat", Errno.ENOENT) when Has(purpose, "mount") => "the source of a bind mount must exist on the host; make it first",
        ("open_tree", Errno.EINVAL) when Has(purpose, "mount ") => "the source's mount is unbindable, or something is mounted below it, under which a user namespace may not look: bind it with all that is mounted there (rbind)",
        ("open_in_root", Errno.ELOOP) => "the path in the root file system leads through a symbolic link that may not be followed",
        ("open_in_root", Errno.EROFS) => "the mount's target is missing and the root file system is read-only: make the target in the image",
        ("open_in_root", Errno.ENOTDIR) or ("move_mount", Errno.ENOTDIR) => "a directory can be mounted on a directory only, and a file on a file",
        ("move_mount", Errno.EINVAL) => "a directory can be mounted on a directory only, and a file on a file",
        ("openat2", Errno.ENOENT) when Has(purpose, "/dev/pts") => "a terminal needs a devpts mount on /dev/pts in config.json",
        ("setgroups", Errno.EPERM) => "supplementary groups cannot be set in a user namespace that was mapped without privilege; take process.user.additionalGids out, or map groups through newgidmap",
        ("setresuid" or "setresgid" or "setgroups", Errno.EINVAL) => "the id is not mapped into the container's user namespace; see linux.uidMappings and linux.gidMappings",
        ("prlimit64", Errno.EPERM) => "a hard limit can be raised only with CAP_SYS_RESOURCE in the host's user namespace; ask for no more than the caller has (ulimit -H)",
        ("capset", Errno.EPERM) => "the permitted, inheritable and bounding sets must contain what the effective set has, and what the caller itself has",
        ("sethostname" or "setdomainname", Errno.EPERM) => "the container needs a uts namespace of its own for a host name",
        ("sched_setattr", Errno.EPERM) => "real-time and deadline scheduling need CAP_SYS_NICE, and on cgroup v1 a share of cpu.rt_runtime_us",
        ("seccomp", Errno.EACCES) => "a filter needs no_new_privs or CAP_SYS_ADMIN",
        ("seccomp", Errno.EINVAL) => "this kernel does not know a flag or action of the filter",
        ("check_node", Errno.EEXIST) => "the root file system, or a mount, has another file in the device's place; remove it, or give linux.devices[].path another place",
        ("mknodat", Errno.EPERM) => "device nodes cannot be made in a user namespace, and a cgroup may forbid it; bind the host's node instead",
        ("pivot_root", Errno.EINVAL) => "the root file system must not be on the initial ramfs; use --no-pivot there",
        (_, Errno.ENOSPC) => "the file system is full, or a limit (inotify, mounts: /proc/sys/fs/mount-max) is reached",
        ("ftruncate", Errno.EFBIG) => "the limit of file sizes is below 34 MiB: raise it (ulimit -f); the plan is a file in memory, of which a few pages are used",
        (_, Errno.EMFILE) => "too many open files: raise the limit (ulimit -n)",
        (_, Errno.ENFILE) => "too many open files on the machine: /proc/sys/fs/file-max",
        (_, Errno.ENOMEM) => "not enough memory, also a limit of the cgroup",
        (_, Errno.EROFS) => "the file system is read-only",
        _ => null,
    };

    /// <summary>Why this machine refuses a user namespace, as far as it can be found out.</summary>
    private static string NewNamespaceRefused() => NamespaceHints.RefusalOfUserNamespaces()
        ?? "new namespaces need root, or a user namespace with them (namespace type \"user\" and mappings in config.json); a seccomp filter of an outer container may also forbid it";

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.Ordinal);
}
