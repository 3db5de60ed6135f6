using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Mounts of a container that runs already: made outside, attached nowhere, and moved to places that are opened inside the container's root.</summary>
/// <remarks>
/// The container's files are not trusted, and neither is its view of the machine: sources are opened before its mount
/// namespace is joined, destinations by openat2 in its root. Where the container has a user namespace, sources go through
/// a mount namespace of that one, so that root in the container cannot take off what they forbid (read-only, nosuid and so on),
/// and new file systems are made in it, so that they belong to the container's ids.
/// man: open_tree(2), move_mount(2), setns(2), mount_namespaces(7)
/// </remarks>
internal sealed class HotMountsPlan(PlanContext context, OwnedFd initPidFd)
{
    private readonly List<(MountWork Work, Slot Mount)> _mounts = [];
    private readonly List<int> _attached = [];
    private ChildPlanBuilder Plan => context.Plan;

    /// <summary>How many mounts were attached before a step, which failed.</summary>
    internal int AttachedBefore(int step)
    {
        int count = 0;
        while (count < _attached.Count && _attached[count] <= step)
        {
            count++;
        }

        return count;
    }

    /// <summary>Adds all steps for new mounts.</summary>
    internal void AddMounts(List<Spec.Mount> mounts)
    {
        Arrive();
        foreach (Spec.Mount mount in mounts)
        {
            var work = new MountWork(context, mount);
            MountsPlan.CheckDestination(work);
            _mounts.Add((work, Plan.NewSlot($"mount {_mounts.Count}")));
        }

        if (context.InUserNamespace)
        {
            AddSourcesThroughUserNamespace();
        }
        else
        {
            AddSources(detachedOnly: true);
            AddFileSystems();
        }

        EnterMounts();
        foreach ((MountWork work, Slot mount) in _mounts)
        {
            Plan.Begin($"mount {work.Name} on \"{work.Destination}\"");
            MountTarget target = context.Targets.Reach(context, work.Destination, IsFile(work) ? RootTarget.File : RootTarget.Directory);
            context.Targets.Attach(Plan, mount, target);
            _attached.Add(Plan.Count);
        }

        Plan.Send(context.Channel, Protocol.Ready);
    }

    /// <summary>Adds all steps that take mounts away, the last first.</summary>
    internal void AddRemovals(List<string> destinations)
    {
        Arrive();
        EnterMounts();
        for (int i = destinations.Count - 1; i >= 0; i--)
        {
            string destination = MountTargets.Clean(destinations[i]);
            if (destination == "/")
            {
                throw new ContainerException("cannot unmount \"/\": it is the container's root", FailureCode.InvalidArgument);
            }

            Plan.Begin($"unmount \"{destination}\"");
            int slash = destination.LastIndexOf('/');
            Slot above = context.Targets.Place(Plan);
            Plan.OpenInRoot(context.Root, slash == 0 ? "/" : destination[..slash], RootTarget.MustExist).Into(above);
            Plan.Call(SyscallNumber.fchdir, above);
            // One name below a descriptor, and no link: nothing that the container moves about meanwhile is met.
            Plan.Call(SyscallNumber.umount2, Plan.Text(destination[(slash + 1)..]), Abi.MNT_DETACH | Abi.UMOUNT_NOFOLLOW);
        }

        Plan.Send(context.Channel, Protocol.Ready);
    }

    private void Arrive()
    {
        Plan.Begin("protect the child from being looked into");
        Plan.Call(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
        Plan.Call(SyscallNumber.umask, 0);
    }

    private void AddSources(bool detachedOnly)
    {
        foreach ((MountWork work, Slot mount) in _mounts)
        {
            if (!work.IsBind)
            {
                continue;
            }

            Plan.Begin($"open {work.Name} for \"{work.Destination}\"");
            work.Clone(work.Source, work.Options.IsRecursive).Into(mount);
            BindMounts.AddAttributes(work, mount);
            if (detachedOnly)
            {
                work.FinishDetached(mount);
            }
        }
    }

    private void AddFileSystems()
    {
        foreach ((MountWork work, Slot mount) in _mounts)
        {
            if (!work.IsBind)
            {
                Plan.Begin($"make a file system of type {work.Type} for \"{work.Destination}\"");
                NewFileSystems.AddNew(work, work.Type, mount, work.Options.NewMountAttributes);
                work.FinishDetached(mount);
            }
        }
    }

    private void AddSourcesThroughUserNamespace()
    {
        AddSources(detachedOnly: false);
        Plan.Begin("make a mount namespace in which the sources are gathered");
        Plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWNS);
        RootfsPlan.SetPropagation(Plan, Fcntl.AT_FDCWD, Plan.Text("/"), new Propagation(Abi.MS_PRIVATE, true), 0);
        Slot gathering = Plan.NewSlot("gathering place");
        Slot fileSystem = context.Targets.FileSystem(Plan);
        Plan.Call(SyscallNumber.fsopen, Plan.Text("tmpfs"), Abi.FSOPEN_CLOEXEC).Into(fileSystem);
        NewFileSystems.Configure(Plan, fileSystem, "mode", "0755");
        Plan.Call(SyscallNumber.fsconfig, fileSystem, Abi.FSCONFIG_CMD_CREATE, 0, 0, 0);
        Plan.Call(SyscallNumber.fsmount, fileSystem, Abi.FSMOUNT_CLOEXEC, 0).Into(gathering);
        Plan.Call(SyscallNumber.move_mount, gathering, Plan.Text(""), Fcntl.AT_FDCWD, Plan.Text(context.StateDirectory), Abi.MOVE_MOUNT_F_EMPTY_PATH);
        for (int i = 0; i < _mounts.Count; i++)
        {
            (MountWork work, Slot mount) = _mounts[i];
            if (work.IsBind)
            {
                Argument name = Plan.Text(Number(i));
                _ = IsFile(work)
                    ? Plan.Call(SyscallNumber.mknodat, gathering, name, Stat.S_IFREG | 0x1a4, 0)
                    : Plan.Call(SyscallNumber.mkdirat, gathering, name, 0x1ed);
                Plan.Call(SyscallNumber.move_mount, mount, Plan.Text(""), gathering, name, Abi.MOVE_MOUNT_F_EMPTY_PATH);
            }
        }

        Plan.Call(SyscallNumber.fchdir, gathering);
        Plan.Begin("join the container's user namespace");
        Plan.Call(SyscallNumber.setgroups, 0, 0);
        Plan.Call(SyscallNumber.setns, initPidFd, Sched.CLONE_NEWUSER);
        IdentityInUserNamespace.Add(Plan, context.Configuration.Linux ?? new Spec.Linux(), groupsDenied: false);
        Plan.Begin("copy the sources into a mount namespace of the container's user namespace, where their flags are locked");
        Plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWNS);
        for (int i = 0; i < _mounts.Count; i++)
        {
            (MountWork work, Slot mount) = _mounts[i];
            if (work.IsBind)
            {
                work.Clone(Number(i), recursive: true).Into(mount);
                work.FinishDetached(mount);
            }
        }

        AddFileSystems();
    }

    private void EnterMounts()
    {
        Plan.Begin("join the container's mount namespace");
        Plan.Call(SyscallNumber.setns, initPidFd, Sched.CLONE_NEWNS);
        context.Root = Plan.NewSlot("root");
        Plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, Plan.Text("/"), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC).Into(context.Root);
    }

    private static bool IsFile(MountWork work)
    {
        if (!work.IsBind)
        {
            return false;
        }

        int errno = work.Context.Machine.TryStatus(work.Source, out FileStatus status);
        return errno == 0 ? !status.IsDirectory : throw work.Refused($"source: {Errno.Describe(errno)}");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
