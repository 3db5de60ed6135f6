using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>A socket of a connection, and what is known of it: events come once for each change.</summary>
internal sealed class StreamSide(OwnedFd socket)
{
    internal OwnedFd Socket { get; } = socket;

    internal bool CanRead { get; set; }

    internal bool CanWrite { get; set; }
}
