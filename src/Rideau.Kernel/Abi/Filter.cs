namespace Rideau.Kernel.Abi;

/// <summary>struct sock_fprog, linux/filter.h.</summary>
public struct sock_fprog
{
    public ushort len;
    public nint filter;
}
