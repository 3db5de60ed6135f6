using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Hooks;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

// clone3, and what caller and child say to each other after it (Protocol).
internal sealed partial class Birth
{
    private const int PatienceMilliseconds = 1000;
    private (OwnedFd Creating, OwnedFd Created)? _hookStates;
    private OutsideMounts? _outsideMounts;
    private OwnedFd? _pidfdSocket;
    private OwnedFd? _mark;

    // Of the process that becomes the container's, also before its go-between was collected.
    private int PidNow => _plan.OnwardPid != 0 ? _plan.OnwardPid : Child.Pid;

    /// <summary>The child may go on: to the gate, or to its program.</summary>
    /// <param name="untilExecuted">Wait until it has executed its program, or failed to.</param>
    internal void Release(bool untilExecuted)
    {
        Say(Protocol.Go);
        if (untilExecuted)
        {
            AwaitWord();
        }

        if (untilExecuted && _channel.Receive(out _) == ChildChannel.EndOfFile && (_plan.Failure is not null || !_plan.IsAtItsEnd))
        {
            throw Death();
        }

        _context.Log.Debug($"process {Child.Pid} {(untilExecuted ? "executed its program" : "waits at the start gate")}");
    }

    // What the child does, and what is done here beside it, end at the same point: limits and state are in place
    // before the container's program begins.
    private void Bear(ContainerPlan plan, NamespacesPlan namespaces, bool gate)
    {
        MakeChild(namespaces);
        Prepare(Child.Pid, namespaces);
        Say(Protocol.Go);
        Cgroup.Apply(Linux.Resources ?? new Resources(), devices: !_mountsDevice);
        _plan.LetGoOfImage();
        if (namespaces.GoesOn)
        {
            Converse();
            FollowOn();
            Delegate();
            Identify(complete: true);
            Store.Save(Record);
        }
        else if (plan.Asks)
        {
            // Written while the child works, true when it says that it is ready.
            Identify(complete: true);
            Store.Prepare(Record);
            Record.Complete = false;
            Converse();
            Delegate();
            Record.Complete = true;
            Store.Commit(Record.Id);
        }
        else
        {
            Identify(complete: false);
            Store.Save(Record);
        }

        PidfdSocket.Send(_pidfdSocket, PidfdSocket.Init, Child.PidFd);
        if (_options.PidFile is { } pidFile)
        {
            PidFile.Write(pidFile, Child.Pid);
            _undo.Push("remove the pid file", () => Files.TryRemove(pidFile));
        }
    }

    private void MakeChild(NamespacesPlan namespaces)
    {
        try
        {
            using OwnedFd? birthplace = Cgroup.OpenForClone();
            Child = ChildProcess.Start(_plan, namespaces.CloneFlags, birthplace, _channel);
            _context.Log.Debug($"clone3({NamespaceFlags.Describe(namespaces.CloneFlags)}{(birthplace is null ? "" : ", into the cgroup")}) made process {Child.Pid}");
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"{_attempt}: cannot make its process", FailureCode.General, ErrorHints.Find("clone3", failure.Errno), failure);
        }

        _channel.Child.Dispose();
        _mark?.Dispose();
        _open.Add(Child);
        _undo.Push("end the container's process", () => Child.KillAndWait(_plan));
    }

    // The child has made its cgroup namespace by now: its root stays the container's group.
    private void Delegate()
    {
        if (RunOciAnnotations.DelegatedGroup(Configuration) is { } group)
        {
            Cgroup.Delegate(_attempt, group, Child.Pid, CgroupOwnership.Of(Configuration));
        }
    }

    private void Identify(bool complete)
    {
        Record.InitPid = Child.Pid;
        Record.InitStartTime = ProcessIdentity.StartTimeOf(Child.Pid);
        Record.Complete = complete;
    }

    // What only the caller may do to the child, before it does anything itself.
    private void Prepare(int pid, NamespacesPlan namespaces)
    {
        Cgroup.AddProcess(pid);
        _ = Kernel.Calls.Processes.TryAllowAllProcessors(pid); // ignored: an ordinary user's process stays where its caller is
        _resctrl?.AddProcess(pid);
        if (CgroupOwnership.Of(Configuration) is { } owner)
        {
            Cgroup.Give(owner);
        }

        if ((namespaces.CloneFlags & Sched.CLONE_NEWUSER) != 0)
        {
            IdMaps.Write(pid, Linux.UidMappings, Linux.GidMappings);
            _context.Log.Debug($"ids mapped: {Linux.UidMappings.Count} ranges of users, {Linux.GidMappings.Count} of groups");
        }

        Limits.RaiseHard(pid, Process.Rlimits);
        if (Process.OomScoreAdj is { } score)
        {
            Limits.SetOomScoreAdjustment(pid, score, Privilege.IsUnprivileged);
        }
    }

    // Signals are blocked until there is somebody to pass them on to: when the child is silent, as in a hook that hangs, they end the attempt.
    private void AwaitWord()
    {
        if (_channel.HasWord(PatienceMilliseconds))
        {
            return;
        }

        using OwnedFd signals = Signals.Open(Signals.Ending & ~Signals.Ignored()); // blocked, one that the caller ignores (nohup) would be told too
        int signal = _channel.AwaitWordOr(signals);
        if (signal != 0)
        {
            throw new ContainerException($"{_attempt}: signal {signal} came while it was being made");
        }
    }

    private void Converse()
    {
        while (true)
        {
            AwaitWord();
            byte message = _channel.Receive(out OwnedFd? descriptor);
            switch (message)
            {
                case ChildChannel.EndOfFile:
                    throw Death();
                case Protocol.Ready:
                    _context.Log.Debug($"process {PidNow} has everything but its program");
                    return;
                case Protocol.HooksWanted:
                    RunHooksOutside();
                    Say(Protocol.Go);
                    break;
                case Protocol.NetDevicesWanted:
                    MoveNetDevices();
                    Say(Protocol.Go);
                    break;
                case Protocol.MountWanted when _outsideMounts?.At(_plan.CurrentStep) is { } mount:
                    OpenForChild(mount);
                    break;
                case (byte)'t' when descriptor is not null:
                    _context.Log.Debug($"the terminal's master came from the child");
                    TerminalMaster = descriptor;
                    _open.Add(descriptor);
                    Terminal.TerminalRelay.TakeSize(descriptor);
                    break;
                case (byte)'s' when descriptor is not null:
                    using (descriptor)
                    {
                        // Without hooks nobody has asked for it until now.
                        Record.InitPid = PidNow;
                        SeccompListener.Send(Linux.Seccomp!, descriptor, Record, PidNow);
                    }

                    Say(Protocol.Go);
                    break;
                default:
                    throw new ContainerException($"{_attempt}: the child said {message}, which is no word of the protocol");
            }
        }
    }

    private void OpenForChild(OutsideMount mount)
    {
        _context.Log.Debug($"the child asks for a mount that its ids cannot reach");
        using OwnedFd opened = MountOpener.Open(_attempt, PidNow, mount);
        if (_channel.TrySend(Protocol.Go, opened) != 0)
        {
            throw Death();
        }
    }

    // At the container's end nobody moves them back: the specification leaves that to whoever owns the network namespace.
    private void MoveNetDevices()
    {
        OwnedFd network = Files.Open($"/proc/{PidNow}/ns/net", Fcntl.O_RDONLY);
        _open.Add(network);
        foreach ((string name, NetDevice device) in Linux.NetDevices)
        {
            try
            {
                MovedDevice moved = NetworkDevices.Move(name, from: null, network, device.Name);
                _undo.Push($"move network device \"{moved.NewName}\" back", () => NetworkDevices.Return(moved, network, to: null));
            }
            catch (NetworkDeviceException failure)
            {
                throw new ContainerException($"{_attempt}: linux.netDevices: {failure.Message}", FailureCode.General, failure.Hint);
            }
        }
    }

    private void RunHooksOutside()
    {
        if (MountsDevice(Configuration, MachineView.Real))
        {
            Cgroup.ApplyDevices(Linux.Resources ?? new Resources());
        }

        Spec.Hooks hooks = Configuration.Hooks ?? new Spec.Hooks();
        Record.InitPid = PidNow;
        byte[] state = StateJson.WriteForHooks(Record, ContainerStatus.Creating);
        if (_hookStates is { } files)
        {
            Files.WriteAll(files.Creating, state, "state");
            Files.WriteAll(files.Created, StateJson.WriteForHooks(Record, ContainerStatus.Created), "state");
        }

        _context.Log.Debug($"hooks: {hooks.Prestart.Count} prestart, {hooks.CreateRuntime.Count} createRuntime");
        HookRunner.Run("prestart", hooks.Prestart, state, Record.Annotations);
        HookRunner.Run("createRuntime", hooks.CreateRuntime, state, Record.Annotations);
    }

    // The process that clone3 made was a go-between; its sibling is the container's.
    private void FollowOn()
    {
        ChildProcess goBetween = Child;
        Child = goBetween.Follow(_plan.OnwardPid);
        _open.Add(Child);
        _context.Log.Debug($"the go-between ended, process {Child.Pid} goes on");
    }

    private void Say(byte message)
    {
        int errno = _channel.TrySend(message);
        if (errno != 0)
        {
            throw errno is Errno.EPIPE or Errno.ECONNRESET ? Death() : new LinuxException("sendto", errno, "to the child");
        }
    }

    private ContainerException Death()
    {
        if (_plan.Failure is { } failure)
        {
            return ChildFailures.Describe(_attempt, _plan, failure);
        }

        StepDescription step = _plan.Describe(_plan.CurrentStep);
        return new ContainerException(
            $"{_attempt}: its process was killed while it was to {step.Purpose}",
            FailureCode.General,
            "look for the out-of-memory killer in the kernel's log, and at the cgroup's limits (linux.resources); a seccomp filter that kills shows there too");
    }
}
