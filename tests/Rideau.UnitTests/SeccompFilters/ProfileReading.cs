using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>What a profile says of a call, read rule by rule: slow, and without any idea of a filter.</summary>
internal sealed class ProfileReading
{
    private readonly uint _defaultAction;
    private readonly Dictionary<(uint Architecture, uint Number), List<(SeccompRule Rule, uint Selector)>> _rules = [];

    internal ProfileReading(Runtime.Spec.Seccomp profile)
    {
        _defaultAction = Libseccomp.Action(profile.DefaultAction, profile.DefaultErrnoRet);
        foreach (SeccompRule rule in profile.Syscalls.Where(rule => Libseccomp.Action(rule.Action, rule.ErrnoRet) != _defaultAction))
        {
            foreach (string name in rule.Names)
            {
                Add(Libseccomp.ArchX86_64, SystemCallColumn.X86_64, name, rule);
                Add(Libseccomp.ArchX86, SystemCallColumn.X86, name, rule);
                Add(Libseccomp.ArchX32, SystemCallColumn.X32, name, rule);
                Add(Libseccomp.ArchAArch64, SystemCallColumn.AArch64, name, rule);
                Add(Libseccomp.ArchArm, SystemCallColumn.Arm, name, rule);
                if (MultiplexedCall.TryFind(name, out int multiplexer, out uint selector))
                {
                    ListOf(Libseccomp.ArchX86, (uint)multiplexer).Add((rule, selector));
                }
            }
        }
    }

    /// <summary>The actions of all rules that match; of an unconditional one alone where there is one; the default where none matches.</summary>
    internal HashSet<uint> ActionsFor(uint architecture, uint number, in seccomp_data call)
    {
        bool is64Bit = architecture is Libseccomp.ArchX86_64 or Libseccomp.ArchAArch64;
        HashSet<uint> actions = [];
        foreach ((SeccompRule rule, uint selector) in _rules.GetValueOrDefault((architecture, number), []))
        {
            uint action = Libseccomp.Action(rule.Action, rule.ErrnoRet);
            if (selector == 0 && IsUnconditional(rule, is64Bit))
            {
                return [action];
            }

            if ((selector == 0 || (uint)call.arg0 == selector) && Matches(rule, call, is64Bit, selector != 0))
            {
                actions.Add(action);
            }
        }

        return actions.Count > 0 ? actions : [_defaultAction];
    }

    /// <summary>Whether the rules for a call have several conditions on one argument; a multiplexer's selector is one.</summary>
    internal bool HasSeveralConditions(uint architecture, uint number)
        => _rules.GetValueOrDefault((architecture, number), [])
            .SelectMany(entry => entry.Rule.Args.Select(argument => argument.Index).Concat(entry.Selector != 0 ? [0] : []))
            .GroupBy(index => index)
            .Any(group => group.Count() > 1);

    private void Add(uint architecture, SystemCallColumn column, string name, SeccompRule rule)
    {
        int row = SystemCallTable.RowOf(name);
        int number = row < 0 ? -1 : SystemCallTable.NumberOf(row, column);
        if (number >= 0)
        {
            ListOf(architecture, (uint)number).Add((rule, 0));
        }
    }

    private List<(SeccompRule Rule, uint Selector)> ListOf(uint architecture, uint number)
    {
        if (!_rules.TryGetValue((architecture, number), out List<(SeccompRule, uint)>? list))
        {
            _rules[(architecture, number)] = list = [];
        }

        return list;
    }

    private static bool IsRepeated(SeccompRule rule) => rule.Args.Select(argument => argument.Index).Distinct().Count() != rule.Args.Count;

    private static bool IsUnconditional(SeccompRule rule, bool is64Bit)
        => rule.Args.Count == 0 || (IsRepeated(rule) ? rule.Args.Exists(argument => IsAlwaysTrue(argument, is64Bit)) : rule.Args.TrueForAll(argument => IsAlwaysTrue(argument, is64Bit)));

    private static bool IsAlwaysTrue(SeccompArgument argument, bool is64Bit)
        => argument.Operator == "SCMP_CMP_MASKED_EQ" && (is64Bit ? argument.Value : (uint)argument.Value) == 0;

    private static bool Matches(SeccompRule rule, in seccomp_data call, bool is64Bit, bool multiplexed)
    {
        bool repeated = IsRepeated(rule);
        foreach (SeccompArgument argument in rule.Args)
        {
            // The multiplexer's own first argument is the selector.
            bool met = (multiplexed && argument.Index == 0) || Matches(argument, call, is64Bit);
            if (met == repeated)
            {
                return met;
            }
        }

        return !repeated;
    }

    private static bool Matches(SeccompArgument argument, in seccomp_data call, bool is64Bit)
    {
        ulong word = is64Bit ? ulong.MaxValue : uint.MaxValue;
        ulong given = word & (argument.Index switch { 0 => call.arg0, 1 => call.arg1, 2 => call.arg2, 3 => call.arg3, 4 => call.arg4, _ => call.arg5 });
        ulong value = argument.Value & word;
        return argument.Operator switch
        {
            "SCMP_CMP_NE" => given != value,
            "SCMP_CMP_LT" => given < value,
            "SCMP_CMP_LE" => given <= value,
            "SCMP_CMP_EQ" => given == value,
            "SCMP_CMP_GE" => given >= value,
            "SCMP_CMP_GT" => given > value,
            "SCMP_CMP_MASKED_EQ" => (given & value) == (argument.ValueTwo & value),
            _ => throw new ArgumentException(argument.Operator),
        };
    }
}
