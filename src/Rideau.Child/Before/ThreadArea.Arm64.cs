// RUNS IN: before the C library has started. One thread, no runtime, no GC, raw code only.
namespace Rideau.Child.Before;

/// <summary>The thread's own area, which on this architecture only an instruction can set that no compiler of C# makes: the C library does it.</summary>
internal static class ThreadArea
{
    internal static bool Provide(OwnImage image) => false;
}
