using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Machine;

/// <summary>What came of a trial.</summary>
/// <param name="Errno">The errno of the call that failed, or 0.</param>
/// <param name="Reason">The call and its error in words; empty where none failed.</param>
internal readonly record struct TrialResult(int Errno, string Reason)
{
    internal bool Succeeded => Reason.Length == 0;
}

/// <summary>Tries system calls in a child that ends at once: what it makes goes with it.</summary>
internal static class Trial
{
    private const int LimitMilliseconds = 5000;

    /// <summary>Runs the steps in a child with new namespaces.</summary>
    /// <param name="namespaces">CLONE_NEW flags; with CLONE_NEWUSER the child is root there, mapped to the caller.</param>
    /// <param name="addSteps">Adds the steps.</param>
    /// <param name="cgroup">A directory of cgroup v2 that the child is to be born into, or null.</param>
    /// <param name="mappings">The ids of the new user namespace, if not the caller's own as root.</param>
    internal static TrialResult Run(long namespaces, Action<ChildPlanBuilder> addSteps, OwnedFd? cgroup = null, (List<IdMapping> Uids, List<IdMapping> Gids)? mappings = null)
    {
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        plan.Begin("wait for the caller");
        plan.Receive(channel.Child, Protocol.Go);
        addSteps(plan);
        try
        {
            using ChildProcess child = ChildProcess.Start(plan, namespaces, cgroup);
            try
            {
                if ((namespaces & Sched.CLONE_NEWUSER) != 0)
                {
                    (List<IdMapping> uids, List<IdMapping> gids) = mappings ?? ([new IdMapping(0, Credentials.EffectiveUid, 1)], [new IdMapping(0, Credentials.EffectiveGid, 1)]);
                    IdMaps.Write(child.Pid, uids, gids);
                }

                channel.Child.Dispose();
                _ = channel.TrySend(Protocol.Go); // ignored: a child that has ended says so below
                return Outcome(plan, child);
            }
            finally
            {
                child.KillAndWait();
            }
        }
        catch (LinuxException failure)
        {
            return new TrialResult(failure.Errno, failure.Message);
        }
        catch (ContainerException failure)
        {
            return new TrialResult(Errno.EPERM, failure.InnerException is { } inner ? $"{failure.Message}: {inner.Message}" : failure.Message);
        }
    }

    /// <summary>Opens a user namespace with a mapping; it lives as long as the descriptor.</summary>
    internal static OwnedFd OpenUserNamespace(IdMapping mapping)
    {
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        plan.Begin("hold a mapping of ids");
        plan.Receive(channel.Child, Protocol.Go);
        using ChildProcess holder = ChildProcess.Start(plan, Sched.CLONE_NEWUSER);
        try
        {
            IdMaps.Write(holder.Pid, [mapping], [mapping]);
            return Files.Open($"/proc/{holder.Pid}/ns/user", Fcntl.O_RDONLY);
        }
        finally
        {
            holder.KillAndWait();
        }
    }

    private static TrialResult Outcome(ChildPlanBuilder plan, ChildProcess child)
    {
        if (!child.TryWait(LimitMilliseconds, out int code, out int status))
        {
            return new TrialResult(Errno.ETIME, $"{plan.Describe(plan.CurrentStep).Call} did not return within {LimitMilliseconds / 1000} seconds");
        }

        if (plan.Failure is { } failure)
        {
            return new TrialResult(failure.Errno, $"{plan.Describe(failure.Step).Call} failed with {Errno.Describe(failure.Errno)}");
        }

        return code == 1 ? new TrialResult(0, "") : new TrialResult(Errno.EPERM, $"{plan.Describe(plan.CurrentStep).Call} was answered with signal {status}: a seccomp filter of an outer container, most likely");
    }
}
