using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Runs a seccomp filter as the kernel does, and refuses what the kernel refuses.</summary>
internal static class BpfInterpreter
{
    /// <summary>The filter's return value for a call.</summary>
    internal static uint Run(ReadOnlySpan<byte> program, in seccomp_data data)
    {
        ReadOnlySpan<sock_filter> instructions = MemoryMarshal.Cast<byte, sock_filter>(program);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<seccomp_data>(in data));
        uint accumulator = 0;
        int counter = 0;
        while (true)
        {
            // Past the end: an IndexOutOfRangeException, where the kernel would not have taken the program.
            sock_filter instruction = instructions[counter++];
            switch (instruction.code)
            {
                case ClassicBpf.LD_W_ABS:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)instruction.k..]);
                    break;
                case ClassicBpf.ALU_AND_K:
                    accumulator &= instruction.k;
                    break;
                case ClassicBpf.JMP_JA:
                    counter += (int)instruction.k;
                    break;
                case ClassicBpf.JMP_JEQ_K:
                    counter += accumulator == instruction.k ? instruction.jt : instruction.jf;
                    break;
                case ClassicBpf.JMP_JGT_K:
                    counter += accumulator > instruction.k ? instruction.jt : instruction.jf;
                    break;
                case ClassicBpf.JMP_JGE_K:
                    counter += accumulator >= instruction.k ? instruction.jt : instruction.jf;
                    break;
                case ClassicBpf.JMP_JSET_K:
                    counter += (accumulator & instruction.k) != 0 ? instruction.jt : instruction.jf;
                    break;
                case ClassicBpf.RET_K:
                    return instruction.k;
                default:
                    throw new InvalidOperationException($"no seccomp filter has the instruction 0x{instruction.code:x}");
            }
        }
    }

    /// <summary>A call as the kernel shows it to a filter.</summary>
    internal static seccomp_data Call(uint architecture, uint number, params ReadOnlySpan<ulong> arguments)
    {
        seccomp_data data = new() { arch = architecture, nr = unchecked((int)number) };
        Span<ulong> slots = MemoryMarshal.CreateSpan(ref data.arg0, 6);
        arguments.CopyTo(slots);
        return data;
    }
}
