using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>What the container's process is: its directory, rights, identity and program. Serves create and exec alike.</summary>
/// <remarks>The order is that of ENGINE-CONTRACT 24 and docs/stages.md; each step is made with as little privilege as it needs.</remarks>
internal sealed partial class ProcessPlan(ChildPlanBuilder plan, Process process, Log log)
{
    private CapabilitySets _capabilities;
    private Slot _executable = Slot.None;

    /// <summary>What is asked of the machine.</summary>
    internal MachineView Machine { get; init; } = MachineView.Real;

    /// <summary>The seccomp filter, compiled; null for none.</summary>
    internal SeccompSteps? Seccomp { get; init; }

    /// <summary>Supplementary groups may not be set: a user namespace mapped without privilege.</summary>
    internal bool GroupsDenied { get; init; }

    /// <summary>The child is in a user namespace other than the caller's.</summary>
    internal bool InUserNamespace { get; init; }

    /// <summary>Descriptors from 3 on that the process gets.</summary>
    internal int PreservedDescriptors { get; init; }

    /// <summary>Sockets that are opened for the process and come behind those that the caller passes on; null for none.</summary>
    internal SocketHandover? Sockets { get; init; }

    /// <summary>The child waits at the start gate.</summary>
    internal bool Waits { get; init; }

    /// <summary>Personality of the container, or null.</summary>
    internal Personality? Personality { get; init; }

    /// <summary>Everything up to and with the identity, so that what follows is done as the container's user.</summary>
    internal void AddRights()
    {
        _capabilities = CapabilitySets.From(process.Capabilities, InUserNamespace || process.Capabilities is null ? ulong.MaxValue : Machine.PermittedCapabilities, log);
        if (process.NoNewPrivileges)
        {
            plan.Begin("set no_new_privs");
            plan.Call(SyscallNumber.prctl, Prctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }

        // All are blocked until execve. An engine or a shell that ignores some is no reason for the container to; .NET ignores SIGPIPE.
        plan.Begin("reset the signals");
        plan.ResetSignals(Signals.Ignored());
        if (Waits)
        {
            // Whoever stops a container that nobody has started sends it a signal, and waits for its end. Not SIGHUP, which also
            // says that the other end of its terminal was closed: the program is to see that. Before the filter, which need not allow it.
            plan.Begin("let signals end the process while it waits");
            plan.EndBySignals(Signals.Ending & ~(1UL << (Signals.SIGHUP - 1)));
        }

        AddScheduling();

        // What a filter has no business with comes before it: profiles are written for the container's program.
        AddLimits();
        AddInheritance();
        if (!process.NoNewPrivileges)
        {
            Seccomp?.Add(plan);
        }

        AddDirectory();
        AddBoundingSet();
        AddIdentity();
        plan.Begin($"check that the working directory \"{process.Cwd}\" is inside the container");
        plan.CheckWorkingDirectory();
        AddCapabilities();
        AddExecutable();
        if (process.NoNewPrivileges)
        {
            Seccomp?.Add(plan);
        }
    }

    /// <summary>The last steps: nothing of the runtime is left but the numbers in the plan.</summary>
    internal void AddExecution(IReadOnlyList<string> environment)
    {
        plan.Begin($"execute \"{process.Args[0]}\"");
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execve, _executable, plan.TextArray(process.Args), Sockets?.Environment(plan, environment) ?? plan.TextArray(environment));
    }

    private void AddInheritance()
    {
        Sockets?.AddSteps(plan);

        // Closed, not only marked: what is open could still be named by the working directory, or by the program's path (CVE-2024-21626).
        plan.Begin("close what the process does not inherit");
        plan.CloseOthers(3 + PreservedDescriptors);
        plan.Call(SyscallNumber.close_range, 3 + PreservedDescriptors, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        plan.Begin("set the umask");
        plan.Call(SyscallNumber.umask, process.User.Umask ?? 0x12); // 022
    }

    private void AddDirectory()
    {
        plan.Begin($"change the working directory to \"{process.Cwd}\"");

        // Once now, with privilege, and once as the user where that was refused (a directory on NFS, or of another owner).
        Step step = plan.Call(SyscallNumber.chdir, plan.Text(process.Cwd));
        if (process.User.Uid != 0)
        {
            step.Tolerating(Errno.EPERM).Tolerating(Errno.EACCES);
        }
    }

    private void AddLimits()
    {
        bool openFilesGiven = false;
        foreach (Rlimit limit in process.Rlimits)
        {
            openFilesGiven |= limit.Type == "RLIMIT_NOFILE";
            plan.Begin($"set {limit.Type} to {limit.Soft}, {limit.Hard}");
            plan.Call(SyscallNumber.prlimit64, 0, Resource.RlimitNumberOf(limit.Type), plan.Data(new rlimit64 { rlim_cur = limit.Soft, rlim_max = limit.Hard }), 0);
        }

        if (!openFilesGiven && Machine.OpenFiles is { } inherited)
        {
            plan.Begin("give the process the caller's limit of open files");
            plan.Call(SyscallNumber.prlimit64, 0, Resource.RLIMIT_NOFILE, plan.Data(inherited), 0);
        }
    }

    private void AddBoundingSet()
    {
        if (process.Capabilities is null)
        {
            return;
        }

        plan.Begin("drop capabilities from the bounding set");
        for (int capability = 0; capability <= Capability.Last; capability++)
        {
            if ((_capabilities.Bounding & (1UL << capability)) == 0)
            {
                // EINVAL: the kernel is older than this capability.
                plan.Call(SyscallNumber.prctl, Prctl.PR_CAPBSET_DROP, capability, 0, 0, 0).Tolerating(Errno.EINVAL);
            }
        }
    }

    private void AddIdentity()
    {
        User user = process.User;
        bool changes = user.Uid != 0;
        if (changes)
        {
            plan.Begin("keep capabilities while the user changes");
            plan.Call(SyscallNumber.prctl, Prctl.PR_SET_KEEPCAPS, 1, 0, 0, 0);
        }

        plan.Begin($"set the supplementary groups [{string.Join(", ", user.AdditionalGids)}]");
        if (!GroupsDenied)
        {
            Span<byte> groups = new byte[Math.Max(4, user.AdditionalGids.Count * 4)];
            for (int i = 0; i < user.AdditionalGids.Count; i++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(groups[(i * 4)..], user.AdditionalGids[i]);
            }

            Step step = plan.Call(SyscallNumber.setgroups, user.AdditionalGids.Count, plan.Bytes(groups));
            if (InUserNamespace && user.AdditionalGids.Count == 0)
            {
                step.Tolerating(Errno.EPERM); // there are none any more, see IdentityInUserNamespace
            }
        }

        plan.Begin($"become group {user.Gid}");
        plan.Call(SyscallNumber.setresgid, user.Gid, user.Gid, user.Gid);
        plan.Begin($"become user {user.Uid}");
        plan.Call(SyscallNumber.setresuid, user.Uid, user.Uid, user.Uid);
        if (changes)
        {
            plan.Begin($"change the working directory to \"{process.Cwd}\" as user {user.Uid}");
            plan.Call(SyscallNumber.chdir, plan.Text(process.Cwd));
        }
    }

    private void AddCapabilities()
    {
        if (process.Capabilities is null)
        {
            return;
        }

        plan.Begin("set the capabilities");
        plan.Call(
            SyscallNumber.capset,
            plan.Data(new cap_user_header { version = Capability._LINUX_CAPABILITY_VERSION_3 }),
            plan.Data(new cap_user_data
            {
                effective0 = (uint)(_capabilities.Effective & uint.MaxValue),
                permitted0 = (uint)(_capabilities.Permitted & uint.MaxValue),
                inheritable0 = (uint)(_capabilities.Inheritable & uint.MaxValue),
                effective1 = (uint)(_capabilities.Effective >> 32),
                permitted1 = (uint)(_capabilities.Permitted >> 32),
                inheritable1 = (uint)(_capabilities.Inheritable >> 32),
            }));
        plan.Begin("set the ambient capabilities");
        plan.Call(SyscallNumber.prctl, Prctl.PR_CAP_AMBIENT, Prctl.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0).Tolerating(Errno.EINVAL);
        for (int capability = 0; capability <= Capability.Last; capability++)
        {
            if ((_capabilities.Ambient & (1UL << capability)) != 0)
            {
                // EPERM: not in the permitted and inheritable sets. The field lets that pass.
                plan.Call(SyscallNumber.prctl, Prctl.PR_CAP_AMBIENT, Prctl.PR_CAP_AMBIENT_RAISE, capability, 0, 0).Tolerating(Errno.EPERM).Tolerating(Errno.EINVAL);
            }
        }
    }

    private void AddExecutable()
    {
        string program = process.Args[0];
        plan.Begin($"find the executable \"{program}\"");
        _executable = plan.NewSlot("executable");
        plan.FindExecutable(SearchPath.Candidates(program, process.Env)).Into(_executable);
    }
}
