using System.Runtime.InteropServices;

namespace Rideau.Child.Contract;

/// <summary>One step of a plan. Written by the caller before clone3, read by the child, never changed in between.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ChildStep
{
    /// <summary>The most registers a plan has.</summary>
    public const int SlotLimit = 384;

    /// <summary>What it does.</summary>
    public StepKind Kind;

    /// <summary>Bit n: argument n is the number of a register, and stands for what the register holds.</summary>
    public byte SlotArguments;

    /// <summary>The register that takes the result, or -1.</summary>
    public short Result;

    /// <summary>The system call's number (<see cref="StepKind.Call"/>).</summary>
    public int Number;

    /// <summary>The arguments.</summary>
    public nint A0;
    public nint A1;
    public nint A2;
    public nint A3;
    public nint A4;
    public nint A5;

    /// <summary>Errnos that are no failure; 0 where there are fewer.</summary>
    public short Tolerated0;
    public short Tolerated1;
    public short Tolerated2;
    public short Tolerated3;

    /// <summary>Where to go on after a tolerated errno, or after a jump; -1 is the next step.</summary>
    public int Next;

    /// <summary>Where to go on after success; -1 is the next step.</summary>
    public int NextAfterSuccess;
}
