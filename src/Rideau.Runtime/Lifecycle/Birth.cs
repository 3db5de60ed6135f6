using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Entering;
using Rideau.Runtime.Hooks;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The birth of a container, as create and run share it: everything up to the process that waits to execute its program.</summary>
/// <remarks>
/// Whatever is made goes on an undo stack at once; <see cref="Dispose"/> unmakes it unless <see cref="Keep"/>
/// was called. The order is that of docs/stages.md.
/// </remarks>
internal sealed partial class Birth : IDisposable
{
    private readonly RuntimeContext _context;
    private readonly CreateOptions _options;
    private readonly UndoStack _undo;
    private readonly string _attempt;
    private readonly byte[] _configurationBytes;
    private readonly ChildPlanBuilder _plan = new(forImage: true);
    private readonly ChildChannel _channel = new();
    private readonly List<IDisposable> _open = [];
    private ContainerLock _lock = null!;

    internal Birth(RuntimeContext context, CreateOptions options)
    {
        _context = context;
        _options = options;
        _undo = new UndoStack(context.Log);
        _attempt = $"cannot create container \"{options.Id}\"";
        Store = new ContainerStore(context.Root);
        Record = new ContainerRecord();
        byte[] bytes = options.Configuration is null ? BundleReader.ReadBytes(options.Bundle) : ConfigurationWriter.Write(options.Configuration);
        _configurationBytes = bytes;
        Configuration = options.Configuration ?? ConfigurationReader.Read(bytes);
        context.Log.Debug($"container \"{options.Id}\": bundle \"{options.Bundle}\", {bytes.Length} bytes of configuration read");
    }

    internal ContainerStore Store { get; }

    internal ContainerRecord Record { get; }

    internal Configuration Configuration { get; }

    /// <summary>The container's process.</summary>
    internal ChildProcess Child { get; private set; } = null!;

    /// <summary>The terminal's master, for a foreground run; null otherwise.</summary>
    internal OwnedFd? TerminalMaster { get; private set; }

    internal ContainerCgroup Cgroup { get; private set; } = null!;

    private ResctrlGroup? _resctrl;
    private bool _mountsDevice;
    private bool _kept;

    private Linux Linux => Configuration.Linux ??= new Linux();

    private Process Process => Configuration.Process ?? throw new ContainerException($"{_attempt}: config.json has no process", FailureCode.InvalidArgument);

    /// <summary>The container stays.</summary>
    internal void Keep()
    {
        _undo.Keep();
        _kept = true;
    }

    /// <summary>Other commands may change the container from now on.</summary>
    internal void Unlock() => _lock.Release();

    /// <summary>No other command may.</summary>
    /// <returns>False where somebody has deleted the container meanwhile.</returns>
    internal bool TryLockAgain() => _lock.TryTakeAgain();

    /// <summary>Makes the container, up to the child that has everything but its program. On return it waits for <see cref="Release"/>.</summary>
    internal void Conceive(bool gate)
    {
        RunOciAnnotations.Apply(Configuration);
        CreateRules.Check(Configuration, _context, _options, foreground: !gate && !_options.Detach);
        ConnectPidfdSocket();
        MakeDirectory();
        string directory = Store.DirectoryOf(_options.Id);
        NotifySocket.Prepare(Configuration, directory);
        OwnedFd root = OpenRoot(out string rootPath);
        var namespaces = new NamespacesPlan(Linux);
        _context.Log.Debug($"root file system \"{_options.OverlayLower ?? rootPath}\"{(_options.OverlayLower is null ? "" : ", under an overlay")}");
        MakeCgroup();
        FillRecord(rootPath);
        PrepareResctrl();
        Store.SaveConfiguration(_options.Id, _configurationBytes);
        Store.Save(Record);
        Cgroup.Create();
        _undo.Push("remove the cgroup", RemoveCgroup);
        _resctrl?.Make(_undo);
        LogCgroup();
        _mountsDevice = MountsDevice(Configuration, MachineView.Real);
        Cgroup.Expect(Linux.Resources ?? new Resources(), devices: !_mountsDevice);
        var planContext = new PlanContext
        {
            Plan = _plan,
            Configuration = Configuration,
            Log = _context.Log,
            KeyringName = Record.KeyringName,
            RootPath = rootPath,
            RootDirectory = root,
            BundlePath = _options.Bundle,
            StateDirectory = directory,
            Channel = _channel.Child,
            InUserNamespace = namespaces.InUserNamespace,
            Unprivileged = Privilege.IsUnprivileged,
            NewNamespaces = namespaces.New,
            NoPivot = _options.NoPivot,
            OverlayLower = _options.OverlayLower,
            CgroupPaths = Record.CgroupPaths,
            DeviceRulesAfterMounts = _mountsDevice,
        };
        _open.Add(planContext);
        _outsideMounts = planContext.OutsideMounts;
        ContainerPlan containerPlan = MakePlan(planContext, namespaces, gate);
        containerPlan.Build();
        PlanLog.Write(_plan, _context.Log);
        Bear(containerPlan, namespaces, gate);
    }

    public void Dispose()
    {
        _undo.Dispose();
        if (_kept)
        {
            return; // the command is done, and the kernel closes everything at once
        }

        _plan.Dispose();
        _channel.Dispose();
        foreach (IDisposable open in _open)
        {
            open.Dispose();
        }
    }

    // A hook of the child, or what it has started, may have outlived the child.
    private void RemoveCgroup()
    {
        // At once, if it can be: to look for processes takes a descriptor, of which there may be none left.
        if (Cgroup.TryRemoveEmpty())
        {
            return;
        }

        Cgroup.KillAll();
        Cgroup.Remove();
    }

    private void ConnectPidfdSocket()
    {
        _pidfdSocket = PidfdSocket.Connect(_options.PidfdSocket ?? RunOciAnnotations.PidfdReceiver(Configuration));
        if (_pidfdSocket is not null)
        {
            _open.Add(_pidfdSocket);
        }
    }

    private void MakeDirectory()
    {
        _lock = Store.CreateContainerDirectory(_options.Id);
        _open.Add(_lock);
        _context.Log.Debug($"state in \"{Store.DirectoryOf(_options.Id)}\"");
        _undo.Push("remove the container's directory", () => Store.RemoveContainerDirectory(_options.Id));
    }

    private OwnedFd OpenRoot(out string rootPath)
    {
        if (_options.OverlayLower is not null)
        {
            rootPath = $"{Store.DirectoryOf(_options.Id)}/rootfs";
            int made = Files.TryMakeDirectory(rootPath, 0x1ed);
            OwnedFd empty = Files.Open(made == 0 ? rootPath : throw new LinuxException("mkdirat", made, $"\"{rootPath}\""), Fcntl.O_PATH | Fcntl.O_DIRECTORY);
            _open.Add(empty);
            return empty;
        }

        OwnedFd root = RootFilesystem.Open(_attempt, Configuration, _options.Bundle, MachineView.Real, out rootPath);
        _open.Add(root);
        return root;
    }

    private void MakeCgroup()
    {
        Cgroup = ContainerCgroup.Prepare(Linux.CgroupsPath, _options.Id, Linux.Resources, _context, Privilege.IsUnprivileged, Configuration.Annotations);
        Record.SystemdUnit = Cgroup.ScopeUnit ?? "";
        Record.SystemdUser = Cgroup.IsUserScope;
        Record.CgroupDriver = Cgroup.Driver;
        Record.CgroupPaths = Cgroup.Paths;
        Record.CgroupsMadeByUs = true;
    }

    // What is to be removed is in the record before it is made, so that a create that is killed leaves nothing that delete does not know.
    private void PrepareResctrl()
    {
        if (Linux.IntelRdt is { } asked)
        {
            _resctrl = new ResctrlGroup(_attempt, ResctrlMount.Require(_attempt), _options.Id, asked);
            Record.ResctrlGroups = _resctrl.ToRemove;
        }
    }

    private void LogCgroup()
    {
        _context.Log.Debug($"cgroup driver {Cgroup.Driver}, {Cgroup.Paths.Count} groups");
        foreach ((string hierarchy, string path) in Cgroup.Paths)
        {
            _context.Log.Debug($"cgroup \"{hierarchy}{path}\"");
        }
    }

    // A file system on a block device is mounted by the configuration's order, whatever the rules for devices let the container itself open.
    internal static bool MountsDevice(Configuration configuration, MachineView machine)
    {
        foreach (Spec.Mount mount in configuration.Mounts)
        {
            if (mount.Source is ['/', ..] && mount.Type is not ("bind" or "none" or "" or null)
                && machine.TryStatus(mount.Source, out FileStatus status) == 0 && (status.Mode & Stat.S_IFMT) == Stat.S_IFBLK)
            {
                return true;
            }
        }

        return false;
    }

    private void FillRecord(string rootPath)
    {
        Record.OciVersion = Configuration.OciVersion;
        Record.Id = _options.Id;
        Record.Bundle = _options.Bundle;
        Record.Rootfs = rootPath;
        Record.KeyringName = Keyring.NewName(_options.Id);
        Record.OwnNamespacesAlone = EntryConfiguration.NamespacesAlone(Configuration);
        Record.Created = DateTimeOffset.UtcNow;
        Record.Owner = Privilege.EffectiveUid;
        Record.Annotations = Configuration.Annotations;
        Record.PoststartHooks = Configuration.Hooks?.Poststart ?? [];
        Record.PoststopHooks = Configuration.Hooks?.Poststop ?? [];
    }

    private ContainerPlan MakePlan(PlanContext planContext, NamespacesPlan namespaces, bool gate)
    {
        bool groupsDenied = Privilege.IsUnprivileged && (namespaces.New & Sched.CLONE_NEWUSER) != 0 && IdMaps.DeniesGroups(Linux.GidMappings);
        if (groupsDenied && Process.User.AdditionalGids.Count > 0)
        {
            throw new ContainerException(
                $"{_attempt}: cannot set the supplementary groups of process.user.additionalGids without privilege",
                FailureCode.InvalidArgument,
                "take additionalGids out, or map groups through newgidmap (ranges in /etc/subgid)");
        }

        return new ContainerPlan(planContext, namespaces)
        {
            Channel = _channel.Child,
            Lock = _lock.Directory,
            TerminalSocket = TerminalSocket(),
            Seccomp = SeccompSteps.From(Configuration, _channel.Child, _context.Log),
            Gate = MakeGate(gate),
            HookStates = HookStateFiles(),
            HookStreams = Track(HookStreams.Open(Configuration.Annotations)),
            NewKeyring = !_options.NoNewKeyring,
            GroupsDenied = groupsDenied || RunOciAnnotations.KeepsGroups(Configuration),
            PreservedDescriptors = PreservedDescriptors.Check(_options.PreserveFds, _options.Sockets),
            Sockets = _options.Sockets,
            Environment = ProcessEnvironment.Complete(Process, planContext.RootDirectory),
        };
    }

    // create: the gate and its report. run: the gate alone, at which nobody waits; while the child holds it open it has
    // not executed its program, whatever has become of the caller.
    private (OwnedFd Gate, OwnedFd Report)? MakeGate(bool gate)
    {
        string directory = Store.DirectoryOf(_options.Id);
        if (gate)
        {
            return Track(GateFiles.Make(directory));
        }

        _open.Add(_mark = GateFiles.MakeMark(directory));
        _plan.Inherit(_mark);
        return null;
    }

    private HookStreams Track(HookStreams streams)
    {
        _open.Add(streams);
        return streams;
    }

    private (OwnedFd Gate, OwnedFd Report) Track((OwnedFd Gate, OwnedFd Report) files)
    {
        _open.Add(files.Gate);
        _open.Add(files.Report);
        return files;
    }

    private OwnedFd? TerminalSocket()
    {
        if (!Process.Terminal)
        {
            return null;
        }

        if (_options.ConsoleSocket is not { } path)
        {
            return _channel.Child;
        }

        OwnedFd socket = Terminal.ConsoleSocket.Connect(path);
        _open.Add(socket);
        return socket;
    }

    private (OwnedFd Creating, OwnedFd Created)? HookStateFiles()
    {
        if (Configuration.Hooks is not { } hooks || hooks.CreateContainer.Count + hooks.StartContainer.Count == 0)
        {
            return null;
        }

        // Written once the pid is known; the child has the same open files.
        _hookStates = (Files.MemoryFile("state"), Files.MemoryFile("state"));
        _open.Add(_hookStates.Value.Creating);
        _open.Add(_hookStates.Value.Created);
        return _hookStates;
    }
}
