// RUNS IN: caller
using System.Text;
using Rideau.Kernel.Abi;
using S = Rideau.Kernel.Abi.SyscallNumber;

namespace Rideau.Child.Outside;

/// <summary>Names of the system calls that plans make, how many arguments each has, and their flags in words.</summary>
internal static unsafe class SyscallWords
{
    internal static string NameOf(int number) => SyscallNames.NameOf(number);

    internal static int ArgumentCount(int number) => number switch
    {
        S.setsid => 0,
        S.umask or S.close or S.chdir or S.fchdir or S.chroot or S.unshare or S.personality => 1,
        S.setns or S.sethostname or S.setdomainname or S.setgroups or S.pivot_root or S.umount2 or S.capset or S.munmap or S.fsopen or S.keyctl or S.fchmod => 2,
        S.setresuid or S.setresgid or S.execve or S.ioctl or S.dup3 or S.open_tree or S.fsmount or S.write or S.seccomp or S.symlinkat
            or S.close_range or S.sched_setaffinity or S.sched_setattr or S.ioprio_set or S.socket or S.fchown or S.rt_sigprocmask or S.mkdirat or S.prctl => 3,
        S.openat or S.openat2 or S.mknodat or S.prlimit64 or S.rt_sigaction or S.faccessat2 or S.fchmodat or S.linkat => 4,
        S.move_mount or S.mount_setattr or S.fsconfig or S.mount or S.fchownat or S.statx => 5,
        _ => 6,
    };

    internal static string Number(int number, int argument, nint value) => (number, argument) switch
    {
        (S.openat, 0) or (S.openat2, 0) or (S.open_tree, 0) or (S.move_mount, 0) or (S.move_mount, 2) or (S.mkdirat, 0) or (S.mknodat, 0) when value == Fcntl.AT_FDCWD => "AT_FDCWD",
        (S.openat, 2) => OpenFlags(value),
        (S.open_tree, 2) => Flags(value, (Mount.OPEN_TREE_CLONE, "OPEN_TREE_CLONE"), (Mount.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLOEXEC"), (Fcntl.AT_EMPTY_PATH, "AT_EMPTY_PATH"), (Fcntl.AT_RECURSIVE, "AT_RECURSIVE"), (Fcntl.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW")),
        (S.move_mount, 4) => Flags(value, (Mount.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"), (Mount.MOVE_MOUNT_T_EMPTY_PATH, "MOVE_MOUNT_T_EMPTY_PATH")),
        (S.mount_setattr, 2) => Flags(value, (Fcntl.AT_EMPTY_PATH, "AT_EMPTY_PATH"), (Fcntl.AT_RECURSIVE, "AT_RECURSIVE")),
        (S.fsconfig, 1) => value switch { 0 => "FSCONFIG_SET_FLAG", 1 => "FSCONFIG_SET_STRING", 5 => "FSCONFIG_SET_FD", 6 => "FSCONFIG_CMD_CREATE", 7 => "FSCONFIG_CMD_RECONFIGURE", _ => StepText.Plain(value) },
        (S.fsmount, 2) => AttributeFlags(value),
        (S.setns, 1) or (S.unshare, 0) => NamespaceFlags.Describe(value),
        (S.umount2, 1) => Flags(value, (Mount.MNT_DETACH, "MNT_DETACH")),
        (S.umask, 0) or (S.mkdirat, 2) or (S.mknodat, 2) or (S.fchmod, 1) => Octal(value),
        (S.prctl, 0) => PrctlName(value),
        _ => StepText.Plain(value),
    };

    internal static string Data(int number, int argument, byte* data) => (number, argument) switch
    {
        (S.mount_setattr, 3) => MountAttributes((mount_attr*)data),
        (S.openat2, 2) => OpenHow((open_how*)data),
        (S.prlimit64, 2) => $"{{{((rlimit64*)data)->rlim_cur}, {((rlimit64*)data)->rlim_max}}}",
        _ => "{...}",
    };

    private static string MountAttributes(mount_attr* attributes)
    {
        var text = new StringBuilder("{");
        Append(text, "set", AttributeFlags((nint)attributes->attr_set), attributes->attr_set);
        Append(text, "clear", AttributeFlags((nint)attributes->attr_clr), attributes->attr_clr);
        Append(text, "propagation", PropagationFlags((nint)attributes->propagation), attributes->propagation);
        return text.Append('}').ToString();

        static void Append(StringBuilder text, string name, string words, ulong value)
        {
            if (value != 0)
            {
                text.Append(text.Length == 1 ? "" : ", ").Append(name).Append('=').Append(words);
            }
        }
    }

    private static string OpenHow(open_how* how) =>
        $"{{{OpenFlags((nint)how->flags)}, {Flags((nint)how->resolve, (Fcntl.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT"), (Fcntl.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS"), (Fcntl.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS"), (Fcntl.RESOLVE_BENEATH, "RESOLVE_BENEATH"))}}}";

    private static string OpenFlags(nint value) => Flags(
        value,
        (Fcntl.O_WRONLY, "O_WRONLY"),
        (Fcntl.O_RDWR, "O_RDWR"),
        (Fcntl.O_PATH, "O_PATH"),
        (Fcntl.O_DIRECTORY, "O_DIRECTORY"),
        (Fcntl.O_NOFOLLOW, "O_NOFOLLOW"),
        (Fcntl.O_NOCTTY, "O_NOCTTY"),
        (Fcntl.O_CREAT, "O_CREAT"),
        (Fcntl.O_EXCL, "O_EXCL"),
        (Fcntl.O_CLOEXEC, "O_CLOEXEC"));

    private static string AttributeFlags(nint value) => Flags(
        value,
        ((nint)Mount.MOUNT_ATTR_RDONLY, "ro"),
        ((nint)Mount.MOUNT_ATTR_NOSUID, "nosuid"),
        ((nint)Mount.MOUNT_ATTR_NODEV, "nodev"),
        ((nint)Mount.MOUNT_ATTR_NOEXEC, "noexec"),
        ((nint)Mount.MOUNT_ATTR_NOATIME, "noatime"),
        ((nint)Mount.MOUNT_ATTR_STRICTATIME, "strictatime"),
        ((nint)Mount.MOUNT_ATTR_NODIRATIME, "nodiratime"),
        ((nint)Mount.MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"),
        ((nint)Mount.MOUNT_ATTR_IDMAP, "idmap"));

    private static string PropagationFlags(nint value) => Flags(
        value,
        ((nint)Mount.MS_PRIVATE, "private"),
        ((nint)Mount.MS_SLAVE, "slave"),
        ((nint)Mount.MS_SHARED, "shared"),
        ((nint)Mount.MS_UNBINDABLE, "unbindable"));

    private static string PrctlName(nint value) => (int)value switch
    {
        Prctl.PR_SET_DUMPABLE => "PR_SET_DUMPABLE",
        Prctl.PR_SET_KEEPCAPS => "PR_SET_KEEPCAPS",
        Prctl.PR_CAPBSET_DROP => "PR_CAPBSET_DROP",
        Prctl.PR_SET_NO_NEW_PRIVS => "PR_SET_NO_NEW_PRIVS",
        Prctl.PR_CAP_AMBIENT => "PR_CAP_AMBIENT",
        _ => StepText.Plain(value),
    };

    private static string Octal(nint value) => "0" + System.Convert.ToString((long)value, 8);

    private static string Flags(nint value, params System.ReadOnlySpan<(nint Bit, string Name)> names)
    {
        var text = new StringBuilder();
        nint rest = value;
        foreach ((nint bit, string name) in names)
        {
            if ((rest & bit) != 0)
            {
                text.Append(text.Length == 0 ? "" : "|").Append(name);
                rest &= ~bit;
            }
        }

        if (rest != 0 || text.Length == 0)
        {
            text.Append(text.Length == 0 ? "" : "|").Append(rest == 0 ? "0" : $"0x{rest:x}");
        }

        return text.ToString();
    }
}
