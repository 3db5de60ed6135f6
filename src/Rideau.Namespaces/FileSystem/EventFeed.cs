using System;
using Rideau.Kernel;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>What "events" tells: a watch of the machine's namespaces, as long as somebody reads.</summary>
/// <param name="root">The directory of names (--root).</param>
internal sealed class EventFeed(string root) : IDisposable
{
    private NamespaceWatch? _watch;

    /// <summary>Readable when something may have happened; null where nobody reads.</summary>
    internal OwnedFd? Descriptor => _watch?.Descriptor;

    /// <summary>Somebody begins to read: what is there now is not told.</summary>
    /// <exception cref="NamespaceException">It cannot be watched.</exception>
    /// <exception cref="LinuxException">No descriptors are left.</exception>
    internal void Begin() => _watch ??= NamespaceWatch.Open(new WatchOptions { Root = root });

    /// <summary>Nobody reads any more.</summary>
    internal void End() => Dispose();

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
            tell(new NamespaceEvent { Kind = NamespaceEventKind.Lost, Time = DateTimeOffset.UtcNow }.ToString());
            End();
            Restart();
        }
    }

    // Not even that: the next who opens the file begins it.
    private void Restart()
    {
        try
        {
            Begin();
        }
        catch (Exception failure) when (failure is NamespaceException or LinuxException)
        {
            End();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch?.Dispose();
        _watch = null;
    }
}
