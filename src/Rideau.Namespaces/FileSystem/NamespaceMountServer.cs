using System;
using System.Diagnostics;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Fuse;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>One thread that waits for requests, signals, the end of a change and what happens to namespaces, and costs nothing meanwhile.</summary>
internal sealed class NamespaceMountServer : IDisposable
{
    private const int BatchBytes = 4 * FuseDevice.RequestBytes;
    private const int BatchRequests = 256;
    private const int QuietMilliseconds = 5_000;
    private const int UnmountMilliseconds = 5_000;
    private const ulong EndSignals = (1UL << (Signals.SIGHUP - 1)) | (1UL << (Signals.SIGINT - 1)) | (1UL << (Signals.SIGTERM - 1));

    private readonly NamedNamespaces _names;
    private readonly FuseDevice _device;
    private readonly string _path;
    private readonly NamespaceFileSystem _files;
    private readonly byte[] _batch = new byte[BatchBytes];
    private readonly OwnedFd _signals;
    private readonly EventFeed _events;
    private NameWorker? _worker;
    private bool _rested = true;

    internal NamespaceMountServer(NamedNamespaces names, FuseDevice device, string path)
    {
        _names = names;
        _device = device;
        _path = path;
        _files = new NamespaceFileSystem(names, path, device.Write);
        _events = new EventFeed(names.Root);
        _files.EventsWanted = _events.Begin;
        _files.EventsUnwanted = _events.End;
        Signals.Block(EndSignals);
        _signals = Signals.Open(EndSignals);
    }

    /// <summary>Serves until the mount is gone, or a signal ends it.</summary>
    internal void Run(Action ready)
    {
        bool told = false;
        Span<PollEntry> entries = stackalloc PollEntry[4];
        while (!_device.IsGone)
        {
            entries[0] = new PollEntry { Descriptor = _device.Descriptor.Number, Wanted = Polling.POLLIN };
            entries[1] = new PollEntry { Descriptor = _signals.Number, Wanted = Polling.POLLIN };
            entries[2] = new PollEntry { Descriptor = _worker?.End.Number ?? -1, Wanted = Polling.POLLIN };
            entries[3] = new PollEntry { Descriptor = _events.Descriptor?.Number ?? -1, Wanted = Polling.POLLIN };
            int came = Polling.Wait(entries, Timeout());
            if (entries[1].Came != 0 && Signals.Next(_signals) != 0)
            {
                Leave();
                return;
            }

            if (entries[0].Came != 0)
            {
                AnswerAll();
            }

            if (!told && _files.IsReady)
            {
                ready();
                told = true;
            }

            Work(entries[2].Came != 0);
            if (entries[3].Came != 0)
            {
                _events.Follow(_files.Tell);
            }

            _events.Resume(_files.Tell);

            _files.Lent.GiveBackOld();
            Rest(came == 0);
        }
    }

    public void Dispose()
    {
        _worker?.Stop();
        _worker?.Dispose();
        _files.Lent.Dispose();
        _events.Dispose();
        _signals.Dispose();
    }

    // All that wait are taken first: a census that begins then answers each of them truly.
    private void AnswerAll()
    {
        Span<int> lengths = stackalloc int[BatchRequests];
        int count = 0;
        int end = 0;
        while (count < lengths.Length && _batch.Length - end >= FuseDevice.RequestBytes && _device.Read(_batch.AsSpan(end)) is > 0 and int length)
        {
            lengths[count++] = length;
            end += length;
        }

        _files.View.Arrived = Stopwatch.GetTimestamp();
        int at = 0;
        foreach (int length in lengths[..count])
        {
            _files.Answer(_batch.AsSpan(at, length));
            at += length;
        }
    }

    private void Work(bool ended)
    {
        // It may wait for the very directory that is held by whoever waits for it: he is answered, and then it can die.
        if (_worker is not null && !ended && _worker.MillisecondsLeft == 0)
        {
            _worker.Stop();
            _files.Finish(_worker.Change, Kernel.Abi.Errno.ETIMEDOUT, "it did not end in half a minute, and was stopped");
        }

        if (_worker is not null && ended)
        {
            int errno = _worker.Result(out string said);
            _files.View.Arrived = Stopwatch.GetTimestamp();
            if (!_worker.IsLate)
            {
                _files.Finish(_worker.Change, errno, said);
            }

            _worker.Dispose();
            _worker = null;
        }

        while (_worker is null && _files.NextChange() is { } change)
        {
            try
            {
                _worker = new NameWorker(_names.Root, change);
            }
            catch (Exception failure) when (failure is NamespaceException or Kernel.LinuxException)
            {
                _files.Finish(change, Kernel.Abi.Errno.EAGAIN, failure.Message);
            }
        }
    }

    private int Timeout()
    {
        int timeout = Sooner(Sooner(_files.Lent.MillisecondsLeft, _worker?.MillisecondsLeft ?? -1), _events.MillisecondsLeft);
        return Sooner(timeout, _rested ? -1 : QuietMilliseconds);
    }

    // -1 is never.
    private static int Sooner(int one, int other) => one < 0 ? other : other < 0 ? one : Math.Min(one, other);

    // What was looked up is let go after five quiet seconds, and the memory given back; after that nothing wakes the server.
    private void Rest(bool quiet)
    {
        if (!quiet)
        {
            _rested = false;
        }
        else if (!_rested)
        {
            _rested = true;
            _files.View.LetGo();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    // The mount is ours if it is still the uppermost. fusermount3 looks at it first, which has to be answered.
    private void Leave()
    {
        if (MountPoint.MountIdAt(_path) is null || Mounts.TryDetach(_path) == 0 || Fusermount.Find() is not { } program)
        {
            return;
        }

        using var unmounting = new UnmountingProcess(program, _path);
        long until = Environment.TickCount64 + UnmountMilliseconds;
        Span<PollEntry> entries = stackalloc PollEntry[2];
        while (!_device.IsGone && Environment.TickCount64 < until)
        {
            entries[0] = new PollEntry { Descriptor = _device.Descriptor.Number, Wanted = Polling.POLLIN };
            entries[1] = new PollEntry { Descriptor = unmounting.End.Number, Wanted = Polling.POLLIN };
            _ = Polling.Wait(entries, UnmountMilliseconds); // ignored: the time is looked at above
            AnswerAll();
            if (entries[1].Came != 0)
            {
                return;
            }
        }
    }
}
