namespace Rideau.Kernel.Abi;

/// <summary>uapi: asm/prctl.h of x86 · man: arch_prctl(2).</summary>
public static class ArchPrctl
{
    public const int ARCH_SET_FS = 0x1002;
    public const int ARCH_GET_FS = 0x1003;
}
