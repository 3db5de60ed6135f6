using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>Runs a command of the shell for each event, at most so many at a time; the others wait in the order in which they came.</summary>
/// <remarks>The commands read nothing, and write to the caller's output. Whoever uses it calls <see cref="Collect"/> on SIGCHLD.</remarks>
/// <param name="command">As /bin/sh takes it.</param>
/// <param name="atOnce">The most that run at the same time.</param>
public sealed class EventPrograms(string command, int atOnce) : IDisposable
{
    private readonly Queue<IReadOnlyList<string>> _waiting = new();
    private readonly List<(ChildProcess Process, ChildPlanBuilder Plan)> _running = [];

    /// <summary>How many wait for others to end.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>True where nothing runs and nothing waits.</summary>
    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    /// <summary>How many ended with another status than 0, or could not be run.</summary>
    public int Failed { get; private set; }

    /// <summary>Runs it, now or when its turn comes.</summary>
    /// <param name="environment">All of it, NAME=VALUE.</param>
    public void Add(IReadOnlyList<string> environment)
    {
        _waiting.Enqueue(environment);
        StartWhatMay();
    }

    /// <summary>Collects what has ended, and starts what waits.</summary>
    public void Collect()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            (ChildProcess process, ChildPlanBuilder plan) = _running[i];
            if (process.TryWait(0, out int code, out int status))
            {
                Failed += code == 1 && status == 0 ? 0 : 1;
                process.Dispose();
                plan.Dispose();
                _running.RemoveAt(i);
            }
        }

        StartWhatMay();
    }

    /// <summary>Passes a signal on to those that run, and forgets those that wait.</summary>
    public void Stop(int signal)
    {
        _waiting.Clear();
        foreach ((ChildProcess process, _) in _running)
        {
            _ = Processes.TrySignal(process.PidFd, signal); // ignored: it may have ended
        }
    }

    /// <summary>Lets go of those that still run; they go on.</summary>
    public void Dispose()
    {
        foreach ((ChildProcess process, ChildPlanBuilder plan) in _running)
        {
            process.Dispose();
            plan.Dispose();
        }

        _running.Clear();
    }

    private void StartWhatMay()
    {
        while (_running.Count < atOnce && _waiting.TryDequeue(out IReadOnlyList<string>? environment))
        {
            var plan = new ChildPlanBuilder();
            try
            {
                Write(plan, environment);
                _running.Add((ChildProcess.Start(plan, 0), plan));
            }
            catch (LinuxException)
            {
                Failed++; // no process more could be made (EAGAIN)
                plan.Dispose();
            }
        }
    }

    private void Write(ChildPlanBuilder plan, IReadOnlyList<string> environment)
    {
        plan.Begin("execute \"/bin/sh\"");
        Slot none = plan.NewSlot("null device");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/dev/null"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC).Into(none);
        plan.Call(SyscallNumber.dup3, none, 0, 0);
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execve, plan.Text("/bin/sh"), plan.TextArray(["sh", "-c", command]), plan.TextArray(environment));
    }
}
