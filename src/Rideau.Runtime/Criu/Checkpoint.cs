using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Criu;

/// <summary>checkpoint: CRIU writes a container's processes to files, from which restore makes them again.</summary>
public sealed class Checkpoint
{
    private const string LogName = "dump.log";
    private const int NetworkLockSkipVersion = 40000; // some 3.x may not know it

    private readonly RuntimeContext _context;
    private readonly CheckpointOptions _options;
    private readonly string _attempt;
    private readonly ContainerStore _store;
    private bool _said;

    private Checkpoint(RuntimeContext context, CheckpointOptions options)
    {
        _context = context;
        _options = options;
        _attempt = $"cannot checkpoint container \"{options.Id}\"";
        _store = new ContainerStore(context.Root);
    }

    /// <summary>Writes the checkpoint. The container is removed then, as the field has it, unless it is to go on.</summary>
    /// <exception cref="ContainerException">NotFound; WrongState: neither running nor paused; NotSupported: CRIU is missing, too old, or lacks what an option needs. General: CRIU failed, and the container runs as before.</exception>
    public static void Execute(RuntimeContext context, CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var checkpoint = new Checkpoint(context, options);
        using ContainerLock held = checkpoint._store.Lock(options.Id);
        ContainerRecord record = checkpoint.LoadRunning();
        checkpoint.Write(record);
        if (!options.Settings.LeaveRunning && !options.PreDump)
        {
            Kill.Everything(record);
            Delete.Finished(context, checkpoint._store, record);
        }
    }

    private ContainerRecord LoadRunning()
    {
        ContainerRecord record = _store.Load(_options.Id);
        ContainerStatus status = _store.StatusOf(record);
        return status is ContainerStatus.Running or ContainerStatus.Paused
            ? record
            : throw new ContainerException($"{_attempt}: container cannot be checkpointed in {StateJson.Word(status)} state", FailureCode.WrongState, status == ContainerStatus.Created ? $"\"rideau start {_options.Id}\" first" : null);
    }

    private void Write(ContainerRecord record)
    {
        if (Privilege.EffectiveUid != 0)
        {
            _context.Log.Warning("checkpoint is untested with rootless containers");
        }

        CheckOptions();
        string program = CriuProgram.Require(_attempt, out int version);
        if (_options.PreDump || _options.Settings.LazyPages)
        {
            CriuProgram.RequireFeatures(_attempt, program, _options.PreDump, _options.Settings.LazyPages);
        }

        using ImageDirectory images = ImageDirectory.Open(_attempt, "--image-path", _options.ImagePath, make: true);
        using ImageDirectory? work = _options.WorkPath is null ? null : ImageDirectory.Open(_attempt, "--work-path", _options.WorkPath, make: true);
        CheckParent(images);
        _context.Log.Debug($"criu {CriuProgram.Words(version)} \"{program}\", images in \"{images.Path}\", log \"{(work ?? images).Path}/{LogName}\"");
        CriuRequest request = MakeRequest(record, version, images, work);
        using var session = CriuSession.Start(_attempt, program);
        try
        {
            session.Carry(request, Notified, _context.Log);
            session.End(mayFail: _options.PreDump);
        }
        catch (ContainerException failure)
        {
            throw new CriuLog((work ?? images).Directory, $"{(work ?? images).Path}/{LogName}").Explain(failure, session.FirstError, _context.Log);
        }
    }

    private CriuRequest MakeRequest(ContainerRecord record, int version, ImageDirectory images, ImageDirectory? work)
    {
        Configuration configuration = ConfigurationReader.Read(_store.LoadConfiguration(record.Id));
        var request = new CriuRequest
        {
            Kind = _options.PreDump ? CriuKind.PreDump : CriuKind.Dump,
            ImagesDirectory = images.Directory.Number,
            WorkDirectory = work?.Directory.Number ?? -1,
            Pid = record.InitPid,
            LogFile = LogName,
            Root = record.Rootfs,
            ConfigurationFile = ConfigurationFile.Of(configuration.Annotations),
            ParentImage = _options.ParentPath,
            FreezerCgroup = ContainerCgroup.OfRecord(record).FreezerPath,
            NetworkLock = _options.Settings.NetworkLock != NetworkLock.Default ? _options.Settings.NetworkLock
                : CriuProgram.LacksIptables() ? LockWithoutIptables(configuration, version) : NetworkLock.Default,
            Settings = _options.Settings,
        };
        ExternalNamespaces.AddToDump(request, _attempt, configuration.Linux ?? new Linux());
        if (!_options.PreDump)
        {
            ExternalMounts.AddToDump(request, configuration, record.InitPid, record.CgroupPaths);
            var names = StandardStreamNames.Of(record.InitPid);
            request.External.AddRange(StandardStreamNames.Outside(names));
            StandardStreamNames.Write(images.Directory, names);
        }

        return request;
    }

    // A network namespace that outlives the dump keeps CRIU's table, which restore fails to make again (criu 4.1); where no connections are
    // taken along, none need be held.
    private NetworkLock LockWithoutIptables(Configuration configuration, int version)
    {
        bool outlives = configuration.Linux?.Namespaces.Exists(static one => one.Type == "network" && !string.IsNullOrEmpty(one.Path)) ?? false;
        return outlives && version >= NetworkLockSkipVersion && !_options.Settings.TcpEstablished && !ConfigurationFile.IsThere(configuration.Annotations) ? NetworkLock.Skip : NetworkLock.Nftables;
    }

    private void CheckOptions()
    {
        if (_options.ParentPath is ['/', ..])
        {
            throw new ContainerException($"{_attempt}: --parent-path must be relative: \"{_options.ParentPath}\"", FailureCode.InvalidArgument, "it is written into the image as it is: --parent-path ../before");
        }

        if (_options.StatusDescriptor < 0)
        {
            return;
        }

        int flags = Files.TryAccessMode(_options.StatusDescriptor);
        if (flags < 0 || (flags & 3) == Fcntl.O_RDONLY)
        {
            throw new ContainerException($"{_attempt}: invalid --status-fd argument {_options.StatusDescriptor}: {(flags < 0 ? Errno.Describe(-flags) : "not writable")}", FailureCode.InvalidArgument, "open it for this command: --status-fd 5 5>FILE");
        }
    }

    private void CheckParent(ImageDirectory images)
    {
        if (_options.ParentPath is not { } parent)
        {
            return;
        }

        int errno = Files.TryOpen(parent, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out OwnedFd? directory, 0, images.Directory);
        directory?.Dispose();
        if (errno != 0)
        {
            throw new ContainerException($"{_attempt}: invalid --parent-path: \"{images.Path}/{parent}\": {Errno.Describe(errno)}", FailureCode.InvalidArgument, "it is the image path of the pre-dump before, relative to this one's");
        }
    }

    private bool Notified(CriuAnswer notification, OwnedFd? descriptor)
    {
        descriptor?.Dispose();
        _context.Log.Debug($"criu: {notification.Script}");
        if (notification.Script == "status-ready" && _options.StatusDescriptor >= 0 && !_said)
        {
            _said = true;
            if (Files.TryWriteSome(_options.StatusDescriptor, [0]) != 1)
            {
                _context.Log.Warning($"cannot write to --status-fd {_options.StatusDescriptor}, ignoring");
            }

            // Whoever waits for its end is not to wait for this command's.
            new OwnedFd(_options.StatusDescriptor).Dispose();
        }

        return true;
    }
}
