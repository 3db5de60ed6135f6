using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Makes new namespaces in one child, which hands them over as descriptors and ends; the child of a new pid namespace stays as its init.</summary>
/// <remarks>
/// <code>
/// caller                                  child
///   clone3 with the namespaces ─────────────► waits
///   id maps
///   Go ─────────────────────────────────────► joins the owner, sets clocks, names, mounts
///                         ◄──────────────── a descriptor for each namespace
///                         ◄──────────────── Ready
///   names them
///   Go ─────────────────────────────────────► ends, or becomes the pid namespace's init
/// </code>
/// </remarks>
internal sealed class NamespaceMaker : IDisposable
{
    private const byte Go = (byte)'g';
    private const byte Ready = (byte)'r';
    private const string Handed = "n";

    // A time namespace with offsets must be empty while they are written; it is entered by nobody here.
    private const long MadeByUnshare = Sched.CLONE_NEWTIME;

    private readonly CreateOptions _options;
    private readonly string _attempt;
    private readonly ChildPlanBuilder _plan = new();
    private readonly ChildChannel _channel = new();
    private readonly List<(NamespaceType Type, OwnedFd Fd)> _made = [];
    private readonly OwnedFd? _owner;
    private readonly (IReadOnlyList<IdRange> Uids, IReadOnlyList<IdRange> Gids) _maps;
    private ChildProcess? _child;
    private Slot _procMount = Slot.None;

    internal NamespaceMaker(CreateOptions options, string attempt, string name)
    {
        _options = options;
        _attempt = attempt;
        _owner = options.Owner is { } path ? OpenOwner(path) : null;
        (IReadOnlyList<IdRange> uids, IReadOnlyList<IdRange> gids) = SubordinateIds.MappingsOf(Credentials.EffectiveUid, Credentials.EffectiveGid);
        _maps = (options.Uids ?? uids, options.Gids ?? gids);
        WritePlan(name);
    }

    /// <summary>What was made, by type.</summary>
    internal IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> Made => _made;

    /// <summary>What went otherwise than asked, as sentences.</summary>
    internal List<string> Notes { get; } = [];

    private bool Has(long flag) => (_options.Types & flag) != 0;

    private bool JoinsOwner => _owner is not null;

    /// <summary>Makes them. The child waits for <see cref="Release"/>.</summary>
    internal void Make()
    {
        try
        {
            _child = ChildProcess.Start(_plan, JoinsOwner ? 0 : _options.Types & ~MadeByUnshare, null, _channel);
        }
        catch (LinuxException failure)
        {
            throw new NamespaceException($"{_attempt}: the kernel refuses", NamespaceFailure.NotPermitted, NamespaceHints.Find("clone3", failure.Errno), failure);
        }

        _channel.Child.Dispose();
        if (Has(Sched.CLONE_NEWUSER) && !JoinsOwner)
        {
            IdMapWriter.Write(_child.Pid, _maps.Uids, _maps.Gids);
        }

        Say();
        Collect();
        if (JoinsOwner)
        {
            ChildProcess goBetween = _child;
            _child = goBetween.Follow(_plan.OnwardPid);
            goBetween.Dispose();
        }

        if (_procMount.Index >= 0 && _plan.ValueOf(_procMount) < 0)
        {
            Notes.Add("the mount namespace shows the caller's /proc: an outer container masks parts of it, and the kernel then refuses a new one");
        }
    }

    /// <summary>The child may end, or become the init of the pid namespace.</summary>
    /// <returns>The init, or null.</returns>
    internal HeldProcess? Release()
    {
        ChildProcess child = _child!;
        Say();
        bool ended = _channel.Receive(out _) == ChildChannel.EndOfFile;
        if (_plan.Failure is not null || !ended)
        {
            throw Death();
        }

        if (Has(Sched.CLONE_NEWPID))
        {
            _child = null;
            HeldProcess init = HeldProcess.Of(child.Pid);
            child.Dispose();
            return init;
        }

        child.KillAndWait();
        child.Dispose();
        _child = null;
        return null;
    }

    public void Dispose()
    {
        if (_child is not null && _plan.OnwardPid != 0 && _plan.OnwardPid != _child.Pid)
        {
            using ChildProcess next = _child.Follow(_plan.OnwardPid);
            next.KillAndWait();
        }
        else
        {
            _child?.KillAndWait();
        }

        _child?.Dispose();
        _plan.Dispose();
        _channel.Dispose();
        _owner?.Dispose();
        foreach ((_, OwnedFd fd) in _made)
        {
            fd.Dispose();
        }
    }

    private OwnedFd OpenOwner(string path)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd);
        if (fd is not null && NamespaceFiles.TryType(fd, out long flag) == 0 && flag == Sched.CLONE_NEWUSER)
        {
            return fd;
        }

        fd?.Dispose();
        throw new NamespaceException(
            fd is null ? $"{_attempt}: cannot open the user namespace \"{path}\": {Errno.Describe(errno)}" : $"{_attempt}: \"{path}\" is no user namespace",
            errno == Errno.ENOENT ? NamespaceFailure.NotFound : NamespaceFailure.InvalidArgument,
            "--user-of takes a name of \"rideau ns list\" that has a user namespace, a pid, or a path as /proc/PID/ns/user");
    }

    private void WritePlan(string name)
    {
        _plan.Name(_channel.Child.Number, "channel");
        _plan.Begin("wait for the caller");
        _plan.Receive(_channel.Child, Go);
        if (Credentials.EffectiveUid == 0)
        {
            // Of root's own id until the next steps: nobody in a user namespace may look into it.
            _plan.Begin("protect the child from being looked into");
            _plan.Call(SyscallNumber.prctl, Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0);
        }

        AddOwner();
        AddClocks();
        if (Has(Sched.CLONE_NEWUSER) || JoinsOwner)
        {
            AddIdentity();
        }

        AddContents();
        AddHandOver();
        _plan.Begin("wait until the namespaces have their names");
        _plan.Send(_channel.Child, Ready);
        _plan.Receive(_channel.Child, Go);
        if (Has(Sched.CLONE_NEWPID))
        {
            KeeperProcess.AddSteps(_plan, name, []);
        }
    }

    private void AddOwner()
    {
        if (_owner is null)
        {
            return;
        }

        _plan.Begin("drop the caller's supplementary groups");
        _plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
        _plan.Begin("join the user namespace that is to own the new ones");
        _plan.Call(SyscallNumber.setns, _owner, Sched.CLONE_NEWUSER);
        _plan.Begin("make the namespaces");
        _plan.CloneOnward(_options.Types & ~MadeByUnshare);
    }

    // Before the identity changes, because the file belongs to whom the child is now.
    private void AddClocks()
    {
        if (!Has(Sched.CLONE_NEWTIME))
        {
            return;
        }

        _plan.Begin("make the time namespace");
        _plan.Call(SyscallNumber.unshare, Sched.CLONE_NEWTIME);
        if (_options.MonotonicSeconds is null && _options.BoottimeSeconds is null)
        {
            return;
        }

        _plan.Begin("set the clocks of the time namespace");
        byte[] offsets = Encoding.ASCII.GetBytes($"monotonic {_options.MonotonicSeconds ?? 0} 0\nboottime {_options.BoottimeSeconds ?? 0} 0\n");
        Slot file = _plan.NewSlot("timens_offsets");
        _plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, _plan.Text("/proc/self/timens_offsets"), Fcntl.O_WRONLY | Fcntl.O_CLOEXEC).Into(file);
        _plan.Call(SyscallNumber.write, file, _plan.Bytes(offsets), offsets.Length);
    }

    private void AddIdentity()
    {
        uint uid = JoinsOwner ? 0 : First(_maps.Uids);
        uint gid = JoinsOwner ? 0 : First(_maps.Gids);
        _plan.Begin($"become user {uid} and group {gid} of the user namespace");
        _plan.Call(SyscallNumber.setresgid, gid, gid, gid);
        _plan.Call(SyscallNumber.setresuid, uid, uid, uid);
        _plan.Call(SyscallNumber.setgroups, 0, 0).Tolerating(Errno.EPERM);
    }

    private static uint First(IReadOnlyList<IdRange> ranges)
    {
        uint lowest = ranges.Count == 0 ? 0 : uint.MaxValue;
        foreach (IdRange range in ranges)
        {
            lowest = Math.Min(lowest, range.Inside);
        }

        return lowest;
    }

    private void AddContents()
    {
        if (Has(Sched.CLONE_NEWNS))
        {
            _plan.Begin("keep mounts of the new mount namespace to itself");
            _plan.Call(SyscallNumber.mount, 0, _plan.Text("/"), 0, Kernel.Abi.Mount.MS_REC | Kernel.Abi.Mount.MS_PRIVATE, 0);
            if (Has(Sched.CLONE_NEWPID))
            {
                _plan.Begin("mount a /proc that shows the pid namespace");
                _procMount = _plan.NewSlot("/proc");
                Argument proc = _plan.Text("proc");
                _plan.Call(SyscallNumber.mount, proc, _plan.Text("/proc"), proc, Kernel.Abi.Mount.MS_NOSUID | Kernel.Abi.Mount.MS_NODEV | Kernel.Abi.Mount.MS_NOEXEC, 0)
                    .Into(_procMount).Tolerating(Errno.EPERM);
            }
        }

        if (Has(Sched.CLONE_NEWNET))
        {
            LoopbackPlan.Add(_plan);
        }

        if (_options.Hostname is { } hostname)
        {
            _plan.Begin($"set the host name \"{hostname}\"");
            _plan.Call(SyscallNumber.sethostname, _plan.Text(hostname), Encoding.UTF8.GetByteCount(hostname));
        }
    }

    private void AddHandOver()
    {
        Slot fd = _plan.NewSlot("namespace");
        foreach (NamespaceType type in NamespaceType.All)
        {
            if (Has(type.Flag))
            {
                _plan.Begin($"hand over the {type.Word} namespace");
                _plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, _plan.Text($"/proc/self/ns/{type.MakersFile}"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC).Into(fd);
                _plan.SendDescriptor(_channel.Child, fd, Handed);
                _plan.Call(SyscallNumber.close, fd);
            }
        }
    }

    private void Collect()
    {
        while (true)
        {
            byte message = _channel.Receive(out OwnedFd? fd);
            if (message == Ready)
            {
                return;
            }

            if (message != (byte)Handed[0] || fd is null)
            {
                fd?.Dispose();
                throw Death();
            }

            int errno = NamespaceFiles.TryType(fd, out long flag);
            _made.Add((errno == 0 ? NamespaceType.Of(flag) : throw new LinuxException("ioctl", errno, "NS_GET_NSTYPE"), fd));
        }
    }

    private void Say()
    {
        if (_channel.TrySend(Go) != 0)
        {
            throw Death();
        }
    }

    private NamespaceException Death() => PlanFailures.Describe(_attempt, _plan);
}
