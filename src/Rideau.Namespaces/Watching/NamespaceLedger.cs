using System;
using System.Collections.Generic;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>The namespaces that live, as far as they are known; makes events of what becomes of them, each once.</summary>
/// <remarks>
/// Of those that live at the same time no two have one inode; over time, no two have one id. A death that was concluded from a
/// look at the machine may be told by a late record once more: those ids are remembered, the last <see cref="RememberedDeaths"/> of them.
/// </remarks>
internal sealed class NamespaceLedger
{
    private const int RememberedDeaths = 200_000;

    private readonly Dictionary<ulong, KnownNamespace> _living = new(256);
    private readonly HashSet<ulong> _concluded = [];
    private readonly Queue<ulong> _concludedInOrder = new();
    private readonly Queue<NamespaceEvent> _events = new();

    internal IReadOnlyCollection<KnownNamespace> Living => _living.Values;

    /// <summary>This kernel gives each namespace an id (6.18). One that was found without could not be opened: it was dying, and its inode may soon be another's.</summary>
    internal bool HasIds { get; set; }

    /// <summary>Handles are tried as soon as one is found, as the kernel may not open them to this process.</summary>
    internal bool TriesHandles { get; set; }

    /// <summary>What is found from now on was not there at the beginning.</summary>
    internal bool IsBegun { get; set; }

    internal KnownNamespace? Find(ulong inode) => _living.GetValueOrDefault(inode);

    internal bool TryTake(out NamespaceEvent happened) => _events.TryDequeue(out happened!);

    /// <summary>One that a look at the machine has shown.</summary>
    /// <returns>The new entry; null where it was known, or has been told to be dead.</returns>
    internal KnownNamespace? Found(NamespaceType type, ulong inode, ulong id)
    {
        if (_living.TryGetValue(inode, out KnownNamespace? known))
        {
            if (known.Id == 0 || id == 0 || known.Id == id)
            {
                known.Id = known.Id == 0 ? id : known.Id;
                return null;
            }

            Conclude(known, Now());
        }

        if (id != 0 && _concluded.Contains(id))
        {
            return null;
        }

        known = new KnownNamespace(type, inode) { Id = id };
        _living.Add(inode, known);
        return known;
    }

    /// <summary>The kernel has said that one was made.</summary>
    internal void Born(in NamespaceRecord record, NamespaceType type)
    {
        _ = Found(type, record.Inode, record.Id); // ignored: the next line asks
        if (!_living.TryGetValue(record.Inode, out KnownNamespace? known) || known.BornAt != 0)
        {
            return; // it has died meanwhile, and that was told; or this was
        }

        known.OwnerInode = record.OwnerInode;
        known.OwnerId = record.OwnerId;
        known.Creator = record.Actor();
        known.BornAt = record.Time;
        known.Untold = false;
        Tell(NamespaceEventKind.Born, known, record.Time);
    }

    /// <summary>A process was seen in one, which is new if it was not known.</summary>
    /// <param name="record">What was seen.</param>
    /// <param name="type">Its type.</param>
    /// <param name="isLeaving">The process was on its way out, so the time says nothing of the birth.</param>
    internal void Seen(in NamespaceRecord record, NamespaceType type, bool isLeaving)
    {
        if (_living.TryGetValue(record.Inode, out KnownNamespace? known) && (known.Id == record.Id || known.Id == 0))
        {
            return;
        }

        Born(record, type);
        if (isLeaving && _living.TryGetValue(record.Inode, out known) && known.Id == record.Id)
        {
            known.BornAt = 0;
        }
    }

    /// <summary>The last holder let go.</summary>
    internal KnownNamespace? Released(in NamespaceRecord record)
    {
        if (_living.TryGetValue(record.Inode, out KnownNamespace? known) && known.Id == record.Id)
        {
            known.LastHolder = record.Actor();
            known.ReleasedAt = record.Time;
            known.IsLoose = true;
            return known;
        }

        return null;
    }

    /// <summary>The kernel has said that one has died.</summary>
    internal void Died(in NamespaceRecord record, NamespaceType type)
    {
        if (_concluded.Remove(record.Id))
        {
            return; // told before
        }

        // One that was not known was there before the watch, and nothing in sight held it.
        _ = Found(type, record.Inode, record.Id); // ignored: it is there now
        KnownNamespace known = _living[record.Inode];
        known.OwnerInode = known.OwnerInode == 0 ? record.OwnerInode : known.OwnerInode;
        known.OwnerId = known.OwnerId == 0 ? record.OwnerId : known.OwnerId;
        known.LastHolder ??= record.Actor();
        Bury(known, record.Time);
    }

    /// <summary>It is not there any more, as a look at the machine has shown.</summary>
    /// <param name="known">It.</param>
    /// <param name="time">Of the look; where its last holder was seen to let go, that time is told.</param>
    internal void Conclude(KnownNamespace known, long time)
    {
        if (known.Id != 0 && _concluded.Add(known.Id))
        {
            _concludedInOrder.Enqueue(known.Id);
            if (_concludedInOrder.Count > RememberedDeaths)
            {
                _concluded.Remove(_concludedInOrder.Dequeue());
            }
        }

        Bury(known, known.ReleasedAt != 0 ? known.ReleasedAt : time);
    }

    /// <summary>A name was given; told once.</summary>
    internal void Name(KnownNamespace known, string name, bool tell)
    {
        if (!known.Names.Contains(name))
        {
            known.Names.Add(name);
            if (tell && !known.Untold)
            {
                Tell(NamespaceEventKind.Named, known, Now());
            }
        }
    }

    internal void Tell(NamespaceEventKind kind, KnownNamespace known, long time) => _events.Enqueue(new NamespaceEvent
    {
        Kind = kind,
        Time = Clock(time),
        Type = known.Type,
        Inode = known.Inode,
        Id = known.Id,
        OwnerInode = known.OwnerInode,
        OwnerId = known.OwnerId,
        Names = [.. known.Names],
        Creator = known.Creator,
        LastHolder = kind == NamespaceEventKind.Died ? known.LastHolder : null,
        Lifetime = kind == NamespaceEventKind.Died && known.BornAt != 0 ? TimeSpan.FromTicks(Math.Max(0, time - known.BornAt) / 100) : null,
    });

    internal void TellLost(ulong records) => _events.Enqueue(new NamespaceEvent { Kind = NamespaceEventKind.Lost, Time = DateTimeOffset.UtcNow, LostRecords = records });

    internal static long Now() => Timers.BootTimeNanoseconds();

    private void Bury(KnownNamespace known, long time)
    {
        _living.Remove(known.Inode);
        if (known.Untold)
        {
            known.Untold = false;
            Tell(IsBegun ? NamespaceEventKind.Born : NamespaceEventKind.Exists, known, time);
        }

        Tell(NamespaceEventKind.Died, known, time);
    }

    // The wall clock may be set at any time: the distance to the boot's is taken anew for each event.
    private static DateTimeOffset Clock(long bootTime) => DateTimeOffset.UtcNow.AddTicks((bootTime - Now()) / 100);
}
