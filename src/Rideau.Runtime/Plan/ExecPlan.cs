using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>The plan of one more process in a container: it joins what init is in, and takes the same last steps.</summary>
internal sealed class ExecPlan(ChildPlanBuilder plan, Configuration configuration, Process process, Log log)
{
    /// <summary>The child's end of the channel to the caller.</summary>
    internal required OwnedFd Channel { get; init; }

    /// <summary>The container's init.</summary>
    internal required OwnedFd InitPidFd { get; init; }

    /// <summary>The kinds of namespaces that the container has of its own, as CLONE_NEW flags.</summary>
    internal required long Namespaces { get; init; }

    internal OwnedFd? TerminalSocket { get; init; }

    /// <summary>The root directory to go to behind the namespaces; null stays at that of the mount namespace.</summary>
    internal OwnedFd? Root { get; init; }

    internal SeccompSteps? Seccomp { get; init; }

    internal bool GroupsDenied { get; init; }

    internal bool NewKeyring { get; init; }

    internal required string KeyringName { get; init; }

    internal int PreservedDescriptors { get; init; }

    internal SocketHandover? Sockets { get; init; }

    internal required IReadOnlyList<string> Environment { get; init; }

    /// <summary>True where the process that clone3 made ends, and a sibling goes on.</summary>
    internal bool GoesOn => (Namespaces & Sched.CLONE_NEWPID) != 0;

    /// <summary>The caller says who the process is (pid file, pidfd socket) before it executes its program.</summary>
    internal bool IsAnnounced { get; init; }

    /// <summary>True where the child has something to say, or to wait for, before it executes its program.</summary>
    internal bool Asks => IsAnnounced || TerminalSocket is not null || Seccomp is { NeedsListener: true };

    // Who is asked something waits for the end of the process that was asked first.
    private bool StandsStill => GoesOn && !Asks;

    internal void Build()
    {
        // Its end tells the caller that the program was executed, also where nothing is said over it any more.
        plan.Inherit(Channel);
        bool inUserNamespace = (Namespaces & Sched.CLONE_NEWUSER) != 0;
        var processPlan = new ProcessPlan(plan, process, log)
        {
            Seccomp = Seccomp,
            GroupsDenied = GroupsDenied,
            InUserNamespace = inUserNamespace,
            PreservedDescriptors = PreservedDescriptors,
            Sockets = Sockets,
            Personality = configuration.Linux?.Personality,
            MemoryPolicy = configuration.Linux?.MemoryPolicy,
        };
        plan.MessageName = Protocol.NameOf;
        plan.Name(Channel.Number, "channel");
        plan.Name(InitPidFd.Number, "init");
        plan.Begin("go on in an image of the program that cannot be written");
        plan.GoOnInImage(PreservedDescriptors);
        plan.Begin("wait for the caller");
        plan.Receive(Channel, Protocol.Go);
        plan.Begin("protect the child from being looked into");
        plan.Call(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
        plan.Call(SyscallNumber.umask, 0);
        processPlan.AddAffinity(process.ExecCpuAffinity?.Initial, "process.execCPUAffinity.initial");
        AddJoin();
        plan.Begin("begin a session");
        plan.Call(SyscallNumber.setsid);
        if (inUserNamespace)
        {
            IdentityInUserNamespace.Add(plan, configuration.Linux ?? new Linux(), GroupsDenied);
        }

        if (NewKeyring)
        {
            Keyring.Add(plan, KeyringName);
        }

        AddStreams(process, inUserNamespace);
        processPlan.AddLabels();
        processPlan.AddAffinity(process.ExecCpuAffinity?.Final, "process.execCPUAffinity.final");
        processPlan.AddRights();
        if (Asks)
        {
            plan.Begin("wait for the caller to write the pid file");
            plan.Send(Channel, Protocol.Ready);
            plan.Receive(Channel, Protocol.Go);
        }

        processPlan.AddExecution(Environment);
    }

    private void AddJoin()
    {
        if ((Namespaces & Sched.CLONE_NEWUSER) != 0 && !GroupsDenied)
        {
            // An ordinary caller may not, and where the namespace denies it, what it has stays.
            plan.Begin("drop the caller's supplementary groups");
            plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
        }

        if (Namespaces != 0)
        {
            plan.Begin("join the container's namespaces");
            plan.Call(SyscallNumber.setns, InitPidFd, Namespaces);
        }

        if (Root is not null)
        {
            plan.Begin("go to the root directory of the process that is entered");
            plan.Call(SyscallNumber.fchdir, Root);
            plan.Call(SyscallNumber.chroot, plan.Text("."));
        }

        if (GoesOn)
        {
            plan.Begin("go on in the container's pid namespace");
            plan.CloneOnward(0, StandsStill);
        }
    }

    private void AddStreams(Process wanted, bool inUserNamespace)
    {
        if (wanted.Terminal && TerminalSocket is { } socket)
        {
            plan.Begin("open the container's root");
            Slot root = plan.NewSlot("root");
            plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/"), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC).Into(root);
            var terminal = new TerminalPlan(plan);
            terminal.AddPair(root, wanted.ConsoleSize, wanted.User.Uid, socket, socket.Number == Channel.Number ? Protocol.Terminal : Protocol.ConsoleName);
            terminal.AddStandardStreams();
        }
        else
        {
            StandardStreamsPlan.Add(plan, MachineView.Real, wanted.User.Uid, sameNumbers: !inUserNamespace);
        }
    }
}
