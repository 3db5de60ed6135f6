using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Seccomp;

/// <summary>The profile's rules as they are for one architecture: a verdict by number.</summary>
/// <remarks>Several rules for one call: the first without conditions decides alone. Otherwise the rules are tested in the order of
/// <see cref="ConditionalRule.CompareTo"/>; a rule with the same conditions as an earlier one, or with more of them behind the same ones, adds nothing.</remarks>
internal sealed class ArchitectureRules(SystemCallColumn column)
{
    /// <summary>Calls numbered below it have a slot by number; arm's own calls begin at ArmPrivate and have theirs behind.</summary>
    private const int CommonSlots = 1024;
    private const int ArmPrivate = 0x0f0000;
    private const int ArmPrivateSlots = 16;
    private const int X32Bit = (int)Kernel.Abi.Seccomp.X32_SYSCALL_BIT;

    private readonly bool[] _decided = new bool[CommonSlots + ArmPrivateSlots];
    private readonly uint[] _actions = new uint[CommonSlots + ArmPrivateSlots];
    private readonly List<ConditionalRule>?[] _rules = new List<ConditionalRule>?[CommonSlots + ArmPrivateSlots];

    internal SystemCallColumn Column { get; } = column;

    internal bool Is64Bit => Column is SystemCallColumn.X86_64 or SystemCallColumn.AArch64;

    /// <summary>The highest number that the profile names, or zero: what is above it did not exist when the profile was written.</summary>
    internal uint LastNumber { get; private set; }

    /// <summary>A name stands in the profile, with whatever action: the profile's author knew the call.</summary>
    internal void Named(int number) => LastNumber = Math.Max(LastNumber, (uint)number);

    /// <summary>Adds a rule; conditions as in <see cref="ConditionalRule"/>. False where another rule with these conditions has another action.</summary>
    internal bool Add(int number, ConditionalRule rule)
    {
        int slot = SlotOf(number);
        if (_decided[slot])
        {
            return true;
        }

        if (rule.Conditions.Length == 0)
        {
            _decided[slot] = true;
            _actions[slot] = rule.Action;
            _rules[slot] = null;
            return true;
        }

        return Insert(_rules[slot] ??= [], rule);
    }

    private static bool Insert(List<ConditionalRule> rules, ConditionalRule rule)
    {
        int place = rules.Count;
        for (int index = rules.Count - 1; index >= 0; index--)
        {
            ConditionalRule existing = rules[index];
            if (existing.IsPrefixOf(rule))
            {
                return existing.Action == rule.Action || existing.Conditions.Length < rule.Conditions.Length;
            }

            if (rule.IsPrefixOf(existing))
            {
                // Of another action, the existing rule stays and decides first, as it says more of the call.
                if (existing.Action == rule.Action)
                {
                    rules.RemoveAt(index);
                    place--;
                }
            }
            else if (rule.CompareTo(existing) < 0)
            {
                place = index;
            }
        }

        rules.Insert(place, rule);
        return true;
    }

    /// <summary>Appends the verdicts of all numbers, from the architecture's first one on, to a map of the number space.</summary>
    internal void AppendTo(NumberMap map, uint defaultAction)
    {
        uint first = Column == SystemCallColumn.X32 ? Kernel.Abi.Seccomp.X32_SYSCALL_BIT : 0;
        for (int slot = 0; slot < CommonSlots; slot++)
        {
            map.Append(first + (uint)slot, VerdictOf(slot, defaultAction));
        }

        map.Append(first + CommonSlots, new Verdict(defaultAction, null));
        if (Column == SystemCallColumn.Arm)
        {
            for (int slot = 0; slot < ArmPrivateSlots; slot++)
            {
                map.Append((uint)(ArmPrivate + slot), VerdictOf(CommonSlots + slot, defaultAction));
            }

            map.Append(ArmPrivate + ArmPrivateSlots, new Verdict(defaultAction, null));
        }
    }

    private Verdict VerdictOf(int slot, uint defaultAction)
        => _decided[slot] ? new(_actions[slot], null)
            : _rules[slot] is { } rules ? new(defaultAction, rules)
            : new(defaultAction, null);

    private static int SlotOf(int number)
    {
        int plain = number & ~X32Bit;
        return plain >= ArmPrivate ? CommonSlots + plain - ArmPrivate : plain;
    }
}
