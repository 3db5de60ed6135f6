using System;

namespace Rideau.Runtime.Seccomp;

/// <summary>An action for calls whose arguments meet all of the conditions.</summary>
/// <param name="conditions">By rising index of the argument, each index once, none that is always true.</param>
/// <param name="action">The filter's return value.</param>
/// <param name="position">Index in linux.seccomp.syscalls, for errors.</param>
internal sealed class ConditionalRule(ArgumentCondition[] conditions, uint action, int position)
{
    internal ArgumentCondition[] Conditions { get; } = conditions;
    internal uint Action { get; } = action;
    internal int Position { get; } = position;

    /// <summary>Whether these conditions are the other rule's, or the first of them.</summary>
    internal bool IsPrefixOf(ConditionalRule other)
    {
        if (Conditions.Length > other.Conditions.Length)
        {
            return false;
        }

        for (int index = 0; index < Conditions.Length; index++)
        {
            if (Conditions[index] != other.Conditions[index])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Negative where this rule is tested before the other one. Where both match a call, the first tested decides.</summary>
    /// <remarks>The order is libseccomp's and not the profile's, as engines and their profiles have been tried with it: condition by condition,
    /// the later argument first, exact values before bounds, the greater value first (of upper bounds the smaller).</remarks>
    internal int CompareTo(ConditionalRule other)
    {
        int count = Math.Min(Conditions.Length, other.Conditions.Length);
        for (int index = 0; index < count; index++)
        {
            int order = Conditions[index].CompareTo(other.Conditions[index]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
