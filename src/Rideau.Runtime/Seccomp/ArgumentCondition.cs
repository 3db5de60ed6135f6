namespace Rideau.Runtime.Seccomp;

/// <summary>One condition on one argument, reduced to what its architecture can tell apart.</summary>
/// <param name="Index">Which argument, 0 to 5.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Value">With what; within the mask.</param>
/// <param name="Mask">All bits of the architecture's word, but for <see cref="Comparison.MaskedEqual"/>.</param>
internal readonly record struct ArgumentCondition(int Index, Comparison Comparison, ulong Value, ulong Mask)
{
    /// <summary>x86, x32 and arm compare the lower word alone, as libseccomp does: what is above it in the profile is cut off.</summary>
    internal static ArgumentCondition Of(int index, Comparison comparison, ulong value, ulong valueTwo, bool is64Bit)
    {
        ulong word = is64Bit ? ulong.MaxValue : uint.MaxValue;
        return comparison == Comparison.MaskedEqual
            ? new(index, comparison, valueTwo & value & word, value & word)
            : new(index, comparison, value & word, word);
    }

    /// <summary>A mask without a bit: true of every argument.</summary>
    internal bool IsAlwaysTrue => Mask == 0;

    internal uint ValueHigh => (uint)(Value >> 32);
    internal uint ValueLow => (uint)(Value & uint.MaxValue);
    internal uint MaskHigh => (uint)(Mask >> 32);
    internal uint MaskLow => (uint)(Mask & uint.MaxValue);

    /// <summary>Negative where this one is tested before the other: see <see cref="ConditionalRule.CompareTo"/>.</summary>
    internal int CompareTo(in ArgumentCondition other)
    {
        int order = WordRank(other).CompareTo(WordRank(this));
        if (order == 0)
        {
            order = ComparisonRank(other.Comparison).CompareTo(ComparisonRank(Comparison));
        }

        if (order != 0)
        {
            return order;
        }

        bool ascending = Comparison is Comparison.Less or Comparison.LessOrEqual;
        order = ascending ? Value.CompareTo(other.Value) : other.Value.CompareTo(Value);
        return order;
    }

    /// <summary>The later argument first, and a condition on the whole argument before one on its lower word.</summary>
    private static int WordRank(in ArgumentCondition condition) => (condition.Index * 2) + (condition.MaskHigh != 0 ? 1 : 0);

    /// <summary>Exact values first, then upper bounds, then lower bounds.</summary>
    private static int ComparisonRank(Comparison comparison) => comparison switch
    {
        Comparison.Less or Comparison.LessOrEqual => 2,
        Comparison.Greater or Comparison.GreaterOrEqual => 1,
        _ => 3,
    };
}
