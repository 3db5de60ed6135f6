using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;
using Rideau.Kernel.Procfs;

namespace Rideau.Namespaces;

/// <summary>Births and deaths by looking at processes: at each that forks, executes or ends, where the kernel tells that, and at all of them at intervals.</summary>
/// <remarks>Before kernel 6.18, which has handles to ask by, one is dead when nothing in /proc shows it any more. Of a death between two looks the time is that of the look.</remarks>
internal sealed class ProcessSource : IDisposable
{
    private const int QuietLooks = 5;

    private static readonly NamespaceType[] s_order =
    [
        NamespaceType.Cgroup, NamespaceType.Ipc, NamespaceType.Mount, NamespaceType.Network, NamespaceType.Pid,
        NamespaceType.Time, NamespaceType.User, NamespaceType.Uts, NamespaceType.Pid, NamespaceType.Time,
    ];

    private readonly NamespaceLedger _ledger;
    private readonly DeathProbe _probe;
    private readonly NamedNamespaces? _names;
    private readonly ProcessEvents? _events;
    private readonly OwnedFd _proc = Files.Open("/proc", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
    private readonly HashSet<int> _changed = [];
    private readonly HashSet<int> _ended = [];
    private bool _isBlind;

    internal ProcessSource(NamespaceLedger ledger, DeathProbe probe, NamedNamespaces? names, TimeSpan interval)
    {
        _ledger = ledger;
        _probe = probe;
        _names = names;
        _ = ProcessEvents.TryOpen(out _events); // ignored: then the looks alone tell
        Interval = _events is null ? interval : interval * QuietLooks;
        Timer = Timers.Make();
        Timers.Set(Timer, Interval);
    }

    /// <summary>Readable where processes have changed; null where the kernel does not tell.</summary>
    internal OwnedFd? Events => _events?.Descriptor;

    /// <summary>From one look at all to the next.</summary>
    internal TimeSpan Interval { get; }

    /// <summary>Readable when it is time for a look at all.</summary>
    internal OwnedFd Timer { get; }

    /// <summary>Looks at the processes that have changed.</summary>
    internal void FollowEvents()
    {
        _changed.Clear();
        _ended.Clear();
        bool whole = _events!.Read((what, pid) => (what == ProcessEvents.Exit ? _ended : _changed).Add(pid));
        foreach (int pid in _changed)
        {
            LookAt(pid);
        }

        ForgetMembers(_ended);
        if (!whole)
        {
            _ledger.TellLost(1);
            TryLookAtAll();
        }
    }

    /// <summary>It is time for a look at all.</summary>
    internal void Tick()
    {
        EventCounter.TryTake(Timer);
        TryLookAtAll();
        Timers.Set(Timer, Interval);
    }

    // With no descriptors to look with it goes on: a part would be taken for all, and what is not in it for dead. The next look may see again.
    private void TryLookAtAll()
    {
        try
        {
            LookAtAll();
            _isBlind = false;
        }
        catch (LinuxException failure) when (Errno.IsScarcity(failure.Errno))
        {
            if (!_isBlind)
            {
                _ledger.TellLost(1);
            }

            _isBlind = true;
        }
    }

    /// <summary>Counts everything that is in sight.</summary>
    /// <exception cref="LinuxException">No descriptors are left to look with.</exception>
    internal void LookAtAll()
    {
        NamespaceCensus census = NamespaceCensus.Take(_names, thorough: false);
        HashSet<ulong> seen = [];
        foreach (NamespaceInfo info in census.All)
        {
            seen.Add(info.Inode);
            NamespaceLooks.Take(_ledger, info);
        }

        foreach (KnownNamespace known in new List<KnownNamespace>(_ledger.Living))
        {
            if (!seen.Contains(known.Inode))
            {
                known.Members.Clear();
                if (DeathProbe.Ask(_ledger, known) == DeathProbe.Answer.None && _ledger.Find(known.Inode) == known)
                {
                    _ledger.Conclude(known, NamespaceLedger.Now());
                }
            }
        }
    }

    public void Dispose()
    {
        _events?.Dispose();
        Timer.Dispose();
        _proc.Dispose();
    }

    private void ForgetMembers(HashSet<int> ended)
    {
        if (ended.Count == 0)
        {
            return;
        }

        bool blind = false;
        foreach (KnownNamespace known in _ledger.Living)
        {
            int before = known.Members.Count;
            foreach (int pid in before > 0 ? ended : [])
            {
                if (known.Members.Remove(pid))
                {
                    known.LastHolder = known.Creator?.Pid == pid ? known.Creator : new NamespaceActor(pid, null, "");
                }
            }

            if (before > 0 && known.Members.Count == 0)
            {
                known.ReleasedAt = NamespaceLedger.Now();
                known.IsLoose = true;
                _probe.Suspect(known);
                blind |= known.Id == 0 || !known.CanAsk;
            }
        }

        if (blind)
        {
            LookAtAll(); // no handles to ask by
        }
    }

    private void LookAt(int pid)
    {
        Span<ulong> inodes = stackalloc ulong[ProcessNamespaces.Count];
        if (!ProcessNamespaces.TryRead(_proc, pid, inodes))
        {
            return;
        }

        for (int i = 0; i < inodes.Length; i++)
        {
            ulong inode = inodes[i];
            if (inode == 0)
            {
                continue;
            }

            KnownNamespace? known = _ledger.Find(inode);
            if (known is null)
            {
                NamespaceType type = s_order[i];
                known = NamespaceLooks.Open(_ledger, type, inode, $"/proc/{pid}/ns/{(i >= 8 ? type.Name + "_for_children" : type.Name)}", pid);
            }

            known?.Members.Add(pid);
        }
    }
}
