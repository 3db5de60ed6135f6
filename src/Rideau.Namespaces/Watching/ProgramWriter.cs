using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Writes a BPF program, instruction by instruction. Jumps go to labels, never to counted places.</summary>
/// <remarks>doc: Documentation/bpf/standardization/instruction-set.rst</remarks>
internal sealed class ProgramWriter
{
    private readonly List<ulong> _instructions = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(int At, string Label)> _jumps = [];

    /// <summary>The program with its jumps resolved.</summary>
    internal ulong[] Finish()
    {
        foreach ((int at, string label) in _jumps)
        {
            _instructions[at] |= (ulong)(ushort)(_labels[label] - at - 1) << 16;
        }

        return [.. _instructions];
    }

    internal void Label(string label) => _labels.Add(label, _instructions.Count);

    internal void Copy(int to, int from) => Add(Bpf.BPF_MOV64_REG, to, from, 0, 0);

    internal void Set(int register, int value) => Add(Bpf.BPF_MOV64_IMM, register, 0, 0, value);

    internal void Advance(int register, int bytes) => Add(Bpf.BPF_ALU64_ADD_IMM, register, 0, 0, bytes);

    internal void Load32(int to, int from, int offset) => Add(Bpf.BPF_LDX_MEM_W, to, from, offset, 0);

    internal void Load64(int to, int from, int offset) => Add(Bpf.BPF_LDX_MEM_DW, to, from, offset, 0);

    internal void Store32(int to, int offset, int from) => Add(Bpf.BPF_STX_MEM_W, to, from, offset, 0);

    internal void Store64(int to, int offset, int from) => Add(Bpf.BPF_STX_MEM_DW, to, from, offset, 0);

    internal void StoreValue32(int to, int offset, int value) => Add(Bpf.BPF_ST_MEM_W, to, 0, offset, value);

    internal void StoreValue64(int to, int offset, int value) => Add(Bpf.BPF_ST_MEM_DW, to, 0, offset, value);

    /// <summary>Adds one register to eight bytes of memory at once.</summary>
    internal void AtomicAdd(int to, int from) => Add(Bpf.BPF_STX_ATOMIC_DW, to, from, 0, 0);

    internal void JumpIf(int register, int value, string label) => Jump(Bpf.BPF_JMP_JEQ_IMM, register, value, label);

    internal void JumpIfNot(int register, int value, string label) => Jump(Bpf.BPF_JMP_JNE_IMM, register, value, label);

    internal void JumpIfAny(int register, int bits, string label) => Jump(Bpf.BPF_JMP_JSET_IMM, register, bits, label);

    /// <summary>Of the lower 32 bits, without a sign.</summary>
    internal void JumpIfBelow32(int register, uint value, string label) => Jump(Bpf.BPF_JMP32_JLT_IMM, register, unchecked((int)value), label);

    internal void Jump(string label) => Jump(Bpf.BPF_JA, 0, 0, label);

    /// <summary>Calls a helper: arguments in registers 1 to 5, which are lost, the result in 0.</summary>
    internal void Call(int helper) => Add(Bpf.BPF_CALL, 0, 0, 0, helper);

    /// <summary>Calls a function of the kernel's that is offered to programs, by its BTF id.</summary>
    internal void CallKernel(int function) => Add(Bpf.BPF_CALL, 0, Bpf.BPF_PSEUDO_KFUNC_CALL, 0, function);

    /// <summary>A map itself.</summary>
    internal void Map(int register, OwnedFd map) => Wide(register, Bpf.BPF_PSEUDO_MAP_FD, map);

    /// <summary>The address of the value of a map with one entry.</summary>
    internal void MapValue(int register, OwnedFd map) => Wide(register, Bpf.BPF_PSEUDO_MAP_VALUE, map);

    internal void Exit()
    {
        Set(0, 0);
        Add(Bpf.BPF_EXIT, 0, 0, 0, 0);
    }

    private void Wide(int register, int kind, OwnedFd map)
    {
        Add(Bpf.BPF_LD_IMM_DW, register, kind, 0, map.Number);
        Add(0, 0, 0, 0, 0);
    }

    private void Jump(byte code, int register, int value, string label)
    {
        _jumps.Add((_instructions.Count, label));
        Add(code, register, 0, 0, value);
    }

    // struct bpf_insn: code, destination and source register, offset, immediate value.
    private void Add(byte code, int destination, int source, int offset, int immediate) => _instructions.Add(unchecked(
        code | ((ulong)(byte)(destination | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32)));
}
