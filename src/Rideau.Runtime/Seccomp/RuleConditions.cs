using System;
using System.Collections.Generic;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Seccomp;

/// <summary>The arguments of one entry of linux.seccomp.syscalls as rules for each width of word.</summary>
/// <remarks>Conditions on different arguments must all be met. Where one argument is named twice, each condition is a rule of its own, and
/// any of them suffices: runc and engines' profiles rely on it.</remarks>
internal sealed class RuleConditions
{
    private readonly List<ConditionalRule> _for64Bit = [];
    private readonly List<ConditionalRule> _for32Bit = [];

    internal RuleConditions(SeccompRule rule, int position, uint action)
    {
        if (rule.Args.Count == 0)
        {
            // One object serves both: without conditions there is no width.
            ConditionalRule always = new([], action, position);
            _for64Bit.Add(always);
            _for32Bit.Add(always);
            return;
        }

        bool apart = HasRepeatedIndex(rule.Args, position);
        Fill(_for64Bit, rule.Args, position, action, apart, true);
        Fill(_for32Bit, rule.Args, position, action, apart, false);
    }

    /// <summary>Any of these; never empty.</summary>
    internal List<ConditionalRule> For(bool is64Bit) => is64Bit ? _for64Bit : _for32Bit;

    /// <summary>The rule behind a multiplexer of x86, whose first argument is the selector and no longer the call's own.</summary>
    internal static ConditionalRule Multiplexed(ConditionalRule rule, uint selector)
    {
        ArgumentCondition first = ArgumentCondition.Of(0, Comparison.Equal, selector, 0, false);
        ReadOnlySpan<ArgumentCondition> rest = rule.Conditions;
        if (rest.Length > 0 && rest[0].Index == 0)
        {
            rest = rest[1..];
        }

        return new([first, .. rest], rule.Action, rule.Position);
    }

    private static bool HasRepeatedIndex(List<SeccompArgument> arguments, int position)
    {
        uint seen = 0;
        bool repeated = false;
        for (int index = 0; index < arguments.Count; index++)
        {
            if (arguments[index].Index > 5)
            {
                throw SeccompErrors.ArgumentIndex(position, index, arguments[index].Index);
            }

            uint bit = 1u << (int)arguments[index].Index;
            repeated |= (seen & bit) != 0;
            seen |= bit;
        }

        return repeated;
    }

    private static void Fill(List<ConditionalRule> rules, List<SeccompArgument> arguments, int position, uint action, bool apart, bool is64Bit)
    {
        List<ArgumentCondition> together = [];
        for (int index = 0; index < arguments.Count; index++)
        {
            SeccompArgument argument = arguments[index];
            if (!SeccompWords.TryOperator(argument.Operator, out Comparison comparison))
            {
                throw SeccompErrors.UnknownOperator(position, index, argument.Operator);
            }

            ArgumentCondition condition = ArgumentCondition.Of((int)argument.Index, comparison, argument.Value, argument.ValueTwo, is64Bit);
            if (apart)
            {
                rules.Add(new(condition.IsAlwaysTrue ? [] : [condition], action, position));
            }
            else if (!condition.IsAlwaysTrue)
            {
                int place = together.Count;
                while (place > 0 && together[place - 1].Index > condition.Index)
                {
                    place--;
                }

                together.Insert(place, condition);
            }
        }

        if (!apart)
        {
            rules.Add(new([.. together], action, position));
        }
    }
}
