using System;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>What to do about a failed call on namespaces. docs/errors.md lists them.</summary>
public static class NamespaceHints
{
    /// <summary>The sentence, or null where nothing better than the errno is known.</summary>
    public static string? Find(string operation, int errno) => (operation, errno) switch
    {
        ("clone3" or "unshare" or "clone_onward", Errno.EPERM) => RefusalOfUserNamespaces()
            ?? "new namespaces need root, or a user namespace that owns them: add --user, or name one with --user-of",
        ("clone3" or "unshare" or "clone_onward", Errno.ENOSPC) => "a limit of /proc/sys/user/max_*_namespaces is reached, or namespaces are nested deeper than 32; see namespaces(7)",
        ("clone3" or "clone_onward", Errno.EAGAIN) => "the limit of processes is reached: RLIMIT_NPROC, pids.max of the cgroup, or /proc/sys/kernel/pid_max",
        ("clone3" or "clone_onward", Errno.ENOMEM) => "the init of the pid namespace has ended; a pid namespace takes no more processes then",
        ("setns", Errno.EPERM) => "joining a namespace needs CAP_SYS_ADMIN in the user namespace that owns it; join that user namespace too",
        ("setns", Errno.EINVAL) => "the namespace is of another type, or the process is in that user namespace already",
        ("mount", Errno.EINVAL) => "a mount namespace can be kept only by a mount namespace older than itself",
        ("sethostname", Errno.EPERM) => "a host name needs a uts namespace of its own: add --uts",
        ("write", Errno.ERANGE or Errno.EINVAL) => "a clock cannot be moved so far, or the boot clock not before the boot; see time_namespaces(7)",
        ("setresuid" or "setresgid", Errno.EINVAL) => "the id is not mapped into the user namespace",
        _ => null,
    };

    /// <summary>Which setting of this machine refuses user namespaces to ordinary users, or null where none does.</summary>
    public static string? RefusalOfUserNamespaces()
    {
        if (Number("/proc/sys/user/max_user_namespaces") == 0)
        {
            return "user namespaces are turned off: sysctl user.max_user_namespaces is 0";
        }

        if (Number("/proc/sys/kernel/unprivileged_userns_clone") == 0)
        {
            return "unprivileged user namespaces are turned off: sysctl -w kernel.unprivileged_userns_clone=1";
        }

        return Number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1
            ? "AppArmor restricts unprivileged user namespaces: install a profile for rideau that allows userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
            : null;
    }

    private static int Number(string path)
    {
        try
        {
            return int.TryParse(Encoding.ASCII.GetString(Files.ReadAll(path, 64)).AsSpan().Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : -1;
        }
        catch (LinuxException)
        {
            return -1;
        }
    }
}
