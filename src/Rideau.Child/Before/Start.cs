// RUNS IN: the program's first code, before the C library has started. One thread, no runtime, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rideau.Child.Before;

/// <summary>What the kernel starts: the linker puts it in the place of the C library's <c>__libc_start_main</c>.</summary>
/// <remarks>
/// An image that never starts the runtime (<see cref="ChildImage"/>, <see cref="Keeper"/>) calls of the C library only what needs
/// nothing of it but a thread's area, so it goes on at once: the library asks the processor forty to sixty questions as it starts, each of
/// which is a trap into the hypervisor on a virtual machine. Any other command has what it is about to write made present first
/// (<see cref="Presence"/>). docs/decisions/0014-before-the-c-library.md.
/// </remarks>
internal static unsafe class Start
{
    [RuntimeExport("rideau_start")]
    private static int Begin(void* main, int argc, byte** argv, void* begin, void* end, void* loaderEnd, void* stackEnd)
    {
        Prepare(argc, argv);
        LibraryStart.Run((delegate*<int, byte**, byte**, int>)main, argc, argv, stackEnd);
        return RealStart(main, argc, argv, begin, end, loaderEnd, stackEnd);
    }

    // Where there can be no area yet, Entry asks the same once more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Prepare(int argc, byte** argv)
    {
        var image = new OwnImage(argv + argc + 1);
        if (!ThreadArea.Provide(image))
        {
            return;
        }

        if (ChildImage.IsWanted(argv))
        {
            ChildImage.Run(argv);
        }

        if (CommandWord.IsKeeper(argv))
        {
            Keeper.Run();
        }

        Presence.OfVariables(image);
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__real___libc_start_main")]
    private static extern int RealStart(void* main, int argc, byte** argv, void* begin, void* end, void* loaderEnd, void* stackEnd);
}
