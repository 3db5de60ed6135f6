// A stand-in until the real type lands: whoever lands it deletes this file.
using System;

namespace Rideau.Runtime.Seccomp;

public sealed class SeccompFilter
{
    public ReadOnlyMemory<byte> Program { get; init; }
    public uint Flags { get; init; }
    public bool NeedsListener { get; init; }
}

public static class SeccompCompiler
{
    public static SeccompFilter Compile(Spec.Seccomp profile) => new() { Program = new byte[] { 6, 0, 0, 0, 0, 0, 0xff, 0x7f } };
}
