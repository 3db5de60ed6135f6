using System;
using Rideau.Kernel;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>What "events" tells: a watch of the machine's namespaces, as long as somebody reads.</summary>
/// <param name="root">The directory of names (--root).</param>
internal sealed class EventFeed(string root) : IDisposable
{
    private const int RetryMilliseconds = 1_000;
    private NamespaceWatch? _watch;
    private long _again = -1; // by the clock; -1: nothing has broken off

    /// <summary>Readable when something may have happened; null where nobody reads, or the watch has broken off.</summary>
    internal OwnedFd? Descriptor => _watch?.Descriptor;

    /// <summary>Until <see cref="Resume"/> has something to do; -1 for never.</summary>
    internal int MillisecondsLeft => _again < 0 ? -1 : _watch is not null ? 0 : (int)Math.Max(0, _again - Environment.TickCount64);

    /// <summary>Somebody begins to read: what is there now is not told.</summary>
    /// <exception cref="NamespaceException">It cannot be watched.</exception>
    /// <exception cref="LinuxException">No descriptors are left.</exception>
    internal void Begin() => _watch ??= NamespaceWatch.Open(new WatchOptions { Root = root });

    /// <summary>Nobody reads any more.</summary>
    internal void End()
    {
        Dispose();
        _again = -1;
    }

    /// <summary>Tells what has happened. Where it cannot be looked at, as when no descriptors are left, that events are lost, and the watch begins anew.</summary>
    internal void Follow(Action<string> tell)
    {
        try
        {
            while (_watch is { } watch && watch.TryNext(out NamespaceEvent? happened))
            {
                tell(happened.ToString());
            }
        }
        catch (Exception failure) when (failure is NamespaceException or LinuxException)
        {
            tell(Lost());
            Dispose();
            _again = Environment.TickCount64;
        }
    }

    /// <summary>Begins the watch anew that has broken off, each second until that succeeds, and tells that what happened meanwhile is lost.</summary>
    internal void Resume(Action<string> tell)
    {
        if (_again < 0 || (_watch is null && Environment.TickCount64 < _again))
        {
            return;
        }

        try
        {
            Begin();
            _again = -1;
            tell(Lost());
        }
        catch (Exception failure) when (failure is NamespaceException or LinuxException)
        {
            _again = Environment.TickCount64 + RetryMilliseconds;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch?.Dispose();
        _watch = null;
    }

    private static string Lost() => new NamespaceEvent { Kind = NamespaceEventKind.Lost, Time = DateTimeOffset.UtcNow }.ToString();
}
