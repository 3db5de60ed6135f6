using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Machine;

/// <summary>Each namespace, made once.</summary>
internal static class NamespacesExamination
{
    // "nobody", as most machines number it.
    private const int OrdinaryUser = 65534;

    internal static void Run(Examination examination)
    {
        examination.Group = "namespaces";
        long user = examination.UserNamespace;
        One(examination, "user", Sched.CLONE_NEWUSER, "user", required: user != 0);
        OrdinaryUsers(examination);
        One(examination, "mount", user | Sched.CLONE_NEWNS, "mnt", required: true);
        One(examination, "pid", user | Sched.CLONE_NEWPID, "pid", required: true);
        One(examination, "network", user | Sched.CLONE_NEWNET, "net", required: true);
        One(examination, "ipc", user | Sched.CLONE_NEWIPC, "ipc", required: true);
        One(examination, "uts", user | Sched.CLONE_NEWUTS, "uts", required: true);
        One(examination, "cgroup", user | Sched.CLONE_NEWCGROUP, "cgroup", required: false);
        One(examination, "time", user | Sched.CLONE_NEWTIME, "time", required: false);
    }

    private static void One(Examination examination, string name, long flags, string limit, bool required)
    {
        string path = $"/proc/sys/user/max_{limit}_namespaces";
        long? most = KernelFile.Number(path);
        TrialResult result = Trial.Run(flags, static _ => { });
        string? advice = result.Errno switch
        {
            Errno.EINVAL => $"this kernel has no {name} namespaces (CONFIG_{limit.ToUpperInvariant()}_NS)",
            Errno.ENOSPC when most == 0 => $"sysctl -w user.max_{limit}_namespaces=15000",
            Errno.EPERM or Errno.EACCES => ErrorHints.Find("clone3", Errno.EPERM),
            _ => ErrorHints.Find("clone3", result.Errno),
        };
        examination.Tried(name, result, most is null ? "can be made" : $"can be made, {most} by each user", advice, required);
    }

    // As root: would another user be allowed to?
    private static void OrdinaryUsers(Examination examination)
    {
        if (examination.UserNamespace != 0 || Credentials.EffectiveUid != 0)
        {
            return;
        }

        TrialResult result = Trial.Run(0, static plan =>
        {
            plan.Begin("become an ordinary user");
            plan.Call(SyscallNumber.setresgid, OrdinaryUser, OrdinaryUser, OrdinaryUser);
            plan.Call(SyscallNumber.setresuid, OrdinaryUser, OrdinaryUser, OrdinaryUser);
            plan.Begin("make a user namespace");
            plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWUSER);
        });
        if (result.Succeeded)
        {
            examination.Ok("user, without privilege", "ordinary users can make them");
        }
        else
        {
            examination.Warning("user, without privilege", result.Reason, ErrorHints.Find("clone3", Errno.EPERM));
        }
    }
}
