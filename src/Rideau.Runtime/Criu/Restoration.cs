using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Entering;
using Rideau.Runtime.Hooks;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Criu;

/// <summary>A container on its way back: what is made for it, CRIU at work, and what it says meanwhile.</summary>
/// <remarks>Whatever is made goes on an undo stack at once; <see cref="Dispose"/> unmakes it unless <see cref="Keep"/> was called.</remarks>
internal sealed class Restoration : IDisposable
{
    private const string LogName = "restore.log";

    private readonly RuntimeContext _context;
    private readonly RestoreOptions _options;
    private readonly string _attempt;
    private readonly UndoStack _undo;
    private readonly List<IDisposable> _open = [];
    private readonly byte[] _configurationBytes;
    private readonly Configuration _configuration;
    private ContainerLock _lock = null!;
    private ContainerCgroup _cgroup = null!;
    private ResctrlGroup? _resctrl;
    private OwnedFd? _consoleSocket;
    private ContainerException? _refused;

    internal Restoration(RuntimeContext context, RestoreOptions options)
    {
        _context = context;
        _options = options;
        _attempt = $"cannot restore container \"{options.Id}\"";
        _undo = new UndoStack(context.Log);
        Store = new ContainerStore(context.Root);
        _configurationBytes = BundleReader.ReadBytes(options.Bundle);
        _configuration = ConfigurationReader.Read(_configurationBytes);
    }

    internal ContainerStore Store { get; }

    internal ContainerRecord Record { get; } = new();

    /// <summary>The container's init, once CRIU has made it: this process's child.</summary>
    internal ChildProcess? Child { get; private set; }

    /// <summary>The terminal's master, in the foreground; null otherwise.</summary>
    internal OwnedFd? TerminalMaster { get; private set; }

    private Spec.Linux Linux => _configuration.Linux ??= new Spec.Linux();

    /// <summary>The container stays.</summary>
    internal void Keep() => _undo.Keep();

    /// <summary>Other commands may change the container from now on.</summary>
    internal void Unlock() => _lock.Release();

    /// <summary>No other command may.</summary>
    /// <returns>False where somebody has deleted the container meanwhile.</returns>
    internal bool TryLockAgain() => _lock.TryTakeAgain();

    /// <summary>Makes the container. On return it runs, and CRIU has ended and was collected.</summary>
    internal void Carry()
    {
        RunOciAnnotations.Apply(_configuration);
        CreateRules.Check(_configuration, _context, new CreateOptions { Id = _options.Id, Bundle = _options.Bundle, ConsoleSocket = _options.ConsoleSocket }, foreground: !_options.Detach);
        string program = CriuProgram.Require(_attempt, out int version);
        CheckVersion(version);
        ImageDirectory images = Track(ImageDirectory.Open(_attempt, "--image-path", _options.ImagePath, make: false));
        ImageDirectory work = _options.WorkPath is null ? images : Track(ImageDirectory.Open(_attempt, "--work-path", _options.WorkPath, make: true));
        List<string> names = StandardStreamNames.Read(_attempt, images);
        _consoleSocket = _options.ConsoleSocket is { } socket ? Track(Terminal.ConsoleSocket.Connect(socket)) : null;
        _context.Log.Debug($"criu {CriuProgram.Words(version)} \"{program}\", images in \"{images.Path}\", log \"{work.Path}/{LogName}\"");
        MakeContainer(out OwnedFd root);
        List<OwnedFd> inherited = [];
        CriuRequest request = MakeRequest(names, root, inherited);
        Carry(program, request, images, work, inherited);

        _ = Files.TryRemove(Place, null, Fcntl.AT_REMOVEDIR); // ignored: it goes with the container's directory
        if (_options.PidFile is { } pidFile)
        {
            PidFile.Write(pidFile, Child!.Pid);
            _undo.Push("remove the pid file", () => Files.TryRemove(pidFile));
        }
    }

    public void Dispose()
    {
        _undo.Dispose();
        foreach (IDisposable open in _open)
        {
            open.Dispose();
        }
    }

    // Where the root file system is mounted, in CRIU's mount namespace alone.
    private string Place => $"{Store.DirectoryOf(_options.Id)}/criu-root";

    private T Track<T>(T open)
        where T : IDisposable
    {
        _open.Add(open);
        return open;
    }

    private void CheckVersion(int version)
    {
        const int lsmVersion = 31600;
        if (version < lsmVersion && (_options.Settings.LsmProfile ?? _options.Settings.LsmMountContext) is not null)
        {
            throw new ContainerException($"{_attempt}: --lsm-profile and --lsm-mount-context need criu {CriuProgram.Words(lsmVersion)}, and this is {CriuProgram.Words(version)}", FailureCode.NotSupported, "install a newer package \"criu\"");
        }
    }

    private void MakeContainer(out OwnedFd root)
    {
        _lock = Track(Store.CreateContainerDirectory(_options.Id));
        _undo.Push("remove the container's directory", () => Store.RemoveContainerDirectory(_options.Id));
        root = Track(RootFilesystem.Open(_attempt, _configuration, _options.Bundle, MachineView.Real, out string rootPath));
        _cgroup = ContainerCgroup.Prepare(Linux.CgroupsPath, _options.Id, Linux.Resources, _context, Privilege.IsUnprivileged, _configuration.Annotations);
        FillRecord(rootPath);
        if (Linux.IntelRdt is { } asked)
        {
            _resctrl = new ResctrlGroup(_attempt, ResctrlMount.Require(_attempt), _options.Id, asked);
            Record.ResctrlGroups = _resctrl.ToRemove;
        }

        Store.SaveConfiguration(_options.Id, _configurationBytes);
        Store.Save(Record);
        NotifySocket.Prepare(_configuration, Store.DirectoryOf(_options.Id));
        MakeDirectory($"{Store.DirectoryOf(_options.Id)}/notify");
        MakeDirectory(Place);
        _cgroup.Create();
        _undo.Push("remove the cgroup", RemoveCgroup);
        _resctrl?.Make(_undo);
        _cgroup.Expect(Linux.Resources ?? new Resources(), devices: true);
    }

    private static void MakeDirectory(string path)
    {
        int errno = Files.TryMakeDirectory(path, 0x1ed); // 0755
        if (errno is not (0 or Errno.EEXIST))
        {
            throw new LinuxException("mkdirat", errno, $"\"{path}\", 0755");
        }
    }

    private void FillRecord(string rootPath)
    {
        Record.OciVersion = _configuration.OciVersion;
        Record.Id = _options.Id;
        Record.Bundle = _options.Bundle;
        Record.Rootfs = rootPath;
        Record.KeyringName = Keyring.NewName(_options.Id);
        Record.OwnNamespacesAlone = EntryConfiguration.NamespacesAlone(_configuration);
        Record.Created = DateTimeOffset.UtcNow;
        Record.Owner = Privilege.EffectiveUid;
        Record.Annotations = _configuration.Annotations;
        Record.PoststopHooks = _configuration.Hooks?.Poststop ?? [];
        Record.SystemdUnit = _cgroup.ScopeUnit ?? "";
        Record.SystemdUser = _cgroup.IsUserScope;
        Record.CgroupDriver = _cgroup.Driver;
        Record.CgroupPaths = _cgroup.Paths;
        Record.CgroupsMadeByUs = true;
    }

    private CriuRequest MakeRequest(List<string> names, OwnedFd root, List<OwnedFd> inherited)
    {
        var request = new CriuRequest
        {
            Kind = CriuKind.Restore,
            LogFile = LogName,
            Root = Place,
            ConfigurationFile = ConfigurationFile.Of(_configuration.Annotations),
            Settings = _options.Settings,
        };
        ExternalNamespaces.AddToRestore(request, _attempt, Linux, inherited);
        _open.AddRange(inherited);
        ExternalMounts.AddToRestore(request, _configuration, _options.Bundle, root, Record.Rootfs, Record.CgroupPaths, $"{Store.DirectoryOf(_options.Id)}/notify");
        foreach ((string name, int descriptor) in StandardStreamNames.ToInherit(names))
        {
            request.Inherited.Add((name, descriptor));
        }

        foreach (string name in StandardStreamNames.OfNull(names))
        {
            request.Inherited.Add((name, CriuPlan.SocketNumber + 1 + inherited.Count));
            inherited.Add(Track(Files.Open("/dev/null", Fcntl.O_RDWR)));
        }

        return request;
    }

    private void Carry(string program, CriuRequest request, ImageDirectory images, ImageDirectory work, List<OwnedFd> inherited)
    {
        var plan = new ChildPlanBuilder();
        RestoreMountsPlan.Add(plan, _configuration.Mounts, _options.Bundle, Record.Rootfs, Place);
        using OwnedFd? birthplace = _cgroup.OpenForClone();
        // The undo stack is unwound behind the session: CRIU has ended by then, and with it what it was about to make.
        _undo.Push("end the restored processes", () => Child?.KillAndWait());
        using CriuSession session = CriuSession.Start(_attempt, program, plan, Sched.CLONE_NEWNS, birthplace, inherited, ownGroup: !_options.Settings.ShellJob);
        PutIntoCgroup(session.Pid);
        AddCgroupRoots(request, session.Pid);
        request.ImagesDirectory = Track(images.OpenIn(session.Pid)).Number;
        request.WorkDirectory = Track(work.OpenIn(session.Pid)).Number;
        try
        {
            CriuAnswer answer = session.Carry(request, Notified, _context.Log);
            Adopt(answer.Pid);
            session.End(mayFail: false);
        }
        catch (ContainerException failure)
        {
            throw _refused ?? new CriuLog(work.Directory, $"{work.Path}/{LogName}").Explain(failure, session.FirstError, _context.Log);
        }

        _context.Log.Debug($"criu ended; process {Child!.Pid} is the container's init");
    }

    private void PutIntoCgroup(int pid)
    {
        _cgroup.AddProcess(pid);
        _resctrl?.AddProcess(pid); // what CRIU makes is born there
        if (CgroupOwnership.Of(_configuration) is { } owner)
        {
            _cgroup.Give(owner);
        }

        _cgroup.Apply(Linux.Resources ?? new Resources());
    }

    // The processes are made in CRIU's own groups, and the image's are below those.
    private static void AddCgroupRoots(CriuRequest request, int pid)
    {
        foreach (string line in Files.ReadText($"/proc/{pid}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3)
            {
                request.CgroupRoots.Add((fields[1], fields[2]));
            }
        }
    }

    private bool Notified(CriuAnswer notification, OwnedFd? descriptor)
    {
        _context.Log.Debug($"criu: {notification.Script}{(notification.Pid == 0 ? "" : $", process {notification.Pid}")}");
        try
        {
            switch (notification.Script)
            {
                case "setup-namespaces":
                    SetLoopbackUp(notification.Pid);
                    RunHooks(notification.Pid);
                    break;
                case "post-restore":
                    Adopt(notification.Pid);
                    break;
                case "orphan-pts-master" when descriptor is not null:
                    TakeTerminal(descriptor);
                    descriptor = null;
                    break;
            }

            return true;
        }
        catch (ContainerException failure)
        {
            // CRIU is told no, undoes what it has made, and says that it failed: this is the reason.
            _refused = failure;
            return false;
        }
        finally
        {
            descriptor?.Dispose();
        }
    }

    // CRIU leaves the network to others; without this what listens on 127.0.0.1 could not be restored.
    private void SetLoopbackUp(int pid)
    {
        if (!Linux.Namespaces.Exists(static one => one.Type == "network" && string.IsNullOrEmpty(one.Path)))
        {
            return;
        }

        try
        {
            using OwnedFd network = Files.Open($"/proc/{pid}/ns/net", Fcntl.O_RDONLY);
            using NetlinkSocket socket = NetlinkSocket.Open(network);
            if (Links.Find(socket, "lo") is { } loopback)
            {
                Links.TrySetUp(socket, loopback.Index, up: true).Check("RTM_NEWLINK", "lo, up");
            }
        }
        catch (LinuxException failure)
        {
            throw new ContainerException($"{_attempt}: cannot bring the loopback device up", FailureCode.General, null, failure);
        }
    }

    private void RunHooks(int pid)
    {
        Spec.Hooks hooks = _configuration.Hooks ?? new Spec.Hooks();
        if (hooks.Prestart.Count + hooks.CreateRuntime.Count == 0)
        {
            return;
        }

        Record.InitPid = pid;
        byte[] state = StateJson.WriteForHooks(Record, ContainerStatus.Creating);
        Record.InitPid = 0;
        _context.Log.Debug($"hooks: {hooks.Prestart.Count} prestart, {hooks.CreateRuntime.Count} createRuntime");
        HookRunner.Run("prestart", hooks.Prestart, state, Record.Annotations);
        HookRunner.Run("createRuntime", hooks.CreateRuntime, state, Record.Annotations);
    }

    private void TakeTerminal(OwnedFd master)
    {
        if (_consoleSocket is null)
        {
            TerminalMaster = Track(master);
            return;
        }

        using (master)
        {
            Sockets.SendWithDescriptor(_consoleSocket, System.Text.Encoding.ASCII.GetBytes(Protocol.ConsoleName), master);
        }
    }

    // From here on the container can be seen, and looked into.
    private void Adopt(int pid)
    {
        if (Child is not null)
        {
            return;
        }

        Child = ChildProcess.TryAdopt(pid) ?? throw new ContainerException($"{_attempt}: criu says that it has made process {pid}, and that is no child of this command");
        _open.Add(Child);
        KeepTimeNamespace(pid);
        Record.InitPid = pid;
        Record.InitStartTime = ProcessIdentity.StartTimeOf(pid);
        Record.Created = DateTimeOffset.UtcNow;
        Record.Complete = true;
        Record.Started = true;
        Store.Save(Record);
    }

    // CRIU puts processes into a time namespace, so that their monotonic clocks go on; what is executed later joins it.
    private void KeepTimeNamespace(int pid)
    {
        string? theirs = Files.ReadLink($"/proc/{pid}/ns/time");
        if (theirs is null || theirs == Files.ReadLink("/proc/self/ns/time"))
        {
            return;
        }

        Configuration kept = ConfigurationReader.Read(_configurationBytes);
        kept.Linux ??= new Spec.Linux();
        if (!kept.Linux.Namespaces.Exists(static one => one.Type == "time"))
        {
            kept.Linux.Namespaces.Add(new Namespace("time", null));
            Store.SaveConfiguration(_options.Id, ConfigurationWriter.Write(kept));
        }
    }

    private void RemoveCgroup()
    {
        if (!_cgroup.TryRemoveEmpty())
        {
            _cgroup.KillAll();
            _cgroup.Remove();
        }

        Signals.ReapAllBut(0);
    }
}
