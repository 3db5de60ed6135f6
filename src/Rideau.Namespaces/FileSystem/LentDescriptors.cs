using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Namespaces that nothing in the file system holds, held open for whoever follows a link: each for ten seconds.</summary>
/// <remarks>No longer, because what is held does not die.</remarks>
internal sealed class LentDescriptors : IDisposable
{
    private const int LendMilliseconds = 10_000;
    private const int Limit = 256;
    private readonly Queue<Lease> _lent = new();
    private readonly string _directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{Credentials.ProcessId}/fd/");

    /// <summary>How long until something is to be given back; -1 where nothing is lent.</summary>
    internal int MillisecondsLeft => _lent.TryPeek(out Lease? first) ? (int)Math.Clamp(first.Until - Environment.TickCount64, 0, LendMilliseconds) : -1;

    /// <summary>Lends.</summary>
    /// <param name="fd">The namespace; taken over.</param>
    /// <returns>A path that leads to it for a while.</returns>
    internal string Lend(OwnedFd fd)
    {
        NamespaceIdentity? wanted = NamespaceIdentity.TryOf(fd);
        long now = Environment.TickCount64;
        foreach (Lease lease in _lent)
        {
            if (wanted is not null && lease.Identity == wanted && lease.Until - now > LendMilliseconds / 2)
            {
                fd.Dispose();
                return PathOf(lease.Fd);
            }
        }

        if (_lent.Count >= Limit)
        {
            _lent.Dequeue().Fd.Dispose();
        }

        _lent.Enqueue(new Lease(fd, wanted, now + LendMilliseconds));
        return PathOf(fd);
    }

    /// <summary>Gives back what was lent long enough.</summary>
    internal void GiveBackOld()
    {
        while (_lent.TryPeek(out Lease? first) && first.Until <= Environment.TickCount64)
        {
            _lent.Dequeue().Fd.Dispose();
        }
    }

    public void Dispose()
    {
        while (_lent.TryDequeue(out Lease? lease))
        {
            lease.Fd.Dispose();
        }
    }

    private string PathOf(OwnedFd fd) => _directory + fd.Number.ToString(CultureInfo.InvariantCulture);

    private sealed record Lease(OwnedFd Fd, NamespaceIdentity? Identity, long Until);
}
