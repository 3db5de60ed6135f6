using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Hooks;
using Rideau.Namespaces.Network;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>The whole plan of a container's birth: the order of its sections. docs/stages.md has the same list in words.</summary>
internal sealed class ContainerPlan
{
    private readonly PlanContext _context;
    private readonly NamespacesPlan _namespaces;
    private readonly Configuration _configuration;
    private readonly Linux _linux;
    private readonly ChildPlanBuilder _plan;

    internal ContainerPlan(PlanContext context, NamespacesPlan namespaces)
    {
        _context = context;
        _namespaces = namespaces;
        _configuration = context.Configuration;
        _linux = context.Configuration.Linux ?? new Linux();
        _plan = context.Plan;
    }

    /// <summary>The child's end of the channel to the caller.</summary>
    internal required OwnedFd Channel { get; init; }

    /// <summary>The container's lock: nobody could delete it while a child holds that.</summary>
    internal required OwnedFd Lock { get; init; }

    /// <summary>Where the terminal's master is sent to: the console socket, or the channel. Null without a terminal.</summary>
    internal OwnedFd? TerminalSocket { get; init; }

    /// <summary>Compiled; null for none.</summary>
    internal SeccompSteps? Seccomp { get; init; }

    /// <summary>The FIFOs of the start gate; null for run, which has none.</summary>
    internal (OwnedFd Gate, OwnedFd Report)? Gate { get; init; }

    /// <summary>The specification's state as JSON, for the hooks that the child runs: files in memory, with the status "creating" and "created".</summary>
    internal (OwnedFd Creating, OwnedFd Created)? HookStates { get; init; }

    /// <summary>Where hooks in the child write to.</summary>
    internal HookStreams? HookStreams { get; init; }

    /// <summary>--no-new-keyring is not given.</summary>
    internal bool NewKeyring { get; init; }

    internal bool GroupsDenied { get; init; }

    internal int PreservedDescriptors { get; init; }

    internal SocketHandover? Sockets { get; init; }

    /// <summary>The environment of the process, complete.</summary>
    internal required IReadOnlyList<string> Environment { get; init; }

    /// <summary>True where the child has something to ask or to say before it executes its program; otherwise its caller need not listen.</summary>
    internal bool Asks => Gate is not null || _namespaces.GoesOn || WaitsForHooks || _linux.NetDevices.Count > 0 || TerminalSocket is not null || Seccomp is { NeedsListener: true } || _context.OutsideMounts.Any || RunOciAnnotations.DelegatedGroup(_configuration) is not null;

    private bool WaitsForHooks
    {
        get
        {
            Spec.Hooks hooks = _configuration.Hooks ?? new Spec.Hooks();
            return hooks.Prestart.Count + hooks.CreateRuntime.Count > 0 || HookStates is not null || _context.DeviceRulesAfterMounts;
        }
    }

    internal void Build()
    {
        Process process = _configuration.Process ?? throw new ContainerException("cannot create the container: config.json has no process", FailureCode.InvalidArgument);
        var terminal = new TerminalPlan(_plan);
        NameDescriptors();
        _plan.Enter("arrival and namespaces");
        AddArrival();
        AddFileSystem(process, terminal);
        _plan.Enter("names, sysctls, read-only and masked paths");
        AddNames();
        SysctlPlan.Add(_context);
        RestrictionsPlan.Add(_context);
        var processPlan = new ProcessPlan(_plan, process, _context.Log)
        {
            Machine = _context.Machine,
            Seccomp = Seccomp,
            GroupsDenied = GroupsDenied,
            InUserNamespace = _namespaces.InUserNamespace,
            PreservedDescriptors = PreservedDescriptors,
            Sockets = Sockets,
            Waits = Gate is not null,
            Personality = _linux.Personality,
            MemoryPolicy = _linux.MemoryPolicy,
        };
        _plan.Enter("streams, labels, rights, identity");
        if (process.Terminal)
        {
            terminal.AddStandardStreams();
        }
        else
        {
            StandardStreamsPlan.Add(_plan, _context.Machine, process.User.Uid, sameNumbers: !_namespaces.InUserNamespace);
        }

        processPlan.AddLabels();
        processPlan.AddRights();
        _plan.Enter("the start gate");
        AddGate();
        _plan.Enter("start");
        AddHooks("startContainer", _configuration.Hooks?.StartContainer, HookStates?.Created, Environment);
        processPlan.AddExecution(Environment);
    }

    private void NameDescriptors()
    {
        _plan.MessageName = Protocol.NameOf;
        _plan.Name(Channel.Number, "channel");
        _plan.Name(Lock.Number, "lock");
        if (HookStates is { } states)
        {
            _plan.Name(states.Creating.Number, "state, creating");
            _plan.Name(states.Created.Number, "state, created");
        }

        if (TerminalSocket is { } socket && socket != Channel)
        {
            _plan.Name(socket.Number, "console socket");
        }

        if (Gate is { } gate)
        {
            _plan.Name(gate.Gate.Number, "gate");
            _plan.Name(gate.Report.Number, "report");
        }
    }

    private void AddArrival()
    {
        bool newUserNamespace = (_namespaces.CloneFlags & Sched.CLONE_NEWUSER) != 0;
        if (newUserNamespace)
        {
            _plan.Begin("let go of the caller's lock");
            _plan.LetGo(Lock);
        }
        else
        {
            AddImage();
        }

        _plan.Begin("wait for the caller");
        _plan.Receive(Channel, Protocol.Go);
        if (newUserNamespace)
        {
            IdentityInUserNamespace.Add(_plan, _linux, GroupsDenied);
            CapabilitiesOverImage.Keep(_plan, _linux);
            AddImage();
            CapabilitiesOverImage.Finish(_plan, _linux);
        }

        _plan.Begin("protect the child from being looked into");
        _plan.Call(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
        _plan.Call(SyscallNumber.umask, 0);
        _namespaces.Add(_plan, _context.Unprivileged, keepsGroups: RunOciAnnotations.KeepsGroups(_configuration));
        if (_linux.NetDevices.Count > 0)
        {
            _plan.Begin("wait for its network devices");
            _plan.Send(Channel, Protocol.NetDevicesWanted);
            _plan.Receive(Channel, Protocol.Go);
        }

        _plan.Enter("session and identity");
        _plan.Begin("begin a session");
        _plan.Call(SyscallNumber.setsid);
        if (_namespaces.InUserNamespace && !newUserNamespace)
        {
            IdentityInUserNamespace.Add(_plan, _linux, GroupsDenied);
        }

        if (NewKeyring)
        {
            Keyring.Add(_plan, _context.KeyringName);
        }

        if (_context.IsNew(Sched.CLONE_NEWNET))
        {
            LoopbackPlan.Add(_plan);
        }
    }

    private void AddImage()
    {
        _plan.Begin("go on in an image of the program that cannot be written");
        _plan.GoOnInImage(PreservedDescriptors, _context.Machine.ShownImage(_context));
    }

    private void AddFileSystem(Process process, TerminalPlan terminal)
    {
        _plan.Enter("the file system: root, mounts, devices");
        if (_context.OverlayLower is { } lower)
        {
            OverlayRootPlan.Add(_context, lower);
        }

        RootfsPlan.Prepare(_context);
        MountsPlan.Add(_context);
        DevicesPlan.Add(_context);
        if (process.Cwd != "/")
        {
            _plan.Begin($"make the working directory \"{process.Cwd}\"");
            _plan.OpenInRoot(_context.Root, process.Cwd, RootTarget.Directory)
                .Tolerating(Errno.EACCES).Tolerating(Errno.EROFS).Tolerating(Errno.EPERM).Tolerating(Errno.ENOTDIR);
        }

        _plan.Enter("hooks and terminal");
        Spec.Hooks hooks = _configuration.Hooks ?? new Spec.Hooks();
        if (WaitsForHooks)
        {
            _plan.Begin("wait for the hooks outside");
            _plan.Send(Channel, Protocol.HooksWanted);
            _plan.Receive(Channel, Protocol.Go);
        }

        AddHooks("createContainer", hooks.CreateContainer, HookStates?.Creating, []);
        if (process.Terminal && TerminalSocket is { } socket)
        {
            terminal.AddPair(_context.Root, process.ConsoleSize, process.User.Uid, socket, socket.Number == Channel.Number ? Protocol.Terminal : Protocol.ConsoleName);
            DevicesPlan.AddConsole(_context, terminal.Peer);
        }

        _plan.Enter("into the root file system");
        RootfsPlan.Enter(_context);
    }

    private void AddNames()
    {
        if (_configuration.Hostname is { } hostname)
        {
            _plan.Begin($"set the host name \"{hostname}\"");
            _plan.Call(SyscallNumber.sethostname, _plan.Text(hostname), System.Text.Encoding.UTF8.GetByteCount(hostname));
        }

        if (_configuration.Domainname is { } domainname)
        {
            _plan.Begin($"set the domain name \"{domainname}\"");
            _plan.Call(SyscallNumber.setdomainname, _plan.Text(domainname), System.Text.Encoding.UTF8.GetByteCount(domainname));
        }
    }

    private void AddGate()
    {
        _plan.Begin("wait for the caller to write the state");
        if (Asks)
        {
            _plan.Send(Channel, Protocol.Ready);
        }

        _plan.Receive(Channel, Protocol.Go);
        if (Gate is { } gate)
        {
            _plan.Begin("let go of the caller");
            _plan.Call(SyscallNumber.close, Channel);
            _plan.Begin("wait at the start gate");
            _plan.Gate(gate.Gate, gate.Report);
        }
    }

    private void AddHooks(string kind, List<Hook>? hooks, OwnedFd? state, IReadOnlyList<string> environment)
    {
        if (hooks is null || state is null)
        {
            return;
        }

        for (int i = 0; i < hooks.Count; i++)
        {
            Hook hook = hooks[i];
            _plan.Begin($"run {kind} hook {i} \"{hook.Path}\"");
            _plan.RunHook(hook.Path, hook.Args, hook.Env.Count > 0 ? hook.Env : environment, state.Number, (hook.TimeoutSeconds ?? 0) * 1000, HookStreams?.Output?.Number ?? -1, HookStreams?.Error?.Number ?? -1);
        }
    }
}
