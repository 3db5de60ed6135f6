using System.Collections.Generic;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>Which namespaces the container gets new, which it joins, and in what order.</summary>
/// <remarks>
/// New ones come with clone3, all at once, but three: a cgroup namespace, because its root is the cgroup
/// that its maker is in, which the child is put into after its birth; a time namespace with offsets,
/// because they must be written before anyone is in it; and all of them where a user namespace is joined,
/// because they are to be owned by that one. In the last case, and where a pid namespace is joined, a
/// second process goes on (CLONE_PARENT) and the first ends.
/// spec: config-linux.md#namespaces · man: namespaces(7), setns(2)
/// </remarks>
internal sealed class NamespacesPlan
{
    private readonly List<(long Kind, string Type, string Path, OwnedFd Descriptor)> _joined = [];
    private readonly Dictionary<string, TimeOffset> _timeOffsets;
    private readonly bool _joinsUser;
    private readonly bool _joinsPid;

    /// <summary>Opens what is to be joined.</summary>
    internal NamespacesPlan(Linux linux, MachineView? machine = null)
    {
        machine ??= MachineView.Real;
        _timeOffsets = linux.TimeOffsets;
        foreach (Namespace wanted in linux.Namespaces)
        {
            long kind = KindOf(wanted.Type);
            if (string.IsNullOrEmpty(wanted.Path))
            {
                New |= kind;
                continue;
            }

            int errno = machine.TryOpen(wanted.Path, Fcntl.O_RDONLY, out OwnedFd? descriptor);
            if (descriptor is null)
            {
                throw new ContainerException(
                    $"cannot open the {wanted.Type} namespace \"{wanted.Path}\": {Errno.Describe(errno)}",
                    FailureCode.InvalidArgument,
                    errno == Errno.ENOENT ? "the process or the bind mount that kept this namespace is gone" : null);
            }

            if (kind == Sched.CLONE_NEWNS && IsCallersMountNamespace(descriptor, machine))
            {
                descriptor.Dispose();
                throw new ContainerException(
                    $"cannot join the mount namespace \"{wanted.Path}\": it is the caller's own, and the container's mounts would be made on the machine",
                    FailureCode.InvalidArgument,
                    "leave the path out of linux.namespaces: the container gets a mount namespace of its own");
            }

            _joined.Add((kind, wanted.Type, wanted.Path, descriptor));
            _joinsUser |= kind == Sched.CLONE_NEWUSER;
            _joinsPid |= kind == Sched.CLONE_NEWPID;
        }
    }

    /// <summary>The kinds that are new, as CLONE_NEW flags.</summary>
    internal long New { get; }

    /// <summary>True where the child is in a user namespace other than the caller's.</summary>
    internal bool InUserNamespace => _joinsUser || (New & Sched.CLONE_NEWUSER) != 0;

    /// <summary>True where the process that clone3 made ends, and a sibling goes on.</summary>
    internal bool GoesOn => _joinsUser || _joinsPid;

    /// <summary>The flags for clone3.</summary>
    internal long CloneFlags => _joinsUser ? 0 : New & ~Later;

    private long Later => Sched.CLONE_NEWCGROUP | (_timeOffsets.Count > 0 ? Sched.CLONE_NEWTIME : 0);

    /// <summary>The flag of a namespace type in the specification's words.</summary>
    internal static long KindOf(string type) => type switch
    {
        "mount" => Sched.CLONE_NEWNS,
        "pid" => Sched.CLONE_NEWPID,
        "network" => Sched.CLONE_NEWNET,
        "ipc" => Sched.CLONE_NEWIPC,
        "uts" => Sched.CLONE_NEWUTS,
        "user" => Sched.CLONE_NEWUSER,
        "cgroup" => Sched.CLONE_NEWCGROUP,
        "time" => Sched.CLONE_NEWTIME,
        _ => throw new ContainerException($"linux.namespaces: unknown type \"{type}\"", FailureCode.InvalidArgument),
    };

    /// <summary>As the specification calls the type.</summary>
    internal static string WordOf(NamespaceType type) => type == NamespaceType.Network ? "network" : type.Word;

    /// <summary>Adds the steps by which the child comes into all its namespaces.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="unprivileged">The caller has rights only in the user namespace that is joined, so that one comes first.</param>
    /// <param name="keepsGroups">The caller's supplementary groups stay.</param>
    internal void Add(ChildPlanBuilder plan, bool unprivileged, bool keepsGroups)
    {
        if (_joinsUser && !unprivileged && !keepsGroups)
        {
            plan.Begin("drop the caller's supplementary groups");
            plan.Call(SyscallNumber.setgroups, 0, 0);
        }

        foreach (var join in _joined)
        {
            if (join.Kind == Sched.CLONE_NEWUSER && unprivileged)
            {
                Join(plan, join);
            }
        }

        foreach (var join in _joined)
        {
            if (join.Kind != Sched.CLONE_NEWUSER)
            {
                Join(plan, join);
            }
        }

        foreach (var join in _joined)
        {
            if (join.Kind == Sched.CLONE_NEWUSER && !unprivileged)
            {
                Join(plan, join);
            }
        }

        if (GoesOn)
        {
            plan.Begin("go on in the namespaces that were joined");
            plan.CloneOnward(_joinsUser ? New & ~Later : 0);
        }

        if ((New & Sched.CLONE_NEWCGROUP) != 0)
        {
            plan.Begin("make the cgroup namespace");
            plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWCGROUP);
        }

        if ((New & Sched.CLONE_NEWTIME) != 0 && _timeOffsets.Count > 0)
        {
            AddTime(plan);
        }
    }

    private static bool IsCallersMountNamespace(OwnedFd descriptor, MachineView machine)
    {
        FileStatus joined = Files.Status(descriptor);
        return machine.TryStatus("/proc/self/ns/mnt", out FileStatus own) == 0
            && joined.Inode == own.Inode && joined.DeviceMajor == own.DeviceMajor && joined.DeviceMinor == own.DeviceMinor;
    }

    private static void Join(ChildPlanBuilder plan, (long Kind, string Type, string Path, OwnedFd Descriptor) join)
    {
        plan.Name(join.Descriptor.Number, $"{join.Type} namespace");
        plan.Begin($"join the {join.Type} namespace \"{join.Path}\"");
        plan.Call(SyscallNumber.setns, join.Descriptor, join.Kind);
    }

    private void AddTime(ChildPlanBuilder plan)
    {
        plan.Begin("make the time namespace and set its offsets");
        plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWTIME);
        var text = new StringBuilder();
        foreach ((string clock, TimeOffset offset) in _timeOffsets)
        {
            text.Append(clock).Append(' ').Append(offset.Seconds).Append(' ').Append(offset.Nanoseconds).Append('\n');
        }

        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        Slot file = plan.NewSlot("timens_offsets");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/proc/self/timens_offsets"), Fcntl.O_WRONLY | Fcntl.O_CLOEXEC).Into(file);
        plan.Call(SyscallNumber.write, file, plan.Bytes(bytes), bytes.Length);
        Slot time = plan.NewSlot("time namespace");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/proc/self/ns/time_for_children"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC).Into(time);
        plan.Call(SyscallNumber.setns, time, Sched.CLONE_NEWTIME);
    }
}
