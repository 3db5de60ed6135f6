using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Seccomp;

/// <summary>Turns rules on arguments into comparisons of 32-bit words, which is all that classic BPF has.</summary>
internal static class ConditionWriter
{
    /// <summary>The rules one behind the other; the default action behind the last one. Returns the address of the first instruction.</summary>
    internal static int Write(BpfWriter program, List<ConditionalRule> rules, uint defaultAction, bool is64Bit)
    {
        int next = program.Return(defaultAction);
        for (int index = rules.Count - 1; index >= 0; index--)
        {
            ConditionalRule rule = rules[index];
            int met = program.Return(rule.Action);
            for (int condition = rule.Conditions.Length - 1; condition >= 0; condition--)
            {
                met = Write(program, rule.Conditions[condition], is64Bit, met, next);
            }

            next = met;
        }

        return next;
    }

    private static int Write(BpfWriter program, in ArgumentCondition condition, bool is64Bit, int met, int failed) => condition.Comparison switch
    {
        Comparison.Equal => WriteEqual(program, condition, is64Bit, met, failed),
        Comparison.NotEqual => WriteEqual(program, condition, is64Bit, failed, met),
        Comparison.Greater => WriteBound(program, condition, is64Bit, ClassicBpf.JMP_JGT_K, met, failed),
        Comparison.GreaterOrEqual => WriteBound(program, condition, is64Bit, ClassicBpf.JMP_JGE_K, met, failed),
        Comparison.Less => WriteBound(program, condition, is64Bit, ClassicBpf.JMP_JGE_K, failed, met),
        Comparison.LessOrEqual => WriteBound(program, condition, is64Bit, ClassicBpf.JMP_JGT_K, failed, met),
        _ => WriteMasked(program, condition, met, failed),
    };

    private static int WriteEqual(BpfWriter program, in ArgumentCondition condition, bool is64Bit, int equal, int different)
    {
        int low = program.Jump(ClassicBpf.JMP_JEQ_K, condition.ValueLow, equal, different);
        low = program.Load(LowWord(condition.Index), low);
        if (!is64Bit)
        {
            return low;
        }

        int high = program.Jump(ClassicBpf.JMP_JEQ_K, condition.ValueHigh, low, different);
        return program.Load(HighWord(condition.Index), high);
    }

    /// <summary>"above" where the higher word is greater, or is equal while the lower one passes the operation.</summary>
    private static int WriteBound(BpfWriter program, in ArgumentCondition condition, bool is64Bit, ushort operation, int above, int below)
    {
        int low = program.Jump(operation, condition.ValueLow, above, below);
        low = program.Load(LowWord(condition.Index), low);
        if (!is64Bit)
        {
            return low;
        }

        int equal = program.Jump(ClassicBpf.JMP_JEQ_K, condition.ValueHigh, low, below);
        int high = program.Jump(ClassicBpf.JMP_JGT_K, condition.ValueHigh, above, equal);
        return program.Load(HighWord(condition.Index), high);
    }

    /// <summary>A word without a bit in the mask is not looked at.</summary>
    private static int WriteMasked(BpfWriter program, in ArgumentCondition condition, int met, int failed)
    {
        if (condition.MaskLow != 0)
        {
            met = program.Jump(ClassicBpf.JMP_JEQ_K, condition.ValueLow, met, failed);
            met = program.And(condition.MaskLow, met);
            met = program.Load(LowWord(condition.Index), met);
        }

        if (condition.MaskHigh != 0)
        {
            met = program.Jump(ClassicBpf.JMP_JEQ_K, condition.ValueHigh, met, failed);
            met = program.And(condition.MaskHigh, met);
            met = program.Load(HighWord(condition.Index), met);
        }

        return met;
    }

    private static uint LowWord(int index) => seccomp_data.ArgsOffset + (8 * (uint)index);

    private static uint HighWord(int index) => LowWord(index) + 4;
}
