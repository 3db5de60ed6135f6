using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Plan;

// The labels of security modules, which take effect with execve.
internal sealed partial class ProcessPlan
{

    internal void AddLabels()
    {
        if (!string.IsNullOrEmpty(process.ApparmorProfile))
        {
            if (Machine.TryStatus("/sys/module/apparmor/parameters/enabled", out _) != 0)
            {
                throw new ContainerException(
                    $"cannot apply the AppArmor profile \"{process.ApparmorProfile}\": this kernel runs without AppArmor",
                    FailureCode.NotSupported,
                    "take process.apparmorProfile out of config.json, or start the kernel with lsm=...,apparmor");
            }

            AddAttribute("attr/apparmor/exec", "exec " + process.ApparmorProfile, $"apply the AppArmor profile \"{process.ApparmorProfile}\"");
        }

        if (!string.IsNullOrEmpty(process.SelinuxLabel))
        {
            if (Machine.TryStatus("/sys/fs/selinux/enforce", out _) != 0)
            {
                throw new ContainerException(
                    $"cannot apply the SELinux label \"{process.SelinuxLabel}\": this kernel runs without SELinux",
                    FailureCode.NotSupported,
                    "take process.selinuxLabel out of config.json, or start the kernel with security=selinux");
            }

            AddAttribute("attr/exec", process.SelinuxLabel, $"apply the SELinux label \"{process.SelinuxLabel}\"");
        }
    }

    private void AddAttribute(string file, string value, string purpose)
    {
        plan.Begin(purpose);
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Slot proc = plan.NewSlot("own proc");
        Slot attribute = plan.NewSlot("attribute");
        plan.Call(SyscallNumber.fsopen, plan.Text("proc"), Mount.FSOPEN_CLOEXEC).Into(proc);
        plan.Call(SyscallNumber.fsconfig, proc, Mount.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, proc, Mount.FSMOUNT_CLOEXEC, 0).Into(proc);
        plan.Call(SyscallNumber.openat, proc, plan.Text("thread-self/" + file), Fcntl.O_WRONLY | Fcntl.O_CLOEXEC).Into(attribute);
        plan.Call(SyscallNumber.write, attribute, plan.Bytes(bytes), bytes.Length);
    }
}
