using System;
using System.Runtime.InteropServices;
using Rideau.Child.Contract;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>start: opens the gate of a created container.</summary>
public static class Start
{
    private const int EndLimitMilliseconds = 10_000;

    /// <summary>Lets the waiting process go on, and returns when it has become the container's program.</summary>
    /// <exception cref="ContainerException">WrongState: the container runs, or has stopped. Otherwise what kept its process from executing.</exception>
    public static void Execute(RuntimeContext context, string id)
    {
        var store = new ContainerStore(context.Root);
        ContainerRecord record;
        NotifySocket? notify;
        using (store.Lock(id))
        {
            record = store.Load(id);
            context.Log.Debug($"container \"{id}\": open the gate of process {record.InitPid}");
            notify = OpenGate(store, record, context.Log);
        }

        // Behind the lock: the container may take its time to be ready, and others want to kill it meanwhile.
        using (notify)
        {
            using OwnedFd? init = notify is null ? null : ProcessIdentity.OpenInit(record);
            if (init is not null)
            {
                notify!.PassOn(init, record.InitPid, context.Log);
            }
        }
    }

    private static NotifySocket? OpenGate(ContainerStore store, ContainerRecord record, Log log)
    {
        string id = record.Id;
        string directory = store.DirectoryOf(id);
        if (ContainerCgroup.OfRecord(record).IsFrozen())
        {
            throw new ContainerException($"cannot start container \"{id}\": cannot start a container in the paused state", FailureCode.WrongState, $"\"rideau resume {id}\" first");
        }

        if (GateFiles.OpenForStart(directory) is not { } gate)
        {
            throw WrongState(id, store.StatusOf(record));
        }

        NotifySocket? notify = NotifySocket.Listen(directory);
        try
        {
            using (gate.Gate)
            using (gate.Report)
            {
                Open(id, store, gate.Gate, gate.Report);
            }

            log.Debug($"process {record.InitPid} executed its program");
            if (record.PoststartHooks.Count > 0)
            {
                log.Debug($"hooks: {record.PoststartHooks.Count} poststart");
                Poststart.Run(record, record.PoststartHooks);
            }

            return notify;
        }
        catch
        {
            notify?.Dispose();
            throw;
        }
    }

    private static void Open(string id, ContainerStore store, OwnedFd gate, OwnedFd report)
    {
        int errno = Files.TryWriteAll(gate, "g"u8);
        if (errno != 0)
        {
            // EPIPE: the process that waited has ended since the gate was opened.
            throw errno == Errno.EPIPE ? WrongState(id, ContainerStatus.Stopped) : new LinuxException("write", errno, "the start gate");
        }

        Span<byte> bytes = stackalloc byte[Marshal.SizeOf<ChildFailure>()];
        int got = Files.Read(report, bytes);
        if (got == bytes.Length)
        {
            AwaitEnd(store, id);
            throw Failed(id, store, MemoryMarshal.Read<ChildFailure>(bytes));
        }

        GateFiles.AwaitRelease(gate);
    }

    // Whoever looks when start has failed sees a container that has stopped.
    private static void AwaitEnd(ContainerStore store, string id)
    {
        using OwnedFd? init = ProcessIdentity.OpenInit(store.Load(id));
        if (init is not null)
        {
            _ = Processes.WaitForEnd(init, EndLimitMilliseconds); // ignored: the failure is what is told
        }
    }

    // Steps count from the gate: first the startContainer hooks, then what leads to execve.
    private static ContainerException Failed(string id, ContainerStore store, ChildFailure failure)
    {
        string attempt = $"cannot start container \"{id}\"";
        Configuration configuration = ConfigurationReader.Read(store.LoadConfiguration(id));
        var hooks = configuration.Hooks?.StartContainer ?? [];
        return failure.Step < hooks.Count
            ? ChildFailures.Describe(attempt, $"run startContainer hook {failure.Step} \"{hooks[failure.Step].Path}\"", "run_hook()", "container's process", failure)
            : ChildFailures.Describe(attempt, $"execute \"{configuration.Process?.Args[0]}\"", "execve()", "container's process", failure);
    }

    private static ContainerException WrongState(string id, ContainerStatus status) => status switch
    {
        ContainerStatus.Stopped => new($"cannot start container \"{id}\": cannot start a container that has stopped", FailureCode.WrongState, "delete it and create it anew"),
        ContainerStatus.Creating => new($"cannot start container \"{id}\": it is still being created", FailureCode.WrongState, "wait for create to return; if create was killed, \"rideau delete --force\" cleans up"),
        _ => new($"cannot start container \"{id}\": cannot start an already running container", FailureCode.WrongState),
    };
}
