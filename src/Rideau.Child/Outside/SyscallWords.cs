// RUNS IN: caller
using System;
using System.Text;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using S = Rideau.Kernel.Abi.SyscallNumber;

namespace Rideau.Child.Outside;

/// <summary>Names of the system calls that plans make, how many arguments each has, and their numbers and flags in words.</summary>
internal static unsafe class SyscallWords
{
    internal const int SIOCSIFFLAGS = 0x8914;
    internal const int TIOCSWINSZ = 0x5414;
    private const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const int KEYCTL_SETPERM = 5;

    internal static string NameOf(int number) => SyscallNames.NameOf(number);

    internal static int ArgumentCount(ChildStep* step) => step->Number switch
    {
        S.setsid => 0,
        S.umask or S.close or S.chdir or S.fchdir or S.chroot or S.unshare or S.personality => 1,
        S.setns or S.sethostname or S.setdomainname or S.setgroups or S.pivot_root or S.umount2 or S.capset or S.munmap or S.fsopen or S.fchmod => 2,
        S.prctl => step->A0 == Prctl.PR_CAP_AMBIENT && step->A1 == Prctl.PR_CAP_AMBIENT_RAISE ? 3 : 2,
        S.keyctl => step->A0 == KEYCTL_SETPERM ? 3 : 2,
        S.openat => (step->A2 & Fcntl.O_CREAT) != 0 ? 4 : 3,
        S.setresuid or S.setresgid or S.execve or S.ioctl or S.dup3 or S.open_tree or S.fsmount or S.write or S.seccomp or S.symlinkat or S.unlinkat or S.fcntl
            or S.close_range or S.sched_setaffinity or S.sched_setattr or S.ioprio_set or S.socket or S.fchown or S.mkdirat or S.set_mempolicy => 3,
        S.openat2 or S.mknodat or S.prlimit64 or S.rt_sigaction or S.rt_sigprocmask or S.faccessat2 or S.fchmodat or S.linkat => 4,
        S.move_mount or S.mount_setattr or S.fsconfig or S.mount or S.fchownat or S.statx => 5,
        _ => 6,
    };

    internal static string Number(ChildStep* step, int argument)
    {
        nint value = (&step->A0)[argument];
        return (step->Number, argument) switch
        {
            (S.openat or S.openat2 or S.open_tree or S.move_mount or S.mkdirat or S.mknodat or S.mount_setattr, 0) or (S.move_mount, 2) when value == Fcntl.AT_FDCWD => "AT_FDCWD",
            (S.openat, 2) => OpenFlags(value),
            (S.openat, 3) or (S.umask, 0) or (S.mkdirat, 2) or (S.fchmod, 1) => Octal(value),
            (S.mknodat, 2) => Mode(value),
            (S.mknodat, 3) when value != 0 => Device(value),
            (S.open_tree, 2) => Flags(value, (Mount.OPEN_TREE_CLONE, "OPEN_TREE_CLONE"), (Mount.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLOEXEC"), (Fcntl.AT_EMPTY_PATH, "AT_EMPTY_PATH"), (Fcntl.AT_RECURSIVE, "AT_RECURSIVE"), (Fcntl.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW")),
            (S.move_mount, 4) => Flags(value, (Mount.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"), (Mount.MOVE_MOUNT_T_EMPTY_PATH, "MOVE_MOUNT_T_EMPTY_PATH"), (Mount.MOVE_MOUNT_T_SYMLINKS, "MOVE_MOUNT_T_SYMLINKS")),
            (S.mount_setattr, 2) => Flags(value, (Fcntl.AT_EMPTY_PATH, "AT_EMPTY_PATH"), (Fcntl.AT_RECURSIVE, "AT_RECURSIVE")),
            (S.fchownat, 4) or (S.unlinkat, 2) => Flags(value, (Fcntl.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"), (Fcntl.AT_REMOVEDIR, "AT_REMOVEDIR")),
            (S.fsopen, 1) => Flags(value, (Mount.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")),
            (S.fsconfig, 1) => FsconfigCommand(value),
            (S.fsmount, 1) => Flags(value, (Mount.FSMOUNT_CLOEXEC, "FSMOUNT_CLOEXEC")),
            (S.fsmount, 2) => AttributeFlags(value),
            (S.mount, 3) => MountFlags(value),
            (S.umount2, 1) => Flags(value, (Mount.MNT_DETACH, "MNT_DETACH")),
            (S.setns, 1) or (S.unshare, 0) => NamespaceFlags.Describe(value),
            (S.prctl, _) => PrctlWord(step->A0, argument, value),
            (S.keyctl, _) => KeyctlWord(argument, value),
            (S.ioctl, 1) => Control(value),
            (S.ioctl, 2) when step->A1 == 0x5441 => OpenFlags(value),
            (S.socket, 0) => value == 2 ? "AF_INET" : StepText.Plain(value),
            (S.socket, 1) => Flags(value, (2, "SOCK_DGRAM"), (Fcntl.O_CLOEXEC, "SOCK_CLOEXEC")),
            (S.fcntl, 1) => value == Fcntl.F_DUPFD_CLOEXEC ? "F_DUPFD_CLOEXEC" : StepText.Plain(value),
            (S.fchown, 1 or 2) or (S.fchownat, 2 or 3) => value == (long)uint.MaxValue ? "-1" : StepText.Plain(value),
            (S.close_range, 1) => value == (long)uint.MaxValue ? "~0" : StepText.Plain(value),
            (S.close_range, 2) => Flags(value, (Fcntl.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"), (Fcntl.CLOSE_RANGE_UNSHARE, "CLOSE_RANGE_UNSHARE")),
            (S.prlimit64, 1) => Resource.RlimitNameOf((int)value),
            (S.rt_sigprocmask, 0) => value == 2 ? "SIG_SETMASK" : StepText.Plain(value),
            (S.seccomp, 0) => value == Seccomp.SECCOMP_SET_MODE_FILTER ? "SECCOMP_SET_MODE_FILTER" : StepText.Plain(value),
            (S.seccomp, 1) => SeccompFlags(value),
            (S.ioprio_set, 0) => value == Resource.IOPRIO_WHO_PROCESS ? "IOPRIO_WHO_PROCESS" : StepText.Plain(value),
            (S.ioprio_set, 2) => $"IOPRIO_PRIO_VALUE({value >> 13}, {value & 0x1fff})",
            (S.personality, 0) => value switch { Resource.PER_LINUX => "PER_LINUX", Resource.PER_LINUX32 => "PER_LINUX32", _ => $"0x{value:x}" },
            (S.munmap, 0) => $"0x{value:x}",
            _ => StepText.Plain(value),
        };
    }

    internal static string Octal(nint value) => value == 0 ? "0" : "0" + Convert.ToString((long)value, 8);

    /// <summary>A device number as the kernel packs it: makedev(3).</summary>
    internal static string Device(nint value) => $"makedev({(value >> 8) & 0xfff}, {(value & 0xff) | ((value >> 12) & ~0xff)})";

    /// <summary>A file's type, and its permissions where there are any.</summary>
    internal static string Mode(nint value)
    {
        string type = (value & Stat.S_IFMT) switch
        {
            Stat.S_IFCHR => "S_IFCHR",
            Stat.S_IFBLK => "S_IFBLK",
            Stat.S_IFIFO => "S_IFIFO",
            Stat.S_IFREG => "S_IFREG",
            _ => "",
        };
        return type.Length == 0 || (value & 0xfff) != 0 ? $"{type}{(type.Length == 0 ? "" : "|")}{Octal(value & 0xfff)}" : type;
    }

    internal static string OpenFlags(nint value)
    {
        string words = Flags(
            value,
            (Fcntl.O_WRONLY, "O_WRONLY"),
            (Fcntl.O_RDWR, "O_RDWR"),
            (Fcntl.O_PATH, "O_PATH"),
            (Fcntl.O_DIRECTORY, "O_DIRECTORY"),
            (Fcntl.O_NOFOLLOW, "O_NOFOLLOW"),
            (Fcntl.O_NOCTTY, "O_NOCTTY"),
            (Fcntl.O_CREAT, "O_CREAT"),
            (Fcntl.O_EXCL, "O_EXCL"),
            (Fcntl.O_NONBLOCK, "O_NONBLOCK"),
            (Fcntl.O_CLOEXEC, "O_CLOEXEC"));
        return (value & (Fcntl.O_WRONLY | Fcntl.O_RDWR | Fcntl.O_PATH)) != 0 ? words : value == 0 ? "O_RDONLY" : "O_RDONLY|" + words;
    }

    internal static string ResolveFlags(nint value) => Flags(
        value,
        (Fcntl.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT"),
        (Fcntl.RESOLVE_BENEATH, "RESOLVE_BENEATH"),
        (Fcntl.RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV"),
        (Fcntl.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS"),
        (Fcntl.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS"));

    internal static string AttributeFlags(nint value) => Flags(
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

    internal static string PropagationFlags(nint value) => Flags(
        value,
        ((nint)Mount.MS_PRIVATE, "private"),
        ((nint)Mount.MS_SLAVE, "slave"),
        ((nint)Mount.MS_SHARED, "shared"),
        ((nint)Mount.MS_UNBINDABLE, "unbindable"));

    private static string MountFlags(nint value) => Flags(
        value,
        ((nint)Mount.MS_RDONLY, "MS_RDONLY"),
        ((nint)Mount.MS_NOSUID, "MS_NOSUID"),
        ((nint)Mount.MS_NODEV, "MS_NODEV"),
        ((nint)Mount.MS_NOEXEC, "MS_NOEXEC"),
        ((nint)Mount.MS_BIND, "MS_BIND"),
        ((nint)Mount.MS_REC, "MS_REC"));

    private static string FsconfigCommand(nint value) => value switch
    {
        Mount.FSCONFIG_SET_FLAG => "FSCONFIG_SET_FLAG",
        Mount.FSCONFIG_SET_STRING => "FSCONFIG_SET_STRING",
        Mount.FSCONFIG_SET_FD => "FSCONFIG_SET_FD",
        Mount.FSCONFIG_CMD_CREATE => "FSCONFIG_CMD_CREATE",
        Mount.FSCONFIG_CMD_RECONFIGURE => "FSCONFIG_CMD_RECONFIGURE",
        _ => StepText.Plain(value),
    };

    private static string SeccompFlags(nint value) => Flags(
        value,
        ((nint)Seccomp.SECCOMP_FILTER_FLAG_TSYNC, "SECCOMP_FILTER_FLAG_TSYNC"),
        ((nint)Seccomp.SECCOMP_FILTER_FLAG_LOG, "SECCOMP_FILTER_FLAG_LOG"),
        ((nint)Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
        ((nint)Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
        ((nint)Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));

    private static string PrctlWord(nint operation, int argument, nint value) => ((int)operation, argument) switch
    {
        (Prctl.PR_SET_DUMPABLE, 0) => "PR_SET_DUMPABLE",
        (Prctl.PR_SET_KEEPCAPS, 0) => "PR_SET_KEEPCAPS",
        (Prctl.PR_CAPBSET_DROP, 0) => "PR_CAPBSET_DROP",
        (Prctl.PR_SET_NO_NEW_PRIVS, 0) => "PR_SET_NO_NEW_PRIVS",
        (Prctl.PR_CAP_AMBIENT, 0) => "PR_CAP_AMBIENT",
        (Prctl.PR_CAP_AMBIENT, 1) => value == Prctl.PR_CAP_AMBIENT_RAISE ? "PR_CAP_AMBIENT_RAISE" : "PR_CAP_AMBIENT_CLEAR_ALL",
        (Prctl.PR_CAPBSET_DROP, 1) or (Prctl.PR_CAP_AMBIENT, 2) => Capability.NameOf((int)value),
        _ => StepText.Plain(value),
    };

    private static string KeyctlWord(int argument, nint value) => (argument, value) switch
    {
        (0, KEYCTL_JOIN_SESSION_KEYRING) => "KEYCTL_JOIN_SESSION_KEYRING",
        (0, KEYCTL_SETPERM) => "KEYCTL_SETPERM",
        (2, _) => $"0x{value:x}",
        _ => StepText.Plain(value),
    };

    private static string Control(nint request) => request switch
    {
        SIOCSIFFLAGS => "SIOCSIFFLAGS",
        TIOCSWINSZ => "TIOCSWINSZ",
        0x40045431 => "TIOCSPTLCK",
        0x5441 => "TIOCGPTPEER",
        0x540E => "TIOCSCTTY",
        _ => $"0x{request:x}",
    };

    private static string Flags(nint value, params ReadOnlySpan<(nint Bit, string Name)> names)
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
