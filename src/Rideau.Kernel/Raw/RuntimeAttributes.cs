namespace System.Runtime;

// The NativeAOT compiler knows these two attributes by their full names; the framework keeps its own
// internal. docs/decisions/0004-the-raw-door.md.

[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeImportAttribute(string entryPoint) : Attribute
{
    public string EntryPoint { get; } = entryPoint;
}
