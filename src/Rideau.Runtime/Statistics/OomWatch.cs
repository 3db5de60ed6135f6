using System;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;

namespace Rideau.Runtime.Statistics;

/// <summary>Tells when a container has run out of memory: v1 by an event counter, v2 by memory.events.</summary>
/// <remarks>man: eventfd(2), cgroups(7) · kernel: Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst</remarks>
internal sealed class OomWatch : IDisposable
{
    private readonly CgroupDirectory _directory;
    private readonly OwnedFd _watched;
    private readonly OwnedFd? _control;
    private ulong _seen;

    private OomWatch(CgroupDirectory directory, OwnedFd watched, OwnedFd? control)
    {
        _directory = directory;
        _watched = watched;
        _control = control;
    }

    /// <summary>Where it is waited for an event: v1 makes it readable, v2 shows it as exceptional.</summary>
    internal PollEntry Entry => new() { Descriptor = _watched.Number, Wanted = _control is null ? Polling.POLLPRI : Polling.POLLIN };

    /// <summary>Begins to watch; what happened before does not count.</summary>
    /// <returns>0, or the errno of what failed.</returns>
    internal static int TryBegin(CgroupDirectory memory, out OomWatch? watch)
    {
        watch = null;
        if (memory.IsUnified)
        {
            int errno = Files.TryOpen(memory.FileOf("memory.events"), Fcntl.O_RDONLY, out OwnedFd? events);
            if (events is not null)
            {
                watch = new OomWatch(memory, events, null);
                watch._seen = watch.Kills();
            }

            return errno;
        }

        int opened = Files.TryOpen(memory.FileOf("memory.oom_control"), Fcntl.O_RDONLY, out OwnedFd? control);
        if (control is null)
        {
            return opened;
        }

        OwnedFd counter = EventCounter.Make();
        int written = memory.TryWrite("cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{counter.Number} {control.Number}"));
        if (written != 0)
        {
            counter.Dispose();
            control.Dispose();
            return written;
        }

        watch = new OomWatch(memory, counter, control);
        return 0;
    }

    /// <summary>True where memory has run out since the last time.</summary>
    internal bool Take()
    {
        if (_control is not null)
        {
            // The removal of the group is told by the same counter.
            return EventCounter.TryTake(_watched) > 0 && _directory.Exists;
        }

        ulong kills = Kills();
        bool more = kills > _seen;
        _seen = kills;
        return more;
    }

    public void Dispose()
    {
        _watched.Dispose();
        _control?.Dispose();
    }

    private ulong Kills()
    {
        Span<byte> buffer = stackalloc byte[1024];
        int length = Cgroupfs.TryReread(_watched, buffer);
        return length <= 0 ? _seen : CgroupFiles.Value(System.Text.Encoding.ASCII.GetString(buffer[..length]), "oom_kill");
    }
}
