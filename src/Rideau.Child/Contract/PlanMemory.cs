namespace Rideau.Child.Contract;

/// <summary>How a plan lies in memory: the board, a stack for the first moments of a child, scratch space; then, read-only, the steps and what they point to.</summary>
/// <remarks>
/// A plan whose child goes on in an image of its own is a file in memory, mapped at <see cref="Address"/> by
/// caller and child alike, so that pointers in it hold in both.
/// </remarks>
public static unsafe class PlanMemory
{
    /// <summary>Where nothing else is in this program: far above its heap, far below what the kernel maps, within 39 bits.</summary>
    public static nint Address => unchecked((nint)0x10_0000_0000);

    /// <summary>The most steps.</summary>
    public const int StepLimit = 16384;

    /// <summary>The most that steps point to.</summary>
    public const int DataLimitBytes = 32 << 20;

    /// <summary>One page.</summary>
    public const int BoardBytes = 4096;

    /// <summary>Of a child that shares the caller's memory until it has its own image.</summary>
    public const int StackBytes = 16 << 10;

    /// <summary>Space that the child writes to.</summary>
    public const int ScratchBytes = 256 << 10;

    /// <summary>The part that the child writes to.</summary>
    public const int WritableBytes = BoardBytes + StackBytes + ScratchBytes;

    /// <summary>The part that it reads.</summary>
    public static nint ReadOnlyBytes => ((nint)StepLimit * sizeof(ChildStep)) + DataLimitBytes;

    /// <summary>All of it; pages are used as they are written.</summary>
    public static nint Bytes => WritableBytes + ReadOnlyBytes;
}
