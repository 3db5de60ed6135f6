namespace Rideau.Runtime.Seccomp;

/// <summary>The machine that a filter is compiled for: which architectures a call on it can come from.</summary>
public enum SeccompMachine
{
    /// <summary>x86_64, and x86 and x32 where the profile names them.</summary>
    X64,
    /// <summary>aarch64, and arm where the profile names it.</summary>
    Arm64,
}
