using System.Collections.Generic;
using System.Linq;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>kill: sends a signal to the container's init, or to all its processes.</summary>
public static class Kill
{
    /// <summary>Sends the signal.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="id">The container.</param>
    /// <param name="signal">Its number.</param>
    /// <param name="all">To every process in the container's cgroup; then a container that has stopped is no error.</param>
    /// <exception cref="ContainerException">NotFound; WrongState: "container not running".</exception>
    public static void Execute(RuntimeContext context, string id, int signal, bool all)
    {
        var store = new ContainerStore(context.Root);
        ContainerRecord record = store.Load(id);
        using OwnedFd? init = ProcessIdentity.OpenInit(record);
        context.Log.Debug($"container \"{id}\": signal {signal} to {(all ? "all processes of its cgroup" : "its init")}, process {record.InitPid}{(init is null ? ", which has ended" : "")}");
        if (all)
        {
            SendToAll(record, signal);
            return;
        }

        if (init is null)
        {
            throw new ContainerException($"cannot kill container \"{id}\": container not running", FailureCode.WrongState);
        }

        // Without a pid namespace of its own the end of init ends nobody else.
        if (signal == Signals.SIGKILL && !HasPidNamespace(store, id))
        {
            ContainerCgroup.OfRecord(record).KillAll();
        }

        int errno = Processes.TrySignal(init, signal);
        if (errno == Errno.ESRCH)
        {
            throw new ContainerException($"cannot kill container \"{id}\": container not running", FailureCode.WrongState);
        }

        if (errno != 0)
        {
            throw new ContainerException($"cannot kill container \"{id}\"", FailureCode.General, null, new LinuxException("pidfd_send_signal", errno, $"{record.InitPid}, {signal}"));
        }

        if (signal == Signals.SIGKILL)
        {
            // A frozen process does not die of it before it is thawed (cgroup v1).
            ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
            if (cgroup.IsFrozen())
            {
                cgroup.Thaw();
            }
        }
    }

    /// <summary>Kills everything that the container has, and waits for init's end, within a limit.</summary>
    internal static void Everything(ContainerRecord record)
    {
        using OwnedFd? init = ProcessIdentity.OpenInit(record);
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        if (init is not null)
        {
            _ = Processes.TrySignal(init, Signals.SIGKILL); // ignored: it may have ended meanwhile
        }

        cgroup.KillAll();
        if (init is not null && !Processes.WaitForEnd(init, EndLimitMilliseconds))
        {
            throw new ContainerException(
                $"cannot end container \"{record.Id}\": its init does not die of SIGKILL within {EndLimitMilliseconds / 1000} seconds",
                FailureCode.General,
                $"look at /proc/{record.InitPid}/stack: a process in an uninterruptible wait (a dead NFS server, a broken disk) ends when that does");
        }
    }

    private const int EndLimitMilliseconds = 10_000;

    private static void SendToAll(ContainerRecord record, int signal)
    {
        if (signal == Signals.SIGKILL)
        {
            ContainerCgroup.OfRecord(record).KillAll();
            return;
        }

        const int OpenAtOnce = 256;
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        foreach (int[] pids in cgroup.Processes().Chunk(OpenAtOnce))
        {
            SendToThose(cgroup, pids, signal);
        }
    }

    private static void SendToThose(ContainerCgroup cgroup, int[] pids, int signal)
    {
        var processes = new List<(int Pid, OwnedFd Process)>();
        foreach (int pid in pids)
        {
            if (Processes.TryOpen(pid, out OwnedFd? process) == 0 && process is not null)
            {
                processes.Add((pid, process));
            }
        }

        // Between the list and the pidfd a number can have come to mean a process of the machine: only what is still in the list is signalled.
        var still = new HashSet<int>(cgroup.Processes());
        foreach ((int pid, OwnedFd process) in processes)
        {
            using (process)
            {
                _ = still.Contains(pid) ? Processes.TrySignal(process, signal) : 0; // ignored: it may have ended
            }
        }
    }

    private static bool HasPidNamespace(ContainerStore store, string id)
    {
        foreach (Namespace one in ConfigurationReader.Read(store.LoadConfiguration(id)).Linux?.Namespaces ?? [])
        {
            if (one.Type == "pid" && string.IsNullOrEmpty(one.Path))
            {
                return true;
            }
        }

        return false;
    }
}
