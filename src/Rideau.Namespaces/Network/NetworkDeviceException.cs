using System;

namespace Rideau.Namespaces.Network;

/// <summary>A network device could not be moved; it is where it was.</summary>
/// <param name="message">Lower case, "cannot move network device "eth0": REASON", no full stop.</param>
/// <param name="hint">What to do about it, or null.</param>
public sealed class NetworkDeviceException(string message, string? hint = null) : Exception(message)
{
    /// <summary>What to do, as a sentence in lower case.</summary>
    public string? Hint { get; } = hint;
}
