using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Cgroups;

/// <summary>Rules for devices as a program of the kernel (BPF_PROG_TYPE_CGROUP_DEVICE).</summary>
/// <remarks>
/// The last rule that speaks of a device and a kind of access decides about it, so the program looks from
/// the last rule to the first. w3 holds the access that is asked and not allowed yet: a rule that allows
/// takes its bits away, and nothing left means yes; a rule that forbids one that is left means no.
/// </remarks>
internal static class DeviceProgram
{
    private const int Access = 3;
    private const int Type = 2;
    private const int Major = 4;
    private const int Minor = 5;

    /// <summary>The program, eight bytes an instruction. What no rule allows is forbidden.</summary>
    internal static ulong[] Compile(List<DeviceAccessRule> rules)
    {
        // struct bpf_cgroup_dev_ctx at r1: access_type (access << 16 | type), major, minor.
        var program = new List<ulong>(6 + rules.Count * 6 + 2)
        {
            Instruction(Bpf.BPF_LDX_MEM_W, Type, 1, 0, 0),
            Instruction(Bpf.BPF_MOV32_REG, Access, Type, 0, 0),
            Instruction(Bpf.BPF_ALU32_AND_IMM, Type, 0, 0, 0xffff),
            Instruction(Bpf.BPF_ALU32_RSH_IMM, Access, 0, 0, 16),
            Instruction(Bpf.BPF_LDX_MEM_W, Major, 1, 4, 0),
            Instruction(Bpf.BPF_LDX_MEM_W, Minor, 1, 8, 0),
        };
        for (int i = rules.Count - 1; i >= 0; i--)
        {
            Add(program, rules[i]);
            if (rules[i].IsTotal)
            {
                // It has answered; the kernel refuses instructions that cannot be reached.
                return [.. program];
            }
        }

        Answer(program, 0);
        return [.. program];
    }

    /// <summary>True where the rules allow everything, so that no program is needed.</summary>
    internal static bool AllowsEverything(List<DeviceAccessRule> rules)
    {
        for (int i = rules.Count - 1; i >= 0; i--)
        {
            if (!rules[i].Allow || rules[i].IsTotal)
            {
                return rules[i].Allow;
            }
        }

        return false;
    }

    private static void Add(List<ulong> program, in DeviceAccessRule rule)
    {
        bool partial = rule.Access != DeviceAccessRule.AllAccess;
        int answer = partial ? 4 : 2;
        int conditions = (rule.Type == 'a' ? 0 : 1) + (rule.Major < 0 ? 0 : 1) + (rule.Minor < 0 ? 0 : 1);
        if (rule.Type != 'a')
        {
            Skip(program, Type, rule.Type == 'b' ? Bpf.BPF_DEVCG_DEV_BLOCK : Bpf.BPF_DEVCG_DEV_CHAR, --conditions + answer);
        }

        if (rule.Major >= 0)
        {
            Skip(program, Major, rule.Major, --conditions + answer);
        }

        if (rule.Minor >= 0)
        {
            Skip(program, Minor, rule.Minor, --conditions + answer);
        }

        if (partial && rule.Allow)
        {
            program.Add(Instruction(Bpf.BPF_ALU32_AND_IMM, Access, 0, 0, ~rule.Access));
            program.Add(Instruction(Bpf.BPF_JMP32_JNE_IMM, Access, 0, 2, 0));
        }
        else if (partial)
        {
            // Over the jump away if one of the forbidden bits is asked.
            program.Add(Instruction(Bpf.BPF_JMP32_JSET_IMM, Access, 0, 1, rule.Access));
            program.Add(Instruction(Bpf.BPF_JA, 0, 0, 2, 0));
        }

        Answer(program, rule.Allow ? 1 : 0);
    }

    private static void Skip(List<ulong> program, int register, long value, int distance) =>
        program.Add(Instruction(Bpf.BPF_JMP32_JNE_IMM, register, 0, distance, unchecked((int)value)));

    private static void Answer(List<ulong> program, int value)
    {
        program.Add(Instruction(Bpf.BPF_MOV64_IMM, 0, 0, 0, value));
        program.Add(Instruction(Bpf.BPF_EXIT, 0, 0, 0, 0));
    }

    // struct bpf_insn: code, destination and source register, offset, immediate value.
    private static ulong Instruction(byte code, int destination, int source, int offset, int immediate) => unchecked(
        code | ((ulong)(byte)(destination | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32));
}
