using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A child that is in namespaces and waits, where nobody else is in them: through it their files are reached.</summary>
internal sealed class StandIn : IDisposable
{
    private const byte Ready = (byte)'r';
    private const byte Never = (byte)'n';
    private readonly ChildPlanBuilder _plan = new();
    private readonly ChildChannel _channel = new();
    private readonly ChildProcess _child;

    /// <exception cref="NamespaceException">What cannot be joined.</exception>
    internal StandIn(string attempt, JoinPlan join)
    {
        _plan.Name(_channel.Child.Number, "channel");
        join.AddSteps(_plan, null, null);
        _plan.Begin("wait while the files are reached");
        _plan.Send(_channel.Child, Ready);
        _plan.Receive(_channel.Child, Never);
        try
        {
            _child = ChildProcess.Start(_plan, 0, null, _channel);
        }
        catch (LinuxException failure)
        {
            throw new NamespaceException($"{attempt}: cannot make a process in it", NamespaceFailure.General, NamespaceHints.Find("clone3", failure.Errno), failure);
        }

        _channel.Child.Dispose();
        if (_channel.Receive(out _) != Ready)
        {
            _child.KillAndWait();
            throw PlanFailures.Describe(attempt, _plan);
        }
    }

    internal int Pid => _child.Pid;

    /// <summary>Joins what the paths lead to, but for pid namespaces, which would need one process more.</summary>
    internal static StandIn In(string words, IReadOnlyList<string> paths)
    {
        string attempt = $"cannot reach the files of {words}";
        List<OwnedFd> open = [];
        try
        {
            JoinPlan join = new();
            foreach (string path in paths)
            {
                OwnedFd fd = Kernel.Calls.Files.Open(path, Fcntl.O_RDONLY);
                open.Add(fd);
                if (NamespaceIdentity.TryOf(fd) is { } identity && (identity.Type == NamespaceType.Mount || identity.Type == NamespaceType.User))
                {
                    join.Add(fd, words);
                }
            }

            if ((join.Types & Sched.CLONE_NEWNS) == 0)
            {
                throw new NamespaceException($"{attempt}: it has no mount namespace of its own, and so no files", NamespaceFailure.InvalidArgument, "give a container, a process, or a name that has a mount namespace");
            }

            open.AddRange(OwnerJoin.Complete(join, open));
            return new StandIn(attempt, join);
        }
        finally
        {
            open.ForEach(static fd => fd.Dispose());
        }
    }

    public void Dispose()
    {
        _child.KillAndWait();
        _child.Dispose();
        _channel.Dispose();
        _plan.Dispose();
    }
}
