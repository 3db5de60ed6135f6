// RUNS IN: the program's first code, as the C library starts. One thread, no runtime, no GC, raw code only.
namespace Rideau.Child.Before;

/// <summary>The C library's start, which on this architecture asks the processor nothing that costs: the library does it.</summary>
internal static unsafe class LibraryStart
{
    internal static void Run(delegate*<int, byte**, byte**, int> main, int argc, byte** argv, void* stackEnd)
    {
    }
}
