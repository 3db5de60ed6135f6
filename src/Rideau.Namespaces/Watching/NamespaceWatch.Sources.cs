using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>The choice of a mechanism, and what comes from it.</summary>
public sealed partial class NamespaceWatch
{
    private const int KernelToken = 1;
    private const int ProcessToken = 2;
    private const int LookToken = 3;
    private const int ProbeToken = 4;
    private const int DirectoryToken = 5;
    private const int MountToken = 6;
    private const int NameLookToken = 7;
    private const int RecordsAtOnce = 4096;
    private const int SlowestIntervals = 5;

    private void OpenSources()
    {
        _names = new NameChanges(_options.Root);
        _ledger.HasIds = HasHandles();
        string reason = OpenPrograms();
        if (_kernel is null && _options.Mechanism is WatchMechanism.Tree or WatchMechanism.Tasks)
        {
            throw new NamespaceException($"cannot watch namespaces by programs in the kernel: {reason}", NamespaceFailure.NotSupported, "without a mechanism being asked for, the best that can be had is taken");
        }

        if (_kernel is null)
        {
            Mechanism = WatchMechanism.Processes;
            _ledger.TriesHandles = true;
        }

        if (Mechanism != WatchMechanism.Tree)
        {
            _probe = new DeathProbe(_ledger, _options.Interval * SlowestIntervals);
        }

        if (_kernel is null)
        {
            _processes = new ProcessSource(_ledger, _probe!, _named, _options.Interval);
        }
        else
        {
            _nameLook = Timers.Make();
        }

        AddLimits(reason);
        Register(_kernel?.Descriptor, Epoll.EPOLLIN, KernelToken);
        Register(_processes?.Events, Epoll.EPOLLIN, ProcessToken);
        Register(_processes?.Timer, Epoll.EPOLLIN, LookToken);
        Register(_probe?.Timer, Epoll.EPOLLIN, ProbeToken);
        Register(_names.Directories, Epoll.EPOLLIN, DirectoryToken);
        Register(_names.Mounts, Epoll.EPOLLPRI, MountToken);
        Register(_nameLook, Epoll.EPOLLIN, NameLookToken);
        LookForNames();
    }

    // Where nothing tells of new names and nothing else looks at intervals: a directory that appears later may be the one that inotify has no room
    // for. And where the last look did not see all.
    private void LookForNames()
    {
        if (_nameLook is not null && !_nameLookIsSet && (_names!.Shortage is not null || _names.HasToLookAgain))
        {
            Timers.Set(_nameLook, _options.Interval);
            _nameLookIsSet = true;
        }
    }

    // The better of the two kinds of programs; otherwise says why neither can be had.
    private string OpenPrograms()
    {
        string? tree = "it was asked for so";
        if (_options.Mechanism is WatchMechanism.Best or WatchMechanism.Tree)
        {
            Mechanism = WatchMechanism.Tree;
            tree = KernelSource.TryOpenTree(_options.BufferBytes, out _kernel);
        }

        if (_kernel is not null || _options.Mechanism is not (WatchMechanism.Best or WatchMechanism.Tasks))
        {
            return tree ?? "";
        }

        Mechanism = WatchMechanism.Tasks;
        return (_ledger.HasIds ? KernelSource.TryOpenTasks(_options.BufferBytes, _options.Thorough, out _kernel) : "this kernel has no handles of namespaces (6.18 has)") ?? "";
    }

    // The namespaces of this process, which lives: the kernel knows them by their handles, or knows no handles.
    private static bool HasHandles()
    {
        OwnedFd? again = null;
        int errno = NamespaceIdentity.TryOf("/proc/self/ns/uts") is { } own ? own.TryReopen(out again) : Errno.EOPNOTSUPP;
        again?.Dispose();
        return errno == 0;
    }

    private void Register(OwnedFd? fd, uint events, int token)
    {
        int errno = fd is null ? 0 : _poll.TryAdd(fd, events, (ulong)token);
        if (errno != 0)
        {
            throw new LinuxException("epoll_ctl", errno, "EPOLL_CTL_ADD");
        }
    }

    // Takes what came; false where nothing did.
    private bool Collect()
    {
        Span<PolledEvent> came = stackalloc PolledEvent[8];
        int count = _poll.Wait(came, 0);
        bool mounted = _names!.TakeMountChange();
        if (mounted)
        {
            TakeChangeOfNames();
        }

        if (count == 0 && !mounted)
        {
            _probe?.SetTimer();
            return false;
        }

        foreach (PolledEvent polled in came[..count])
        {
            Take((int)polled.Tag);
        }

        TellFound();
        ReadNames(tell: true);
        LookForNames();
        return true;
    }

    private void Take(int token)
    {
        switch (token)
        {
            case KernelToken:
                ReadRecords();
                break;
            case ProcessToken:
                _processes!.FollowEvents();
                break;
            case LookToken:
                _names!.Notice();
                _processes!.Tick();
                break;
            case ProbeToken:
                _probe!.Ask();
                break;
            case NameLookToken:
                EventCounter.TryTake(_nameLook!);
                _nameLookIsSet = false;
                TakeChangeOfNames();
                break;
            case DirectoryToken:
                TakeChangeOfNames();
                break;
            default:
                break; // mounts: asked for above
        }
    }

    private void TakeChangeOfNames()
    {
        _names!.Notice();
        _probe?.SuspectTheLoose();
    }

    private void ReadRecords()
    {
        if (_kernel is not null)
        {
            _kernel.Read(Take, RecordsAtOnce);
            ulong lost = _kernel.TakeLost();
            if (lost > 0)
            {
                Repair(lost);
            }
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        var record = new NamespaceRecord(bytes);
        if (bytes.Length < NamespaceRecord.Bytes || NamespaceType.TryOf(record.TypeFlag) is not { } type)
        {
            return; // a type that this program does not know
        }

        KnownNamespace? known = null;
        switch (record.Event)
        {
            case NamespaceRecord.Born:
                _ledger.Born(record, type);
                known = _ledger.Find(record.Inode);
                break;
            case NamespaceRecord.Seen:
                _ledger.Seen(record, type, isLeaving: false);
                return;
            case NamespaceRecord.Released:
                if (Mechanism == WatchMechanism.Tasks)
                {
                    _ledger.Seen(record, type, isLeaving: true);
                }

                known = _ledger.Released(record);
                break;
            default:
                _ledger.Died(record, type);
                return;
        }

        if (known is not null)
        {
            _probe?.Suspect(known);
        }
    }

    // Records were lost: first those that are there, then everything anew. Each that is known is asked for, as its death may be among the lost ones.
    private void Repair(ulong lost)
    {
        while (_kernel!.Read(Take, RecordsAtOnce) > 0)
        {
        }

        _ledger.TellLost(lost + _kernel.TakeLost());
        try
        {
            LookAtAll(thorough: true);
        }
        catch (LinuxException failure) when (Errno.IsScarcity(failure.Errno))
        {
            // No descriptors to look with: that something is lost is told already.
        }

        foreach (KnownNamespace known in new List<KnownNamespace>(_ledger.Living))
        {
            _ = DeathProbe.Ask(_ledger, known); // ignored: who does not answer is told when the kernel says so
        }
    }

    private void AddLimits(string reason)
    {
        if (_names!.Shortage is { } shortage)
        {
            _limits.Add($"names are looked for every {Seconds(_processes?.Interval ?? _options.Interval)} s, as nothing tells of them: {shortage}");
        }

        if (Mechanism == WatchMechanism.Tree)
        {
            return;
        }

        if (Mechanism == WatchMechanism.Tasks)
        {
            if (!_options.Thorough)
            {
                _limits.Add("a namespace that a process makes and leaves again without a fork, an exec or its end between is missed, and one that it stays in is told at the next of the three, as functions of this kernel cannot be attached to; \"thorough\" sees it, and slows every system call of the machine");
            }

            return;
        }

        _limits.Add($"births and deaths are noticed by looking at processes: {reason}");
        _limits.Add(_processes!.Events is null
            ? $"the kernel does not tell what processes do here: they are looked at every {Seconds(_options.Interval)} s, and a namespace that lives shorter than that is missed"
            : "a namespace that lives shorter than a look at its process takes (some hundred microseconds) can be missed");
        if (Credentials.EffectiveUid != 0)
        {
            _limits.Add("namespaces of other users' processes are out of sight; root sees all of them");
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
