namespace Rideau.Runtime.Seccomp;

/// <summary>An architecture whose system calls are known by number; the order is that of <see cref="SystemCallTable"/>.</summary>
internal enum SystemCallColumn
{
    X86_64,
    X86,
    X32,
    AArch64,
    Arm,
}
