using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Kernel parameters of the container's own namespaces.</summary>
/// <remarks>
/// Written through a proc file system of the plan's own, and never across a mount in it: the container's /proc could have
/// another file in that place (CVE-2025-52881). To be added before read-only and masked paths.
/// spec: config-linux.md#sysctl · man: proc(5)
/// </remarks>
internal static class SysctlPlan
{
    public static void Add(PlanContext context)
    {
        Dictionary<string, string>? sysctl = context.Configuration.Linux?.Sysctl;
        if (sysctl is null or { Count: 0 })
        {
            return;
        }

        ChildPlanBuilder plan = context.Plan;
        Slot proc = OpenProc(context);
        Slot file = plan.NewSlot("sysctl");
        var how = plan.Data(new open_how
        {
            flags = (ulong)(uint)(Fcntl.O_WRONLY | Fcntl.O_CLOEXEC | Fcntl.O_NOFOLLOW),
            resolve = (ulong)(Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_XDEV | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS),
        });
        foreach ((string name, string value) in sysctl)
        {
            plan.Begin($"set the sysctl \"{name}\" to \"{value}\"");
            plan.Call(SyscallNumber.openat2, proc, plan.Text("sys/" + PathOf(name)), how, SizeOfOpenHow).Into(file);
            plan.Call(SyscallNumber.write, file, plan.Text(value), Encoding.UTF8.GetByteCount(value));
            plan.Call(SyscallNumber.close, file);
        }
    }

    private const int SizeOfOpenHow = 24;

    /// <summary>The descriptor of a proc file system that is the plan's own; made if none is there yet.</summary>
    public static Slot OpenProc(PlanContext context)
    {
        if (context.Proc != Slot.None)
        {
            return context.Proc;
        }

        Slot mounted = context.Targets.RootOf(MountContents.Proc);
        if (mounted != Slot.None && !context.IsConfined)
        {
            context.Proc = mounted;
            return mounted;
        }

        ChildPlanBuilder plan = context.Plan;
        plan.Begin("make a proc file system of the program's own");
        context.Proc = plan.NewSlot("own proc");
        Slot fileSystem = context.Targets.FileSystem(plan);
        plan.Call(SyscallNumber.fsopen, plan.Text("proc"), Abi.FSOPEN_CLOEXEC).Into(fileSystem);
        plan.Call(SyscallNumber.fsconfig, fileSystem, Abi.FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call(SyscallNumber.fsmount, fileSystem, Abi.FSMOUNT_CLOEXEC, Abi.MOUNT_ATTR_NOSUID | Abi.MOUNT_ATTR_NODEV | Abi.MOUNT_ATTR_NOEXEC).Into(context.Proc);
        return context.Proc;
    }

    // As sysctl(8): the first separator that occurs separates, so that "net/ipv4/conf/eth0.5/forwarding" has a dot in a name.
    internal static string PathOf(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        return separator >= 0 && name[separator] == '/'
            ? name
            : name.Replace('.', '\0').Replace('/', '.').Replace('\0', '/');
    }
}
