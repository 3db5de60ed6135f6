namespace Rideau.Namespaces;

/// <summary>The process that made a namespace, or was the last to hold it.</summary>
/// <param name="Pid">Its number in the first pid namespace of the machine.</param>
/// <param name="Uid">Its user, as the first user namespace numbers him; null where that is not known.</param>
/// <param name="Command">Its name, up to 15 letters: what /proc/PID/comm said.</param>
public sealed record NamespaceActor(int Pid, uint? Uid, string Command);
