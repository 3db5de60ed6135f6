using System;
using System.Buffers.Binary;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Seccomp;

/// <summary>Writes a program from its end to its start, so that a jump's target, which is always ahead, is already written.</summary>
/// <remarks>The address of an instruction is its distance from the program's end: the last one has 1. Conditional jumps reach 255 instructions;
/// for a farther target an unconditional jump, or a copy of the target where that is a return, is put behind the conditional one.</remarks>
internal sealed class BpfWriter
{
    private const int InstructionLength = 8;
    private const int FarthestJump = 255;

    private byte[] _buffer = new byte[512 * InstructionLength];
    private uint[] _actions = new uint[8];
    private int[] _returns = new int[8];
    private int _actionCount;

    /// <summary>Instructions written, which is the address of the first.</summary>
    internal int Count { get; private set; }

    internal ReadOnlyMemory<byte> Program => _buffer.AsMemory(_buffer.Length - (Count * InstructionLength));

    /// <summary>The address of a return near enough to jump to.</summary>
    internal int Return(uint action)
    {
        int index = IndexOf(action);
        if (_returns[index] == 0 || Count - _returns[index] > FarthestJump)
        {
            _returns[index] = Write(ClassicBpf.RET_K, 0, 0, action);
        }

        return _returns[index];
    }

    /// <summary>Loads a word of seccomp_data and goes on at the address.</summary>
    internal int Load(uint offset, int next)
    {
        ContinueAt(next);
        return Write(ClassicBpf.LD_W_ABS, 0, 0, offset);
    }

    internal int And(uint mask, int next)
    {
        ContinueAt(next);
        return Write(ClassicBpf.ALU_AND_K, 0, 0, mask);
    }

    /// <summary>Compares the accumulator with a constant and goes on at one address or the other.</summary>
    internal int Jump(ushort operation, uint constant, int whenTrue, int whenFalse)
    {
        // Bringing the second one near pushes the first one away by an instruction, at most.
        whenFalse = Near(whenFalse, FarthestJump - 1);
        whenTrue = Near(whenTrue, FarthestJump);
        return Write(operation, (byte)(Count - whenTrue), (byte)(Count - whenFalse), constant);
    }

    private void ContinueAt(int next)
    {
        if (next != Count)
        {
            _ = Near(next, -1);
        }
    }

    /// <summary>An address of the same effect within reach.</summary>
    private int Near(int address, int reach)
    {
        if (Count - address <= reach)
        {
            return address;
        }

        Span<byte> target = _buffer.AsSpan(_buffer.Length - (address * InstructionLength), InstructionLength);
        if (BinaryPrimitives.ReadUInt16LittleEndian(target) != ClassicBpf.RET_K)
        {
            return Write(ClassicBpf.JMP_JA, 0, 0, (uint)(Count - address));
        }

        uint action = BinaryPrimitives.ReadUInt32LittleEndian(target[4..]);
        return _returns[IndexOf(action)] = Write(ClassicBpf.RET_K, 0, 0, action);
    }

    private int IndexOf(uint action)
    {
        int index = _actions.AsSpan(0, _actionCount).IndexOf(action);
        if (index >= 0)
        {
            return index;
        }

        if (_actionCount == _actions.Length)
        {
            Array.Resize(ref _actions, _actionCount * 2);
            Array.Resize(ref _returns, _actionCount * 2);
        }

        _actions[_actionCount] = action;
        return _actionCount++;
    }

    private int Write(ushort code, byte whenTrue, byte whenFalse, uint constant)
    {
        if ((Count + 1) * InstructionLength > _buffer.Length)
        {
            byte[] larger = new byte[_buffer.Length * 2];
            _buffer.CopyTo(larger.AsSpan(_buffer.Length));
            _buffer = larger;
        }

        Count++;
        Span<byte> instruction = _buffer.AsSpan(_buffer.Length - (Count * InstructionLength), InstructionLength);
        BinaryPrimitives.WriteUInt16LittleEndian(instruction, code);
        instruction[2] = whenTrue;
        instruction[3] = whenFalse;
        BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], constant);
        return Count;
    }
}
