using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Births and deaths of the machine's namespaces of all types, each told once. None is kept alive.</summary>
/// <remarks>
/// <para>
/// Use: <see cref="Open"/>, then <see cref="TryNext"/> until it says no, then wait until <see cref="Descriptor"/> is readable
/// (poll, epoll), or let <see cref="Wait"/> do that. One thread at a time; it makes no thread of its own.
/// </para>
/// <para>
/// How it is noticed, and so what is guaranteed, depends on the kernel and on who asks: <see cref="Mechanism"/>, <see cref="Limits"/>.
/// Whatever is put into the kernel goes with this object, or with the process, however it ends.
/// </para>
/// </remarks>
public sealed partial class NamespaceWatch : IDisposable
{
    private readonly WatchOptions _options;
    private readonly EventPoll _poll = new();
    private readonly NamespaceLedger _ledger = new();
    private readonly List<string> _limits = [];
    private readonly NamedNamespaces? _named;
    private NameChanges? _names;
    private KernelSource? _kernel;
    private ProcessSource? _processes;
    private DeathProbe? _probe;
    private OwnedFd? _nameLook;
    private bool _nameLookIsSet;

    private NamespaceWatch(WatchOptions options)
    {
        _options = options;
        _named = options.Root is null ? null : new NamedNamespaces(options.Root);
    }

    /// <summary>How they are noticed.</summary>
    public WatchMechanism Mechanism { get; private set; }

    /// <summary>What cannot be seen, and the way out, as sentences; empty where nothing is missed.</summary>
    public IReadOnlyList<string> Limits => _limits;

    /// <summary>Readable where <see cref="TryNext"/> may have something to say. It belongs to this object.</summary>
    public OwnedFd Descriptor => _poll.Descriptor;

    /// <summary>Begins to watch. What is born or dies after the return is told.</summary>
    /// <exception cref="NamespaceException">NotSupported: the mechanism that was asked for cannot be had.</exception>
    /// <exception cref="LinuxException">No descriptors are left (EMFILE), /proc is missing.</exception>
    public static NamespaceWatch Open(WatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var watch = new NamespaceWatch(options);
        try
        {
            watch.OpenSources();
            watch.Begin();
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>The next event, if there is one now; does not wait.</summary>
    public bool TryNext([NotNullWhen(true)] out NamespaceEvent? happened)
    {
        do
        {
            while (_ledger.TryTake(out happened))
            {
                if (IsWanted(happened))
                {
                    return true;
                }
            }
        }
        while (Collect());
        happened = null;
        return false;
    }

    /// <summary>Waits for the next event.</summary>
    /// <param name="timeout">How long; null for ever.</param>
    /// <returns>Null where the time ran out.</returns>
    public NamespaceEvent? Wait(TimeSpan? timeout = null)
    {
        long end = timeout is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue;
        while (true)
        {
            if (TryNext(out NamespaceEvent? happened))
            {
                return happened;
            }

            long left = end - Environment.TickCount64;
            if (left <= 0)
            {
                return null;
            }

            Span<PollEntry> entry = [new() { Descriptor = Descriptor.Number, Wanted = Polling.POLLIN }];
            Polling.Wait(entry, timeout is null ? -1 : (int)Math.Min(left, int.MaxValue));
        }
    }

    /// <summary>True where that namespace has died, as far as can be known.</summary>
    /// <exception cref="LinuxException">open_by_handle_at: EMFILE, ENFILE, ENOMEM, which say nothing of it; EPERM where it is not shown to the caller.</exception>
    public bool HasDied(NamespaceIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (_ledger.Find(identity.Inode) is { } known && (known.Id == identity.Id || known.Id == 0 || identity.Id == 0))
        {
            return false;
        }

        int errno = identity.TryReopen(out OwnedFd? alive);
        alive?.Dispose();
        return errno is Errno.ESTALE or Errno.EOPNOTSUPP || (errno != 0 ? throw new LinuxException("open_by_handle_at", errno, $"{identity}") : false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel?.Dispose();
        _processes?.Dispose();
        _probe?.Dispose();
        _nameLook?.Dispose();
        _names?.Dispose();
        _poll.Dispose();
    }

    // What is there is looked at behind the beginning, so that nothing falls between.
    private void Begin()
    {
        LookAtAll(thorough: false);
        ReadNames(tell: false);
        ReadRecords();
        foreach (KnownNamespace known in _ledger.Living)
        {
            _probe?.Watch(known);
            if (known.Untold)
            {
                known.Untold = false;
                if (_options.Initial)
                {
                    _ledger.Tell(NamespaceEventKind.Exists, known, NamespaceLedger.Now());
                }
            }
        }

        _ledger.IsBegun = true;
        _probe?.SetTimer();
    }

    private void LookAtAll(bool thorough)
    {
        if (_processes is not null)
        {
            _processes.LookAtAll();
            return;
        }

        foreach (NamespaceInfo info in NamespaceCensus.Take(_named, thorough).All)
        {
            NamespaceLooks.Take(_ledger, info);
        }
    }

    // What a look has found was born since the one before.
    private void TellFound()
    {
        foreach (KnownNamespace known in _ledger.Living)
        {
            if (known.Untold)
            {
                known.Untold = false;
                known.BornAt = _kernel is null ? NamespaceLedger.Now() : 0;
                _ledger.Tell(NamespaceEventKind.Born, known, NamespaceLedger.Now());
                _probe?.Suspect(known);
            }
        }
    }

    private void ReadNames(bool tell) => _names!.Read((name, type, inode, id, file) =>
    {
        if ((Known(type, inode, id) ?? (tell && file is not null ? Adopt(type, inode, id, file) : null)) is not { } known)
        {
            return false;
        }

        known.IsLoose = true;
        _ledger.Name(known, name, tell);
        return true;
    });

    private KnownNamespace? Known(NamespaceType type, ulong inode, ulong id)
        => _ledger.Find(inode) is { } known && known.Type == type && (id == 0 || known.Id == 0 || known.Id == id) ? known : null;

    // "ip netns add" makes a namespace, mounts it and leaves it again, all in one process: its file may be the first that is seen of it.
    private KnownNamespace? Adopt(NamespaceType type, ulong inode, ulong id, string file)
    {
        ReadRecords(); // its birth may be among them, with who made it
        if (Known(type, inode, id) is { } told)
        {
            return told;
        }

        if (NamespaceLooks.Open(_ledger, type, inode, file, 0) is not { } known || (_ledger.HasIds && known.Id == 0))
        {
            return null;
        }

        if (known.Untold)
        {
            known.Untold = false;
            known.BornAt = NamespaceLedger.Now(); // a record that comes late tells no second birth
            _ledger.Tell(NamespaceEventKind.Born, known, known.BornAt);
            _probe?.Suspect(known);
        }

        return known;
    }

    private bool IsWanted(NamespaceEvent happened) => happened.Kind == NamespaceEventKind.Lost
        || ((happened.Type!.Flag & _options.Types) != 0 && (_options.Name is null || Contains(happened.Names, _options.Name)));

    private static bool Contains(IReadOnlyList<string> names, string name)
    {
        foreach (string one in names)
        {
            if (one == name)
            {
                return true;
            }
        }

        return false;
    }
}
