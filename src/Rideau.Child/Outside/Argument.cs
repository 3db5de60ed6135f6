using Rideau.Kernel.Handles;

namespace Rideau.Child.Outside;

/// <summary>A register of a plan: a number, most often a descriptor, that is known only when the child runs.</summary>
/// <param name="Index">From 0; -1 is none.</param>
public readonly record struct Slot(int Index)
{
    /// <summary>No register: the result is not needed.</summary>
    public static Slot None => new(-1);
}

/// <summary>How an argument is shown.</summary>
public enum ArgumentKind : byte
{
    Number,
    Slot,
    Text,
    Data,
    Descriptor,
}

/// <summary>An argument of a step: a number, a register, or a place in the plan's memory.</summary>
public readonly record struct Argument(nint Value, ArgumentKind Kind)
{
    public static implicit operator Argument(int value) => new(value, ArgumentKind.Number);

    public static implicit operator Argument(long value) => new((nint)value, ArgumentKind.Number);

    public static implicit operator Argument(uint value) => new((nint)value, ArgumentKind.Number);

    public static implicit operator Argument(Slot slot) => new(slot.Index, ArgumentKind.Slot);

    /// <summary>A descriptor that the child inherits. The handle must stay open until the child has been made.</summary>
    public static implicit operator Argument(OwnedFd fd) => new(fd.Number, ArgumentKind.Descriptor);

    /// <summary>A descriptor number that the child inherits.</summary>
    public static Argument Descriptor(int number) => new(number, ArgumentKind.Descriptor);
}

/// <summary>A place in a plan that a jump leads to; placed once, before or after the jump is written.</summary>
public readonly record struct Label(int Index);
