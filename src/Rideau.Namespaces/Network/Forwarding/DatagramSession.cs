using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>A sender of datagrams, and the socket by which the target sees it.</summary>
/// <param name="socket">Connected to the target.</param>
/// <param name="tag">Its number.</param>
/// <param name="key">The sender's address and the own address that it sent to, as the kernel gave them.</param>
/// <param name="nameBytes">How many bytes of the key are the sender's address.</param>
internal sealed class DatagramSession(OwnedFd socket, ulong tag, byte[] key, int nameBytes)
{
    internal OwnedFd Socket { get; } = socket;

    internal ulong Tag { get; } = tag;

    internal byte[] Key { get; } = key;

    internal int NameBytes { get; } = nameBytes;

    /// <summary>Milliseconds since the machine's start.</summary>
    internal long LastActivity { get; set; }
}
