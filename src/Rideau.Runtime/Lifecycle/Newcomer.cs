using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A process on its way into a container.</summary>
internal sealed class Newcomer : IDisposable
{
    private readonly RuntimeContext _context;
    private readonly ExecOptions _options;
    private readonly ContainerStore _store;
    private readonly ContainerRecord _record;
    private readonly Configuration _configuration;
    private readonly Process _process;
    private readonly ChildPlanBuilder _plan = new(forImage: true);
    private readonly ChildChannel _channel = new();
    private readonly List<IDisposable> _open = [];
    private readonly UndoStack _undo;
    private readonly string _attempt;
    private ExecPlan? _onItsWay;

    internal Newcomer(RuntimeContext context, ExecOptions options)
    {
        _context = context;
        _options = options;
        _undo = new UndoStack(context.Log);
        _attempt = $"cannot exec in container \"{options.Id}\"";
        _store = new ContainerStore(context.Root);
        _record = _store.Load(options.Id);
        _configuration = ConfigurationReader.Read(_store.LoadConfiguration(options.Id), ConfigurationUse.Exec);
        RunOciAnnotations.Apply(_configuration);
        _process = options.Process(_configuration.Process ?? new Process { Cwd = "/" });
        context.Log.Debug($"container \"{options.Id}\": its init is process {_record.InitPid}");
    }

    /// <summary>Into what one process is in, whoever made it.</summary>
    internal Newcomer(RuntimeContext context, ExecOptions options, string attempt, ContainerRecord record, Configuration configuration)
    {
        _context = context;
        _options = options;
        _undo = new UndoStack(context.Log);
        _attempt = attempt;
        _store = new ContainerStore(context.Root);
        _record = record;
        _configuration = configuration;
        _process = options.Process(configuration.Process!);
    }

    internal ChildProcess Child { get; private set; } = null!;

    internal OwnedFd? TerminalMaster { get; private set; }

    /// <summary>Somebody must take the terminal, and what is to take one must get one.</summary>
    /// <exception cref="ContainerException">In the field's words.</exception>
    internal void CheckTerminal()
    {
        if (_options.Detach && _process.Terminal && _options.ConsoleSocket is null)
        {
            throw new ContainerException($"{_attempt}: cannot allocate tty if runc will detach without setting console socket", FailureCode.InvalidArgument, "give --console-socket, or leave --tty or --detach out");
        }

        if (_options.ConsoleSocket is not null && !(_options.Detach && _process.Terminal))
        {
            throw new ContainerException($"{_attempt}: cannot use console socket if runc will not detach or allocate tty", FailureCode.InvalidArgument, "--console-socket goes with --tty (or process.terminal) and --detach");
        }
    }

    /// <summary>Makes the process, and sees it to its program; where the caller waits for that in the foreground, and nobody must know of it before, the caller's wait does (<see cref="Wait"/>).</summary>
    internal void Enter()
    {
        OwnedFd init = OpenRunning();
        using OwnedFd? pidfdSocket = PidfdSocket.Connect(_options.PidfdSocket);
        ExecPlan plan = MakePlan(init);
        plan.Build();
        PlanLog.Write(_plan, _context.Log);
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(_record).Below(_options.Cgroup);
        if (_options.Cgroup.Count == 0 && RunOciAnnotations.DelegatedGroup(_configuration) is not null)
        {
            cgroup = cgroup.WithInit(_record.InitPid) ?? cgroup; // a process above would keep the container from dividing what it was given
        }

        Child = StartChild(ref cgroup);

        _context.Log.Debug($"clone3 made process {Child.Pid}, which joins process {_record.InitPid}, cgroup driver {cgroup.Driver}");

        _channel.Child.Dispose();
        _undo.Push("end the new process", () => Child.KillAndWait(_plan));
        cgroup.AddProcess(Child.Pid);
        if (_process.ExecCpuAffinity is null)
        {
            _ = Kernel.Calls.Processes.TryAllowAllProcessors(Child.Pid); // ignored: an ordinary user's process stays where its caller is
        }

        if (_configuration.Linux?.IntelRdt is { } resctrl)
        {
            new ResctrlGroup(_attempt, ResctrlMount.Require(_attempt), _record.Id, resctrl).AddProcess(Child.Pid);
        }

        Limits.RaiseHard(Child.Pid, _process.Rlimits);
        if (_process.OomScoreAdj is { } score)
        {
            Limits.SetOomScoreAdjustment(Child.Pid, score, Privilege.IsUnprivileged);
        }

        Say();
        _plan.LetGoOfImage();
        if (plan.Asks)
        {
            Converse();
            Follow(plan);
            if (_options.Inspect is { } inspect)
            {
                inspect(Child.Pid);
                return;
            }

            PidfdSocket.Send(pidfdSocket, PidfdSocket.Exec, Child.PidFd);
            if (_options.PidFile is { } pidFile)
            {
                PidFile.Write(pidFile, Child.Pid);
                _undo.Push("remove the pid file", () => Files.TryRemove(pidFile));
            }

            Say();
            AwaitExecution(plan);
        }
        else if (plan.GoesOn && !_options.Detach)
        {
            _onItsWay = plan;
            return;
        }
        else
        {
            AwaitExecution(plan);
            Follow(plan);
        }

        HasArrived();
    }

    /// <summary>Waits in the foreground for the command's end.</summary>
    /// <returns>The exit status, or 128 + n where signal n ended it.</returns>
    internal int Wait(Foreground foreground)
    {
        if (_onItsWay is { } plan)
        {
            // The go-between ends beside the command. Where it is behind it on the same processor, the command's own end comes first, and nobody has waited for the other.
            foreground.AwaitFirst(Child);
            AwaitExecution(plan);
            Follow(plan);
            HasArrived();
        }

        LetGo();
        return foreground.Wait(Child, TerminalMaster);
    }

    private void HasArrived()
    {
        _context.Log.Debug($"process {Child.Pid} executed its program");
        _undo.Keep();
    }

    // What only the way in needed, while nobody waits for this program: when the process has ended, somebody does.
    private void LetGo()
    {
        _plan.Dispose();
        _channel.Dispose();
        foreach (IDisposable open in _open)
        {
            if (open != Child && open != TerminalMaster)
            {
                open.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _undo.Dispose();
        LetGo();
        Child?.Dispose();
        TerminalMaster?.Dispose();
    }

    private void Follow(ExecPlan plan)
    {
        if (plan.GoesOn)
        {
            ChildProcess goBetween = Keep(Child);
            Child = Keep(goBetween.Follow(_plan.OnwardPid));
        }
    }

    private void AwaitExecution(ExecPlan plan)
    {
        if (_channel.Receive(out _) == ChildChannel.EndOfFile && (_plan.Failure is not null || !_plan.IsAtItsEnd))
        {
            if (_plan.OnwardPid != 0 && _plan.OnwardPid != Child.Pid)
            {
                Follow(plan); // it is this process's child: not collected, it would stay in the container as a zombie
            }

            throw Death();
        }
    }

    private OwnedFd OpenRunning()
    {
        OwnedFd? init = ProcessIdentity.OpenInit(_record) is { } opened ? Keep(opened) : null;
        switch (init is null ? _store.StatusOf(_record) : _store.StatusOfLiving(_record))
        {
            case ContainerStatus.Stopped:
                throw Stopped();
            case ContainerStatus.Creating:
                throw new ContainerException($"{_attempt}: it is still being created", FailureCode.WrongState);
            case ContainerStatus.Paused when _options.IsVisit:
                throw new ContainerException($"{_attempt}: it is paused, and whoever enters it would be", FailureCode.WrongState, $"\"rideau resume {_record.Id}\" first");
            case ContainerStatus.Paused when !_options.IgnorePaused:
                throw new ContainerException($"{_attempt}: cannot exec in a paused container (use --ignore-paused to override): container paused", FailureCode.WrongState, "resume it, or give --ignore-paused: the process then waits until it is resumed");
        }

        return init ?? throw Stopped();
    }

    private ContainerException Stopped() => _options.IsVisit
        ? new($"{_attempt}: it has {(_options.SameRoot ? "ended" : "stopped")}", FailureCode.WrongState, _options.SameRoot ? null : "start it, or delete it")
        : new($"{_attempt}: cannot exec in a stopped container", FailureCode.WrongState);

    private ExecPlan MakePlan(OwnedFd init)
    {
        Linux linux = _configuration.Linux ?? new Linux();
        long namespaces = 0;
        foreach (Namespace one in linux.Namespaces)
        {
            namespaces |= NamespacesPlan.KindOf(one.Type);
        }

        OwnedFd root = Keep(Files.Open($"/proc/{_record.InitPid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY));
        if (Kernel.Calls.Processes.WaitForEnd(init, 0))
        {
            throw Stopped(); // the number may have come to mean another process
        }

        return new ExecPlan(_plan, _configuration, _process, _context.Log)
        {
            Channel = _channel.Child,
            InitPidFd = init,
            Namespaces = namespaces,
            KeyringName = _record.KeyringName,
            NewKeyring = true,
            Root = _options.SameRoot ? root : null,
            TerminalSocket = TerminalSocket(),
            IsAnnounced = _options.PidFile is not null || _options.PidfdSocket is not null || _options.Inspect is not null,
            Seccomp = SeccompSteps.From(_configuration, _channel.Child, _context.Log),
            GroupsDenied = RunOciAnnotations.KeepsGroups(_configuration) || Privilege.IsUnprivileged && (namespaces & Sched.CLONE_NEWUSER) != 0 && IdMaps.DeniesGroups(linux.GidMappings),
            PreservedDescriptors = PreservedDescriptors.Check(_options.PreserveFds, _options.Sockets),
            Sockets = _options.Sockets,
            Environment = ProcessEnvironment.Complete(_process, root),
        };
    }

    private OwnedFd? TerminalSocket() => !_process.Terminal
        ? null
        : _options.ConsoleSocket is { } path ? Keep(Terminal.ConsoleSocket.Connect(path)) : _channel.Child;

    private ChildProcess StartChild(ref ContainerCgroup cgroup)
    {
        try
        {
            try
            {
                return StartIn(cgroup);
            }
            catch (LinuxException busy) when (busy.Errno == Errno.EBUSY && _options.Cgroup.Count == 0 && cgroup.WithInit(_record.InitPid) is { } inner)
            {
                // The container divides its group among its own services, so the group itself holds no process any more.
                cgroup = inner;
                return StartIn(inner);
            }
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"{_attempt}: cannot make the process", FailureCode.General, ErrorHints.Find("clone3", failure.Errno), failure);
        }
    }

    private ChildProcess StartIn(ContainerCgroup cgroup)
    {
        using OwnedFd? birthplace = cgroup.OpenForClone();
        return ChildProcess.Start(_plan, 0, birthplace, _channel);
    }

    private void Converse()
    {
        while (true)
        {
            byte message = _channel.Receive(out OwnedFd? descriptor);
            switch (message)
            {
                case Protocol.Ready:
                    return;
                case (byte)'t' when descriptor is not null:
                    TerminalMaster = Keep(descriptor);
                    Terminal.TerminalRelay.TakeSize(descriptor);
                    break;
                case (byte)'s' when descriptor is not null:
                    using (descriptor)
                    {
                        SeccompListener.Send(_configuration.Linux!.Seccomp!, descriptor, _record, _plan.OnwardPid != 0 ? _plan.OnwardPid : Child.Pid);
                    }

                    Say();
                    break;
                default:
                    throw Death();
            }
        }
    }

    private void Say()
    {
        int errno = _channel.TrySend(Protocol.Go);
        if (errno != 0)
        {
            throw errno is Errno.EPIPE or Errno.ECONNRESET ? Death() : new LinuxException("sendto", errno, "to the child");
        }
    }

    private ContainerException Death() => _plan.Failure is { } failure
        ? ChildFailures.Describe(_attempt, _plan, failure)
        : new ContainerException($"{_attempt}: its process was killed while it was to {_plan.PurposeOf(_plan.CurrentStep)}");

    private T Keep<T>(T open)
        where T : IDisposable
    {
        _open.Add(open);
        return open;
    }
}
