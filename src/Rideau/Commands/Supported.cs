namespace Rideau.Commands;

/// <summary>Parts of the runtime that engines ask about in "features". False while src/Rideau.Runtime/Interim stands in for one: an engine must not rely on a filter that lets everything through.</summary>
internal static class Supported
{
    internal static bool Seccomp => false;

    internal static bool Cgroups => true;

    internal static bool Hooks => true;
}
