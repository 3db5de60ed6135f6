namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/btf.h; the kernel's own types are in /sys/kernel/btf/vmlinux.</summary>
public static class Btf
{
    public const ushort BTF_MAGIC = 0xeb9f;
    public const int BTF_KIND_INT = 1;
    public const int BTF_KIND_PTR = 2;
    public const int BTF_KIND_ARRAY = 3;
    public const int BTF_KIND_STRUCT = 4;
    public const int BTF_KIND_UNION = 5;
    public const int BTF_KIND_ENUM = 6;
    public const int BTF_KIND_TYPEDEF = 8;
    public const int BTF_KIND_VOLATILE = 9;
    public const int BTF_KIND_CONST = 10;
    public const int BTF_KIND_RESTRICT = 11;
    public const int BTF_KIND_FUNC = 12;
    public const int BTF_KIND_FUNC_PROTO = 13;
    public const int BTF_KIND_VAR = 14;
    public const int BTF_KIND_DATASEC = 15;
    public const int BTF_KIND_DECL_TAG = 17;
    public const int BTF_KIND_TYPE_TAG = 18;
    public const int BTF_KIND_ENUM64 = 19;
    public const int BTF_KIND_MAX = 19;

    /// <summary>struct btf_type: name, info, size or type, of four bytes each.</summary>
    public const int TypeBytes = 12;
}
