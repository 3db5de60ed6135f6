using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>The steps by which a child joins namespaces that are open, whoever they belong to.</summary>
/// <remarks>
/// A user namespace is joined last by root, whose rights reach into all others, and first by anybody else, who has
/// rights only inside it. A pid namespace counts for children alone: a second process goes on, the first ends.
/// man: setns(2), user_namespaces(7)
/// </remarks>
public sealed class JoinPlan
{
    private readonly List<(NamespaceType Type, OwnedFd Fd, string Name)> _joined = [];

    /// <summary>The types that are joined, as CLONE_NEW flags.</summary>
    public long Types { get; private set; }

    /// <summary>True where the process that clone3 made ends, and a sibling goes on.</summary>
    public bool GoesOn => (Types & Sched.CLONE_NEWPID) != 0;

    /// <summary>Joins one more; one that the caller is in already is passed over, because the kernel refuses it (user namespaces) or it would change nothing.</summary>
    /// <param name="fd">The namespace; it must stay open until the child has been made.</param>
    /// <param name="name">For errors and explain.</param>
    public void Add(OwnedFd fd, string name)
    {
        NamespaceIdentity identity = NamespaceIdentity.TryOf(fd) ?? throw new NamespaceException($"{name} is no namespace", NamespaceFailure.InvalidArgument);
        if (NamespaceIdentity.TryOf($"/proc/self/ns/{identity.Type.Name}") is { } own && own.IsSame(identity))
        {
            return;
        }

        _joined.Add((identity.Type, fd, name));
        Types |= identity.Type.Flag;
    }

    /// <summary>Adds the steps; behind them the child is in all of them, and where it joined a user namespace it is root there.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="uid">The user to become inside a user namespace; null stays who the caller is.</param>
    /// <param name="gid">The group.</param>
    /// <param name="standsStill">As <see cref="ChildPlanBuilder.CloneOnward"/> has it.</param>
    public void AddSteps(ChildPlanBuilder plan, uint? uid, uint? gid, bool standsStill = false)
    {
        bool privileged = Credentials.EffectiveUid == 0;
        bool joinsUser = (Types & Sched.CLONE_NEWUSER) != 0;
        if (joinsUser)
        {
            if (privileged)
            {
                // Of root's own id until it has become somebody inside: nobody there may look into it.
                plan.Begin("protect the child from being looked into");
                plan.Call(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
            }

            plan.Begin("drop the caller's supplementary groups");
            plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
        }

        Add(plan, user: true, when: !privileged);
        Add(plan, user: false, when: true);
        Add(plan, user: true, when: privileged);
        if (GoesOn)
        {
            plan.Begin("go on in the pid namespace");
            plan.CloneOnward(0, standsStill);
        }

        if (uid is { } user && gid is { } group)
        {
            plan.Begin($"become user {user} and group {group}");
            plan.Call(SyscallNumber.setresgid, group, group, group);
            plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
            plan.Call(SyscallNumber.setresuid, user, user, user);
        }
    }

    private void Add(ChildPlanBuilder plan, bool user, bool when)
    {
        foreach ((NamespaceType type, OwnedFd fd, string name) in _joined)
        {
            if (when && (type == NamespaceType.User) == user)
            {
                plan.Begin($"join the {type.Word} namespace of {name}");
                plan.Call(SyscallNumber.setns, fd, type.Flag);
            }
        }
    }
}
