// RUNS IN: before the C library has started. One thread, no runtime, no GC, raw code only.
namespace Rideau.Child.Before;

/// <summary>The parts of this program in memory, as the kernel lists them for it. man: elf(5), getauxval(3)</summary>
internal readonly unsafe ref struct OwnImage
{
    private const int HeaderBytes = 56;
    private readonly byte* _headers;
    private readonly nint _count;

    /// <summary>Finds the list.</summary>
    /// <param name="environment">The environment's pointers; the auxiliary vector stands behind them.</param>
    internal OwnImage(byte** environment)
    {
        while (*environment++ != null)
        {
        }

        _headers = null;
        _count = 0;
        for (nint* auxiliary = (nint*)environment; auxiliary[0] != 0; auxiliary += 2)
        {
            switch (auxiliary[0])
            {
                case 3: // AT_PHDR
                    _headers = (byte*)auxiliary[1];
                    break;
                case 5: // AT_PHNUM
                    _count = auxiliary[1];
                    break;
            }
        }

        _count = _headers == null ? 0 : _count;
    }

    /// <summary>Bytes of the area that each thread has of its own.</summary>
    internal nint ThreadBytes
    {
        get
        {
            for (nint i = 0; i < _count; i++)
            {
                if (Type(i) == 7) // PT_TLS
                {
                    return BytesInMemory(i);
                }
            }

            return 0;
        }
    }

    /// <summary>What is written: the start, where the file's part ends, and the end.</summary>
    internal void FindWritable(out nint start, out nint fileEnd, out nint end)
    {
        start = fileEnd = end = 0;
        for (nint i = 0; i < _count; i++)
        {
            if (Type(i) == 1 && (Flags(i) & 2) != 0) // PF_W
            {
                start = Address(i);
                fileEnd = start + *(nint*)(_headers + (i * HeaderBytes) + 32);
                end = start + BytesInMemory(i);
            }
        }
    }

    // Elf64_Phdr: p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align.
    private uint Type(nint i) => *(uint*)(_headers + (i * HeaderBytes));

    private uint Flags(nint i) => *(uint*)(_headers + (i * HeaderBytes) + 4);

    private nint Address(nint i) => *(nint*)(_headers + (i * HeaderBytes) + 16);

    private nint BytesInMemory(nint i) => *(nint*)(_headers + (i * HeaderBytes) + 40);
}
