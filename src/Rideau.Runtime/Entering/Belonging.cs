using System.Collections.Generic;

namespace Rideau.Runtime.Entering;

/// <summary>To whom a process belongs.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Command">Its name.</param>
/// <param name="Container">The container, by its cgroup; null where it is none of this --root.</param>
/// <param name="Namespaces">What it is in: type, the kernel's word, and whether the container's init is in it too.</param>
public sealed record Belonging(int Pid, string Command, string? Container, IReadOnlyList<(string Type, string Link, bool Own)> Namespaces);
