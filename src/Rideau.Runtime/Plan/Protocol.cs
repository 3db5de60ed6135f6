namespace Rideau.Runtime.Plan;

/// <summary>What caller and child say to each other over one socket pair, each a single byte.</summary>
/// <remarks>
/// <code>
/// caller                                  child
///   clone3 ─────────────────────────────────► waits
///   id maps, v1 cgroups
///   Go ─────────────────────────────────────► namespaces
///   limits, device rules, state
///   (with netDevices)     ◄──────────────── NetDevicesWanted
///   moves them into the child's network namespace
///   Go ─────────────────────────────────────► mounts, devices
///   (a source out of reach) ◄────────────── MountWanted
///   opens it in the child's mount namespace
///   Go + its descriptor ────────────────────►
///   (with hooks)          ◄──────────────── HooksWanted
///   prestart, createRuntime hooks
///   Go ─────────────────────────────────────► createContainer hooks, pivot_root
///   (with a terminal)     ◄──────────────── Terminal + the master's descriptor
///   (with notify)         ◄──────────────── SeccompListener + its descriptor
///   Go ─────────────────────────────────────►
///   (if it asked anything, ◄─────────────── Ready
///   or is to wait at the gate)
///   pid file
///   Go ─────────────────────────────────────► (create: waits at the gate) execve
///                         ◄──────────────── end of file: it is another program now, or it ended
/// </code>
/// Every wait of the child ends it at the end of file, so that none outlives a caller that was killed.
/// </remarks>
internal static class Protocol
{
    internal const byte Go = (byte)'g';
    internal const byte HooksWanted = (byte)'h';
    internal const byte NetDevicesWanted = (byte)'n';
    internal const byte MountWanted = (byte)'m';
    internal const byte Ready = (byte)'r';

    /// <summary>One byte each, sent with a descriptor.</summary>
    internal const string Terminal = "t";
    internal const string SeccompListener = "s";

    /// <summary>What an engine's console socket gets with the terminal's descriptor: its name, as the field has it.</summary>
    internal const string ConsoleName = "/dev/ptmx";

    /// <summary>A message by name, for explain and errors.</summary>
    internal static string NameOf(byte message) => message switch
    {
        Go => nameof(Go),
        HooksWanted => nameof(HooksWanted),
        MountWanted => nameof(MountWanted),
        NetDevicesWanted => nameof(NetDevicesWanted),
        Ready => nameof(Ready),
        (byte)'t' => nameof(Terminal),
        (byte)'s' => nameof(SeccompListener),
        _ => message.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
