namespace Rideau.Kernel.Abi;

/// <summary>uapi: asm/signal.h, the kernel's own struct of rt_sigaction(2), the same on x86-64 and arm64.</summary>
public struct kernel_sigaction
{
    public nint sa_handler;
    public ulong sa_flags;
    public nint sa_restorer;
    public ulong sa_mask;
}

/// <summary>uapi: asm/signal.h · man: sigaction(2).</summary>
public static class SignalAbi
{
    /// <summary>x86-64 wants it of every handler.</summary>
    public const ulong SA_RESTORER = 0x04000000;
}
