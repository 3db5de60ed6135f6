namespace Rideau.Kernel.Abi;

/// <summary>uapi: asm-generic/mman.h · man: mmap(2), madvise(2).</summary>
public static class Memory
{
    public const int PROT_NONE = 0;
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;
    public const int MAP_PRIVATE = 2;
    public const int MAP_FIXED = 0x10;
    public const int MAP_ANONYMOUS = 0x20;
    /// <summary>As MAP_FIXED, but EEXIST where something is mapped. Kernel 4.17.</summary>
    public const int MAP_FIXED_NOREPLACE = 0x100000;
    public const int MAP_NORESERVE = 0x4000;
    public const int MADV_DONTNEED = 4;
    /// <summary>Kernel 5.14.</summary>
    public const int MADV_POPULATE_WRITE = 23;
}
