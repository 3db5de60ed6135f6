using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Asks for namespaces by their handles (kernel 6.18) until they have died: soon and often after something let go of one, ever more seldom while nothing happens.</summary>
/// <remarks>
/// The kernel opens a handle only while something else holds the namespace, so asking does not bring back what has died; the descriptor
/// is closed at once. Questions that are not urgent are asked together, so that an idle machine is woken once in a while, not for each.
/// </remarks>
internal sealed class DeathProbe : IDisposable
{
    private const long First = 1_000_000; // a millisecond
    private const int Slower = 2;
    private const int MostAtOnce = 256;

    private readonly NamespaceLedger _ledger;
    private readonly PriorityQueue<KnownNamespace, long> _due = new();
    private readonly long _slowest;
    private long _set;

    internal DeathProbe(NamespaceLedger ledger, TimeSpan slowest)
    {
        _ledger = ledger;
        _slowest = Math.Max(First, slowest.Ticks * 100);
        Timer = Timers.Make();
    }

    /// <summary>Readable when it is time to ask.</summary>
    internal OwnedFd Timer { get; }

    /// <summary>Something has let go of it, or it is new.</summary>
    internal void Suspect(KnownNamespace known) => Put(known, First);

    /// <summary>It was there before, and nothing has happened to it.</summary>
    internal void Watch(KnownNamespace known) => Put(known, _slowest);

    /// <summary>A mount has changed, which may have let go of those that mounts and the like hold.</summary>
    internal void SuspectTheLoose()
    {
        int count = 0;
        foreach (KnownNamespace known in _ledger.Living)
        {
            if (known.IsLoose && known.Members.Count == 0 && known.ProbeDelay > First && ++count <= MostAtOnce)
            {
                Put(known, First);
            }
        }
    }

    /// <summary>Asks for those whose time has come.</summary>
    internal void Ask()
    {
        EventCounter.TryTake(Timer);
        _set = 0;
        long now = NamespaceLedger.Now();
        while (_due.TryPeek(out KnownNamespace? known, out long due) && due <= now + First / 2)
        {
            _due.Dequeue();
            if (known.ProbeDue == due && _ledger.Find(known.Inode) == known && Ask(_ledger, known) is not Answer.None)
            {
                known.ReleasedAt = known.ProbeDelay > First ? 0 : known.ReleasedAt; // at the first question its end may still be under way
                Put(known, Math.Min(known.ProbeDelay * Slower, _slowest));
            }
        }
    }

    /// <summary>Sets the timer to the next question, if that has changed.</summary>
    internal void SetTimer()
    {
        long next = _due.TryPeek(out _, out long due) ? due : 0;
        if (next != _set)
        {
            _set = next;
            Timers.Set(Timer, next == 0 ? null : TimeSpan.FromTicks(Math.Max(1, (next - NamespaceLedger.Now()) / 100)));
        }
    }

    public void Dispose() => Timer.Dispose();

    /// <summary>What the kernel says of a namespace.</summary>
    internal enum Answer
    {
        /// <summary>It has died, and that is told; or the kernel does not say: it has no handles, or shows this one to its owner alone.</summary>
        None,

        /// <summary>It lives.</summary>
        Lives,

        /// <summary>The caller had too little of something to be answered: to be asked again.</summary>
        Later,
    }

    /// <summary>Asks for one now.</summary>
    internal static Answer Ask(NamespaceLedger ledger, KnownNamespace known)
    {
        if (!known.CanAsk)
        {
            return Answer.None;
        }

        int errno = new NamespaceIdentity(known.Type, known.Id, 0, 0, known.Inode).TryReopen(out OwnedFd? alive);
        alive?.Dispose();
        if (errno == Errno.ESTALE && known.Id != 0)
        {
            ledger.Conclude(known, NamespaceLedger.Now());
        }

        return errno == 0 ? Answer.Lives : Errno.IsScarcity(errno) ? Answer.Later : Answer.None;
    }

    private void Put(KnownNamespace known, long delay)
    {
        long due = NamespaceLedger.Now() + delay;
        // All slow ones at the same moments.
        due = delay >= _slowest ? (due / _slowest + 1) * _slowest : due;
        known.ProbeDelay = delay;
        known.ProbeDue = due;
        _due.Enqueue(known, due);
    }
}
