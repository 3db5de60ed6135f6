using System;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Mount = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Machine;

/// <summary>What guards the machine from containers: sealing, security modules, keyrings, capabilities.</summary>
internal static class SecurityExamination
{
    // What "spec" and the engines give a container, beside what few ask for.
    private const string Usual = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_RESOURCE";

    internal static void Run(Examination examination)
    {
        examination.Group = "security";
        Sealing(examination);
        Modules(examination);
        examination.Tried(
            "keyrings",
            Trial.Run(0, static plan =>
            {
                plan.Begin("join a session keyring");
                plan.Call(SyscallNumber.keyctl, 1, plan.Text("_ses.rideau-doctor")); // KEYCTL_JOIN_SESSION_KEYRING
            }),
            "each container gets a session keyring of its own",
            "raise kernel.keys.maxkeys, or give --no-new-keyring");
        CapabilitiesOfRoot(examination);
    }

    // The same ways in the same order as Rideau.Child.Before.Seal.
    private static void Sealing(Examination examination)
    {
        const string Name = "sealing";
        const string Program = "/proc/self/exe";
        if (Trial.Run(0, static plan =>
        {
            plan.Begin("clone the mount of the program's file and make it read-only");
            Slot tree = plan.NewSlot("program");
            plan.Call(SyscallNumber.open_tree, Fcntl.AT_FDCWD, plan.Text(Program), Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC).Into(tree);
            plan.Call(SyscallNumber.mount_setattr, tree, plan.Text(""), Fcntl.AT_EMPTY_PATH, plan.Data(new mount_attr { attr_set = (ulong)Mount.MOUNT_ATTR_RDONLY }), 32);
        }).Succeeded)
        {
            examination.Ok(Name, "containers see the program's file by a read-only mount of its own");
            return;
        }

        _ = Files.TryStatus(Program, out FileStatus status); // ignored: a failure leaves an owner that is not this user
        TrialResult writable = Trial.Run(0, static plan =>
        {
            plan.Begin("look whether the program's file may be written");
            plan.Call(SyscallNumber.faccessat, Fcntl.AT_FDCWD, plan.Text(Program), 2); // W_OK
        });
        if (status.Uid != Credentials.EffectiveUid && writable.Errno is Errno.EACCES or Errno.EROFS)
        {
            examination.Ok(Name, "this user cannot write the program's file, so containers of this user cannot either");
            return;
        }

        TrialResult copy = Trial.Run(0, static plan =>
        {
            plan.Begin("seal a file in memory");
            Slot file = plan.NewSlot("copy");
            plan.Call(SyscallNumber.memfd_create, plan.Text("rideau-doctor"), Fcntl.MFD_CLOEXEC | Fcntl.MFD_ALLOW_SEALING).Into(file);
            plan.Call(SyscallNumber.fcntl, file, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE);
        });
        if (copy.Succeeded && KernelFile.Number("/proc/sys/vm/memfd_noexec") is not 2)
        {
            examination.Ok(Name, "the program is copied to a sealed file in memory for each container");
        }
        else
        {
            examination.Warning(Name, copy.Succeeded ? "sysctl vm.memfd_noexec is 2: no program runs from memory" : copy.Reason, "install the program where this user cannot write it (./install as root)");
        }
    }

    private static void Modules(Examination examination)
    {
        bool appArmor = KernelFile.IsOn("/sys/module/apparmor/parameters/enabled");
        bool selinux = Files.TryStatus("/sys/fs/selinux/enforce", out _) == 0;
        string modules = KernelFile.Text("/sys/kernel/security/lsm") ?? "the list is not there: securityfs is not mounted";
        examination.Ok("modules", modules);
        examination.Ok("AppArmor", appArmor ? "on: process.apparmorProfile is applied" : "not on: a profile in config.json is refused");
        examination.Ok("SELinux", selinux ? "on: process.selinuxLabel is applied" : "not on: a label in config.json is refused");
        string? lockdown = KernelFile.Text("/sys/kernel/security/lockdown");
        if (lockdown is not null && lockdown.Contains("[confidentiality]", StringComparison.Ordinal))
        {
            examination.Warning("lockdown", lockdown, "BPF programs, and so device rules on cgroup v2, may be refused");
        }
    }

    private static void CapabilitiesOfRoot(Examination examination)
    {
        if (Privilege.IsUnprivileged)
        {
            return;
        }

        string missing = "";
        foreach (string name in Usual.Split(' '))
        {
            for (int capability = 0; capability <= Capability.Last; capability++)
            {
                if (Capability.NameOf(capability) == name && !Credentials.IsInBoundingSet(capability))
                {
                    missing += (missing.Length == 0 ? "" : ", ") + name;
                }
            }
        }

        if (missing.Length == 0)
        {
            examination.Ok("capabilities", "all that containers usually have");
        }
        else
        {
            examination.Warning("capabilities", $"not in the bounding set: {missing}", "containers cannot have what the runtime has not; without CAP_SYS_RESOURCE hard limits cannot be raised nor oom_score_adj lowered");
        }
    }
}
