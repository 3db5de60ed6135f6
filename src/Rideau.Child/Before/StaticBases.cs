// RUNS IN: the runtime's start. One thread, no GC, raw code only.
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rideau.Child.Before;

/// <summary>
/// The objects that hold the static fields of a type, one for each of many hundred types. The runtime asks its collector for each, and the
/// collector looks through its lists for each; here, when the first is asked for, all are laid out in a few pieces of its pinned heap.
/// </summary>
/// <remarks>
/// The runtime's loop then finds a type's object made already, and goes on to the next. What keeps the objects alive in its place is an
/// array of ours. The heap can be walked when the collector is asked for a piece, and at the end: what is left of a piece is a string with
/// nothing in it, to which nobody refers, so that the first full collection takes it back. None runs meanwhile: the caller is InitializeStatics, before any code of ours, and alone
/// (CompiledFenceTests). docs/decisions/0006-lean-start.md.
/// </remarks>
internal static unsafe class StaticBases
{
    // GC_ALLOC_PINNED_OBJECT_HEAP, GCHandleType.Normal
    private const uint Pinned = 0x40;
    private const int Strong = 2;
    private const int PieceBytes = 16 << 10;

    // A string's header, MethodTable, length and the zero at its end; no object is smaller than the second number.
    private const int StringBytes = 22;
    private const int SmallestBytes = 24;

    // An object's header and MethodTable; an array has its length before its elements.
    private const int ObjectBytes = 16;
    private const int ElementsAt = 16;

    // The compiler's table of its sections, and in it that of the pointers to types with such fields (ReadyToRunHeader, ModuleInfoRow).
    private const uint Signature = 0x00525452; // "RTR"
    private const int SectionsAt = 12;
    private const int RowBytesAt = 14;
    private const int RowsAt = 16;
    private const int RowBytes = 24;
    private const int StaticRegion = 201;

    // Bits of what stands at a type's place: no object yet; the fields' first values stand behind.
    private const nint WithoutObject = 1;
    private const nint WithValues = 2;

    private static bool s_begun;

    /// <summary>RhAllocateNewObject: zeroed memory with the object's MethodTable in front.</summary>
    [RuntimeExport("rideau_static_base")]
    private static void Allocate(uint* type, uint flags, void** result)
    {
        if (flags == Pinned && !s_begun)
        {
            s_begun = true;
            void* first = LayOut(type);
            if (first != null)
            {
                *result = first;
                return;
            }
        }

        RealAllocate(type, flags, result);
    }

    /// <summary>Lays out all objects, if their table is as it is known to be.</summary>
    /// <returns>That of the first type, which the runtime's loop goes on with itself; or null.</returns>
    private static void* LayOut(uint* type)
    {
        byte* row = FindRegion();
        if (row == null)
        {
            return null;
        }

        int* places = *(int**)(row + 8);
        nint count = (nint)(*(int**)(row + 16) - places);
        void* keeper = null;
        if (count > 0 && (Relative((int*)Relative(places)) & ~(WithoutObject | WithValues)) == (nint)type)
        {
            RealAllocateArray((void*)ArrayType(), (nuint)count, Pinned, &keeper);
        }

        if (keeper == null || RealHold(keeper, Strong) == null)
        {
            return null; // the runtime makes them itself
        }

        var kept = (void**)((byte*)keeper + ElementsAt);
        Fill(places, count, kept);
        return kept[0];
    }

    // One loop with nothing called in it, but for a new piece: it is run for every command.
    private static void Fill(int* places, nint count, void** kept)
    {
        byte* rest = null;
        int restBytes = 0;
        for (nint i = 0; i < count; i++)
        {
            nint place = Relative(places + i);
            nint what = Relative((int*)place);
            var type = (uint*)(what & ~(WithoutObject | WithValues));
            int bytes = (int)type[1]; // MethodTable: flags, size
            if ((what & WithoutObject) == 0 || (bytes & 7) != 0 || bytes > PieceBytes / 2)
            {
                break; // from here on the runtime makes them itself
            }

            if (bytes + SmallestBytes > restBytes)
            {
                EndPiece(rest, restBytes);
                rest = TakePiece();
                restBytes = PieceBytes;
                if (rest == null)
                {
                    return;
                }
            }

            var fields = (nint*)rest;
            rest += bytes;
            restBytes -= bytes;
            kept[i] = fields;
            if (i > 0)
            {
                if ((what & WithValues) != 0)
                {
                    var values = (nint*)Relative((int*)place + 1);
                    for (nint field = 0; field < (bytes - ObjectBytes) / sizeof(nint); field++)
                    {
                        fields[field + 1] = values[field];
                    }
                }

                *(void**)place = fields;
            }

            *fields = (nint)type;
        }

        EndPiece(rest, restBytes);
    }

    private static byte* FindRegion()
    {
        byte* header = (byte*)(delegate*<void>)&Sections;
        if (*(uint*)header == Signature && header[RowBytesAt] == RowBytes)
        {
            byte* row = header + RowsAt;
            for (int left = *(ushort*)(header + SectionsAt); left > 0; left--, row += RowBytes)
            {
                if (*(int*)row == StaticRegion)
                {
                    return row;
                }
            }
        }

        return null;
    }

    private static nint Relative(int* place) => (nint)place + *place;

    private static byte* TakePiece()
    {
        void* piece = null;
        RealAllocateArray((void*)StringType(), (PieceBytes - StringBytes) / sizeof(char), Pinned, &piece);
        if (piece != null)
        {
            ((nint*)piece)[1] = 0; // the string's length, where fields will be
        }

        return (byte*)piece;
    }

    // The heap can be walked: what is left is a string without letters that anybody looks at.
    private static void EndPiece(byte* rest, int bytes)
    {
        if (bytes > 0)
        {
            ((nint*)rest)[0] = StringType();
            ((nint*)rest)[1] = (bytes - StringBytes) / sizeof(char);
        }
    }

    // The compiler writes the address of the type's table here, and no call.
    private static nint ArrayType() => typeof(object[]).TypeHandle.Value;

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
    private static extern void RealAllocateArray(void* type, nuint length, uint flags, void** result);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("RhpHandleAlloc")]
    private static extern void* RealHold(void* held, int kind);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__ReadyToRunHeader")]
    private static extern void Sections();
}
