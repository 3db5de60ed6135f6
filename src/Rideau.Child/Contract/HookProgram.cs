using System.Runtime.InteropServices;

namespace Rideau.Child.Contract;

/// <summary>A program that the child runs and waits for.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct HookProgram
{
    /// <summary>NUL-terminated.</summary>
    public byte* Path;

    /// <summary>Pointers to strings, and a null.</summary>
    public byte** Arguments;

    /// <summary>Pointers to strings, and a null.</summary>
    public byte** Environment;

    /// <summary>What it reads as its standard input: a file in memory, read from its beginning.</summary>
    public int StandardInput;

    /// <summary>What it writes its output to; -1: the child's own.</summary>
    public int StandardOutput;

    /// <summary>What it writes its errors to; -1: the child's own.</summary>
    public int StandardError;

    /// <summary>0 is no limit.</summary>
    public int TimeoutMilliseconds;
}
