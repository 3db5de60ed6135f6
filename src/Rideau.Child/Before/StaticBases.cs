// RUNS IN: the runtime's start. One thread, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rideau.Child.Before;

/// <summary>
/// The objects that hold the static fields of a type, one for each of a thousand types. The runtime asks its collector for each, and the
/// collector looks through its lists for each; here it is asked for a piece of its pinned heap, and the objects are laid out in that.
/// </summary>
/// <remarks>
/// The heap can be walked after each step: what is left of a piece is a string with nothing in it, to which nobody refers, so that
/// the first full collection takes it back. None runs meanwhile: the caller is InitializeStatics, before any code of ours, and alone
/// (CompiledFenceTests). docs/decisions/0006-lean-start.md.
/// </remarks>
internal static unsafe class StaticBases
{
    // GC_ALLOC_PINNED_OBJECT_HEAP
    private const uint Pinned = 0x40;
    private const int PieceBytes = 16 << 10;

    // A string's header, MethodTable, length and the zero at its end; no object is smaller than the second number.
    private const int StringBytes = 22;
    private const int SmallestBytes = 24;
    private static byte* s_rest;
    private static int s_restBytes;

    /// <summary>RhAllocateNewObject: zeroed memory with the object's MethodTable in front.</summary>
    [RuntimeExport("rideau_static_base")]
    private static void Allocate(uint* type, uint flags, void** result)
    {
        int bytes = (int)type[1]; // MethodTable: flags, size
        if (flags != Pinned || (bytes & 7) != 0 || bytes > PieceBytes / 2 || (!Fits(bytes) && !TakePiece()))
        {
            s_restBytes = 0; // nobody holds it, should that collect
            RealAllocate(type, flags, result);
            return;
        }

        var place = (nint*)s_rest;
        place[0] = (nint)type;
        place[1] = 0; // the string's length
        s_rest += bytes;
        s_restBytes -= bytes;
        if (s_restBytes > 0)
        {
            var rest = (nint*)s_rest;
            rest[0] = StringType();
            rest[1] = (s_restBytes - StringBytes) / sizeof(char);
        }

        *result = place;
    }

    private static bool Fits(int bytes) => bytes == s_restBytes || bytes + SmallestBytes <= s_restBytes;

    private static bool TakePiece()
    {
        void* piece = null;
        RealAllocateArray((void*)StringType(), (PieceBytes - StringBytes) / sizeof(char), Pinned, &piece);
        s_rest = (byte*)piece;
        s_restBytes = piece == null ? 0 : PieceBytes;
        return piece != null;
    }

    // A string of the program lies in its file as an object: the type, the length, the letters.
    private static nint StringType()
    {
        fixed (char* letters = " ")
        {
            return *(nint*)((byte*)letters - sizeof(int) - sizeof(nint));
        }
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__real_RhAllocateNewObject")]
    private static extern void RealAllocate(uint* type, uint flags, void** result);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("RhAllocateNewArray")]
    private static extern void RealAllocateArray(void* type, uint length, uint flags, void** result);
}
